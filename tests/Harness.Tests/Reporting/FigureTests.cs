using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Text;
using System.Xml.Linq;
using Harness.Analysis.Judging;
using Harness.Core;
using Harness.Reporting.Figures;

namespace Harness.Tests.Reporting;

public sealed class FigureTests
{
    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    private static readonly ImmutableArray<string> Columns = ["row", "column", "category", "label", "n"];

    private static readonly ImmutableArray<string> Elements =
        ["svg", "title", "desc", "defs", "path", "clipPath", "rect", "g", "use", "ellipse", "line", "polygon"];

    private static readonly Table Small = Of(
        ["busybox:static", "runc", "the host's kernel", "6.18.5", "3"],
        ["busybox:static", "runsc", "a kernel of its own", "4.4.0", "3"],
        ["debian:12", "runc", "the host's kernel", "6.18.5", "3"],
        ["debian:12", "runsc", "not measured", "unavailable", "0"]);

    [Fact]
    public void Each_kind_has_an_id_of_its_own_and_is_found_by_it()
    {
        Assert.Distinct(FigureKinds.All.Select(kind => kind.Id));
        Assert.All(FigureKinds.All, kind => Assert.Same(kind, FigureKinds.Find(kind.Id)));
    }

    [Fact]
    public void Every_kind_in_the_assembly_is_registered()
    {
        var kinds = typeof(IFigureKind).Assembly.GetTypes().Where(type => type.IsClass && type.IsAssignableTo(typeof(IFigureKind)));
        Assert.Equal(kinds.ToHashSet(), FigureKinds.All.Select(kind => kind.GetType()).ToHashSet());
    }

