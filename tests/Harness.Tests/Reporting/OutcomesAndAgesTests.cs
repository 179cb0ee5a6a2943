using System.Collections.Immutable;
using System.Text;
using System.Xml.Linq;
using Harness.Analysis.Judging;
using Harness.Core;
using Harness.Reporting.Figures;

namespace Harness.Tests.Reporting;

public sealed class OutcomesAndAgesTests
{
    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";
    private static readonly ImmutableArray<string> OutcomeColumns = ["row", "panel", "column", "category", "label", "slot"];
    private static readonly ImmutableArray<string> AgeColumns = ["lane", "date", "label", "category", "slot"];

    [Fact]
    public void Sixty_four_userlands_by_ten_probes_under_two_runtimes_fit_a_page_and_are_told_in_words()
    {
        var rows = from row in Enumerable.Range(1, 64)
                   from panel in new[] { "docker/runc", "docker/runsc" }
                   from column in Enumerable.Range(1, 10)
                   select new[] { $"distribution:{row}", panel, $"probe-{column}", row == 7 && column == 3 ? "fails" : "runs", row == 7 && column == 3 ? "fail" : "ok", row == 7 && column == 3 ? "2" : "1" };
        var images = Images("outcomes", OutcomeColumns, rows);
        var parts = images.More.Insert(0, images).Select(Read).ToList();
        Assert.Equal(2, parts.Count);
        Assert.All(parts, part => Assert.Equal(700, part.Width));
        Assert.All(parts, part => Assert.InRange(part.Height, 32 * 17, 1100));
        var words = string.Join('\n', parts.Select((part, i) => i == 0 ? part.Words : part.Words[(part.Words.IndexOf('\n', StringComparison.Ordinal) + 1)..]));
        Assert.Contains("distribution:7, docker/runsc: probe-1 runs; probe-2 runs; probe-3 fails; probe-4 runs", words, StringComparison.Ordinal);
        Assert.Equal(1 + (64 * 2), words.Split('\n').Length);
    }

    [Fact]
    public void A_panel_has_its_own_columns_and_a_cell_that_the_query_does_not_give_is_left_open()
    {
        var (_, _, words) = Draw("outcomes", OutcomeColumns, [["a", "one", "x", "runs", "ok", "1"], ["b", "two", "y", "not measured", "", ""]]);
        Assert.Equal("caption\na, one: x runs\nb, two: y not measured", words);
    }

    [Fact]
    public void A_lane_a_family_and_a_mark_a_date()
    {
        var (width, height, words) = Draw("ages", AgeColumns, [["debian", "2021-08-14", "11", "all runs", "1"], ["debian", "2023-06-10", "12", "all runs", "1"], ["centos", "2007-04-12", "5", "something fails", "2"]]);
        Assert.Equal(700, width);
        Assert.InRange(height, 2 * 25, 300);
        Assert.Equal("caption\ndebian 11, 2021-08-14: all runs\ndebian 12, 2023-06-10: all runs\ncentos 5, 2007-04-12: something fails", words);
    }

    [Theory]
    [InlineData("outcomes")]
    [InlineData("ages")]
    public void The_same_rows_give_the_same_bytes_and_none_give_a_page_that_says_so(string kind)
    {
        var columns = kind == "ages" ? AgeColumns : OutcomeColumns;
        string[] row = kind == "ages" ? ["debian", "2021-08-14", "11", "all runs", "1"] : ["a", "one", "x", "runs", "ok", "1"];
        Assert.True(Images(kind, columns, [row]).Png.AsSpan().SequenceEqual(Images(kind, columns, [row]).Png.AsSpan()));
        Assert.True(Images(kind, columns, [row]).Svg.AsSpan().SequenceEqual(Images(kind, columns, [row]).Svg.AsSpan()));
        Assert.Contains("Nothing measured.", Draw(kind, columns, []).Words, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("outcomes", "needs the columns row, panel, column, category, label; its query lacks row, panel, column")]
    [InlineData("ages", "needs the columns lane, date, label, category; its query lacks lane, date")]
    public void A_missing_column_is_named(string kind, string message) =>
        Assert.Contains(message, Assert.Throws<HarnessException>(() => Images(kind, ["category", "label"], [])).Message, StringComparison.Ordinal);

    [Fact]
    public void What_cannot_be_drawn_is_refused_with_the_remedy()
    {
        Assert.Contains("twice: group by all three", Mistake("outcomes", OutcomeColumns, [["a", "one", "x", "runs", "ok", "1"], ["a", "one", "x", "fails", "no", "2"]]), StringComparison.Ordinal);
        Assert.Contains("takes 400 rows and 40 columns; its query gives 1 and 41", Mistake("outcomes", OutcomeColumns, Enumerable.Range(1, 41).Select(i => new[] { "a", "one", $"{i}", "runs", "ok", "1" })), StringComparison.Ordinal);
        Assert.Contains("its query gives '2021'", Mistake("ages", AgeColumns, [["debian", "2021", "11", "all runs", "1"]]), StringComparison.Ordinal);
        Assert.Contains("takes 80 lanes; its query gives 81", Mistake("ages", AgeColumns, Enumerable.Range(1, 81).Select(i => new[] { $"{i}", "2021-01-01", "1", "all runs", "1" })), StringComparison.Ordinal);
        Assert.Contains("a whole number from 1, not 'blue'", Mistake("ages", AgeColumns, [["debian", "2021-01-01", "11", "all runs", "blue"]]), StringComparison.Ordinal);
    }

    private static string Mistake(string kind, ImmutableArray<string> columns, IEnumerable<string[]> rows) =>
        Assert.ThrowsAny<HarnessException>(() => Images(kind, columns, rows)).Message;

    private static FigureImages Images(string kind, ImmutableArray<string> columns, IEnumerable<string[]> rows) =>
        FigureKinds.Find(kind).Draw(new FigureInput("title", "caption", new Table(columns, [.. rows.Select(row => row.Cast<string?>().ToImmutableArray())])));

    private static (int Width, int Height, string Words) Draw(string kind, ImmutableArray<string> columns, IEnumerable<string[]> rows) => Read(Images(kind, columns, rows));

    private static (int Width, int Height, string Words) Read(FigureImages images)
    {
        var root = XDocument.Parse(Encoding.UTF8.GetString([.. images.Svg])).Root!;
        return ((int)root.Attribute("width")!, (int)root.Attribute("height")!, root.Element(Svg + "desc")!.Value);
    }
}
