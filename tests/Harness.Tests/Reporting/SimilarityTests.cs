using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Xml.Linq;
using Harness.Analysis.Judging;
using Harness.Core;
using Harness.Reporting.Figures;

namespace Harness.Tests.Reporting;

public sealed class SimilarityTests
{
    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    private static readonly Table _three = Of(["b", "a", "0.25"], ["c", "a", "0.999999"], ["b", "c", "0.5"], ["a", "a", "1"], ["b", "b", "1"], ["c", "c", "1"]);

    [Fact]
    public void The_nearest_are_joined_first_at_their_mean_distance()
    {
        // Three points on a line at 0, 1 and 5, and one far away: the means are 1, (5 + 4) / 2 and (20 + 19 + 15) / 3.
        var clustering = AverageLinkage.Of([[0, 1, 5, 20], [1, 0, 4, 19], [5, 4, 0, 15], [20, 19, 15, 0]]);
        Assert.Equal([1, 4.5, 18], clustering.Joins.Select(join => join.Height));
        Assert.Equal([0, 1, 2, 3], clustering.Order);
        Assert.Equal([(0.0, 1.0), (0.5, 2), (1.25, 3)], clustering.Joins.Select(join => (join.Left, join.Right)));
    }

    [Fact]
    public void Rows_that_touch_are_the_nearer_ones_of_their_groups()
    {
        // 0 and 1 are one group, 2 and 3 the other; 0 is near to 3.
        var clustering = AverageLinkage.Of([[0, 1, 9, 5], [1, 0, 9, 9], [9, 9, 0, 1], [5, 9, 1, 0]]);
        Assert.Equal([1, 0, 3, 2], clustering.Order);
    }

    [Fact]
    public void Equal_distances_keep_the_order_given()
    {
        double[][] equal = [.. Enumerable.Range(0, 7).Select(i => Enumerable.Range(0, 7).Select(j => i == j ? 0.0 : 1).ToArray())];
        Assert.Equal(Enumerable.Range(0, 7), AverageLinkage.Of(equal).Order);
        Assert.Empty(AverageLinkage.Of([]).Order);
        Assert.Equal([0], AverageLinkage.Of([[0]]).Order);
    }

    [Fact]
    public void The_order_does_not_depend_on_the_order_of_the_query()
    {
        var rows = Many(12).Rows;
        var random = new Random(5);
        var expected = Draw(new Table(["row", "column", "share"], rows)).Svg;
        for (var i = 0; i < 5; i++)
        {
            Assert.Equal(expected, Draw(new Table(["row", "column", "share"], [.. rows.OrderBy(_ => random.Next())])).Svg);
        }
    }

    [Fact]
    public void The_svg_says_in_words_what_it_shows_and_rounds_nothing_up()
    {
        var words = Parse(Draw(_three)).Element(Svg + "desc")!.Value;
        Assert.Equal("Shares of pairs.\na and c: 99.9 %\na and b: 25.0 %\nc and b: 50.0 %", words);
    }