    [Fact]
    public void An_unknown_kind_is_an_error_that_names_the_known_ones()
    {
        var error = Assert.ThrowsAny<HarnessException>(() => FigureKinds.Find("pie"));
        Assert.Contains("'pie'", error.Message, StringComparison.Ordinal);
        Assert.Contains("matrix", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_same_input_gives_the_same_bytes()
    {
        var (first, second) = (Draw(Small), Draw(Small));
        Assert.Equal(first.Svg, second.Svg);
        Assert.Equal(first.Png, second.Png);
    }

    [Fact]
    public void Figures_drawn_at_the_same_time_have_the_same_bytes()
    {
        var expected = Draw(Small);
        var drawn = Enumerable.Range(0, 8).AsParallel().Select(_ => Draw(Small)).ToList();
        Assert.All(drawn, images => Assert.True(images.Svg.SequenceEqual(expected.Svg) && images.Png.SequenceEqual(expected.Png)));
    }

    [Fact]
    public void The_svg_says_in_words_what_it_shows()
    {
        var root = Parse(Draw(Small));
        Assert.Equal("Whose kernel?", root.Element(Svg + "title")!.Value);
        var words = root.Element(Svg + "desc")!.Value.Split('\n');
        Assert.Equal("By userland and runtime.", words[0]);
        Assert.Contains("busybox:static, runsc: a kernel of its own; 4.4.0; n = 3", words);
        Assert.Contains("debian:12, runsc: not measured; unavailable; n = 0", words);
    }

    [Fact]
    public void The_svg_needs_no_font_and_nothing_from_outside()
    {
        var root = Parse(Draw(Small));
        Assert.Empty(root.Descendants(Svg + "text"));
        Assert.Empty(root.Descendants(Svg + "image"));
        var ids = root.Descendants().Attributes("id").Select(a => a.Value).ToList();
        Assert.Distinct(ids);
        Assert.All(root.Descendants(Svg + "use"), use => Assert.Contains(use.Attribute("href")!.Value[1..], ids));
    }

    [Theory]
    [InlineData("<script>alert(1)</script>")]
    [InlineData("]]> &amp; \" ' <!--")]
    [InlineData("a\0b\u0001\u001b[31m\u007f\r\n\t c")]
    [InlineData("\u202Eright to left\u200B \uFFFE \uFFFF")]
    [InlineData("日本語 😀 עברית")]
    [InlineData("i  a   b̈ ffi ǆ")]
    [InlineData("\u00AD")]
    public void A_hostile_text_is_drawn_as_text(string text) => AssertHarmless(text);

    [Fact]
    public void A_lone_surrogate_is_drawn_as_text() => AssertHarmless("a\uD800b");

    [Fact]
    public void A_text_of_500_characters_is_cut_and_told_in_full_in_words()
    {
        var text = new string('W', 500);
        AssertHarmless(text);
        Assert.Contains(text, Parse(Draw(Of([text, text, text, text, text]))).Element(Svg + "desc")!.Value, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(60, 3)]
    [InlineData(150, 15)]
    public void The_png_is_1400_pixels_wide_whatever_the_table(int rows, int columns)
    {
        var table = Of([.. from row in Enumerable.Range(0, rows)
                           from column in Enumerable.Range(0, columns)
                           select (string?[])[$"registry.example/some/long/name-{row}", $"runtime-{column}", $"category {column}", "a few words of label", "3"]]);
        var images = Draw(table);
        var (width, height) = PngSize(images);
        Assert.Equal(1400, width);
        Assert.InRange(height, 64 * rows, 32_767);
        var root = Parse(images);
        Assert.Equal("700", root.Attribute("width")!.Value);
        Assert.Equal(height, 2 * int.Parse(root.Attribute("height")!.Value, System.Globalization.CultureInfo.InvariantCulture));
    }

    [Fact]
    public void A_table_without_rows_becomes_a_figure_that_says_so()
    {
        var images = Draw(Of());
        Assert.Equal(1400, PngSize(images).Width);
        Assert.Contains("Nothing measured.", Parse(images).Element(Svg + "desc")!.Value, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_column_is_an_error_that_names_it()
    {
        var table = new Table(["row", "column", "label", "n"], [["a", "b", "c", "1"]]);
        Assert.Contains("lacks category", Assert.ThrowsAny<HarnessException>(() => Draw(table)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_cell_given_twice_is_an_error() => Refused("twice", ["a", "b", "c", "d", "1"], ["a", "b", "x", "y", "1"]);

    [Fact]
    public void More_columns_than_can_be_read_are_an_error() =>
        Refused("15 columns", [.. Enumerable.Range(0, 16).Select(i => (string?[])["a", $"c{i}", "c", "d", "1"])]);

    [Fact]
    public void More_rows_than_an_image_takes_are_an_error() =>
        Refused("150 rows", [.. Enumerable.Range(0, 151).Select(i => (string?[])[$"r{i}", "b", "c", "d", "1"])]);

    [Fact]
    public void A_slot_keeps_a_categorys_look_when_another_is_absent()
    {
        Table Slotted(params string?[][] rows) => new([.. Columns, "slot"], [.. rows.Select(row => row.ToImmutableArray())]);
        string?[] first = ["a", "x", "own", "1", "1", "1"], second = ["b", "x", "shared", "1", "1", "2"];
        Assert.Contains("#D55E00", Fills(Draw(Slotted(first, second))));
        var alone = Fills(Draw(Slotted(second)));
        Assert.Contains("#D55E00", alone);
        Assert.DoesNotContain("#0072B2", alone);
        Assert.ThrowsAny<HarnessException>(() => Draw(Slotted(["a", "x", "own", "1", "1", "0"])));
    }

    private static void AssertHarmless(string text)
    {
        var images = new MatrixFigure().Draw(new FigureInput(text, text, Of([text, text, text, text, text], ["plain", text, null, null, null])));
        var root = Parse(images);
        Assert.All(root.DescendantsAndSelf(), element => Assert.Contains(element.Name.LocalName, Elements));
        Assert.Equal(1400, PngSize(images).Width);
    }

    private static void Refused(string words, params string?[][] rows) =>
        Assert.Contains(words, Assert.ThrowsAny<HarnessException>(() => Draw(Of(rows))).Message, StringComparison.Ordinal);

    private static FigureImages Draw(Table table) => FigureKinds.Find("matrix").Draw(new FigureInput("Whose kernel?", "By userland and runtime.", table));

    private static Table Of(params string?[][] rows) => new(Columns, [.. rows.Select(row => row.ToImmutableArray())]);

    private static XElement Parse(FigureImages images) => XDocument.Parse(Encoding.UTF8.GetString(images.Svg.AsSpan())).Root!;

    private static HashSet<string> Fills(FigureImages images) => [.. Parse(images).Descendants().Attributes("fill").Select(a => a.Value)];

    private static (int Width, int Height) PngSize(FigureImages images) =>
        (BinaryPrimitives.ReadInt32BigEndian(images.Png.AsSpan(16, 4)), BinaryPrimitives.ReadInt32BigEndian(images.Png.AsSpan(20, 4)));
}