    [Fact]
    public void Many_names_are_told_by_the_nearest_of_each()
    {
        var words = Parse(Draw(Many(60))).Element(Svg + "desc")!.Value.Split('\n');
        Assert.Equal(61, words.Length);
        Assert.All(words.Skip(1), line => Assert.Contains(": most with ", line, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    [InlineData(60)]
    [InlineData(120)]
    public void One_name_and_many_fit_the_page(int count)
    {
        var images = Draw(Many(count));
        var root = Parse(images);
        Assert.Equal("700", root.Attribute("width")!.Value);
        Assert.InRange(double.Parse(root.Attribute("height")!.Value, CultureInfo.InvariantCulture), 80, 2000);
        if (Environment.GetEnvironmentVariable("HARNESS_KEEP_FIGURES") is { Length: > 0 } folder)
        {
            File.WriteAllBytes(Path.Combine(folder, $"similarity-{count}.png"), [.. images.Png]);
            File.WriteAllBytes(Path.Combine(folder, $"similarity-{count}.svg"), [.. images.Svg]);
        }
    }

    [Fact]
    public void A_pair_without_a_share_and_hostile_names_are_drawn_all_the_same()
    {
        var images = Draw(Of(["a\u001b[2J\u202e<b>", "x", "0.5"], ["y", "y", "1"], [new string('n', 500), "y", "0"]));
        Assert.NotEmpty(images.Png);
        Assert.DoesNotContain('\u001b', Encoding.UTF8.GetString([.. images.Svg]));
    }

    [Fact]
    public void Nothing_to_draw_is_said() =>
        Assert.Contains("Nothing measured.", Parse(Draw(new Table(["row", "column", "share"], []))).Element(Svg + "desc")!.Value, StringComparison.Ordinal);

    [Theory]
    [InlineData("1.5", "0 to 1")]
    [InlineData("-0.1", "0 to 1")]
    [InlineData("NaN", "0 to 1")]
    [InlineData("", "0 to 1")]
    [InlineData("half", "0 to 1")]
    public void A_share_that_is_none_is_an_error(string share, string reason) =>
        Assert.Contains(reason, Assert.ThrowsAny<HarnessException>(() => Draw(Of(["a", "b", share]))).Message, StringComparison.Ordinal);

    [Fact]
    public void A_missing_column_two_shares_of_a_pair_and_too_many_names_are_errors()
    {
        Assert.Contains("share", Assert.ThrowsAny<HarnessException>(() => Draw(new Table(["row", "column"], []))).Message, StringComparison.Ordinal);
        Assert.Contains("'b' and 'a'", Assert.ThrowsAny<HarnessException>(() => Draw(Of(["a", "b", "0.1"], ["b", "a", "0.2"]))).Message, StringComparison.Ordinal);
        Assert.Contains("120", Assert.ThrowsAny<HarnessException>(() => Draw(Many(121))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void More_is_darker_and_text_on_every_colour_can_be_read()
    {
        var before = double.MaxValue;
        for (var i = 0; i <= 100; i++)
        {
            var color = Palette.Sequential(i / 100.0);
            var luminance = Luminance(color);
            Assert.True(luminance < before, $"{i} %");
            before = luminance;
            var text = Luminance(Palette.TextOn(color));
            var contrast = (Math.Max(text, luminance) + 0.05) / (Math.Min(text, luminance) + 0.05);
            Assert.True(contrast >= 4.5, $"{i} %: {contrast}");
        }
    }

    private static double Luminance(ScottPlot.Color color)
    {
        static double Linear(byte value) => value / 255.0 <= 0.04045 ? value / 255.0 / 12.92 : Math.Pow(((value / 255.0) + 0.055) / 1.055, 2.4);
        return (0.2126 * Linear(color.R)) + (0.7152 * Linear(color.G)) + (0.0722 * Linear(color.B));
    }

    private static Table Of(params string?[][] rows) => new(["row", "column", "share"], [.. rows.Select(row => row.ToImmutableArray())]);

    // Ten families, nearer the nearer their versions are.
    private static Table Many(int count)
    {
        string[] families = ["almalinux", "alpine", "amazonlinux", "archlinux", "centos", "debian", "fedora", "opensuse-leap", "rockylinux", "ubuntu"];
        string Name(int i) => $"{families[i % 10]}:{(i / 10) + 8}";
        var rows =
            from i in Enumerable.Range(0, count)
            from j in Enumerable.Range(0, i + 1)
            let share = i == j ? 1 : i % 10 == j % 10 ? 0.8 / (1 + Math.Abs((i / 10) - (j / 10))) : 0.02 + (0.01 * ((i + j) % 7))
            select ImmutableArray.Create<string?>(Name(i), Name(j), share.ToString(CultureInfo.InvariantCulture));
        return new Table(["row", "column", "share"], [.. rows]);
    }

    private static FigureImages Draw(Table table) => FigureKinds.Find("similarity").Draw(new FigureInput("How alike?", "Shares of pairs.", table));

    private static XElement Parse(FigureImages images) => XDocument.Parse(Encoding.UTF8.GetString([.. images.Svg])).Root!;
}
