using System.Collections.Immutable;
using System.Text;
using System.Xml.Linq;
using Harness.Analysis.Judging;
using Harness.Core;
using Harness.Reporting.Figures;

namespace Harness.Tests.Reporting;

/// <summary>The kinds ladder, split, stack, ecdf, forest and curve.</summary>
public sealed class TimingFigureTests
{
    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    private static readonly ImmutableDictionary<string, ImmutableArray<string>> Columns = new Dictionary<string, ImmutableArray<string>>
    {
        ["ladder"] = ["row", "phase", "value", "total", "low", "high", "unit", "n", "note", "slot"],
        ["split"] = ["row", "part", "value", "low", "high", "unit", "n", "of", "note", "slot"],
        ["stack"] = ["row", "part", "value", "total", "low", "high", "unit", "n", "note", "slot"],
        ["ecdf"] = ["panel", "series", "value", "unit", "slot"],
        ["forest"] = ["row", "value", "low", "high", "n", "group", "less", "more", "note"],
        ["curve"] = ["panel", "series", "x", "value", "low", "high", "unit", "x_label", "y_scale"],
    }.ToImmutableDictionary();

    private static readonly ImmutableDictionary<string, string?[]> Row = new Dictionary<string, string?[]>
    {
        ["ladder"] = ["docker/runc", "create", "30000000", "50000000", "45000000", "70000000", "ns", "20", null, "1"],
        ["split"] = ["docker/runc", "shim", "30000000", "25000000", "70000000", "ns", "20", "starts", null, "1"],
        ["stack"] = ["container", "shim", "3145728", "4194304", "4000000", "4400000", "B", "20", null, "1"],
        ["ecdf"] = ["Engines", "docker/runc", "50000000", "ns", "1"],
        ["forest"] = ["docker/runc", "40.6", "32.6", "44.8", "20", "microvm", "machine faster", "container faster", null],
        ["curve"] = ["Memory", "docker/runc", "16", "5242880", "5000000", "5500000", "B", "sandboxes", null],
    }.ToImmutableDictionary();

    public static TheoryData<string> Kinds => [.. Columns.Keys.Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void The_same_rows_give_the_same_bytes_and_none_give_a_page_that_says_so(string kind)
    {
        Assert.True(Images(kind, Row[kind]).Png.AsSpan().SequenceEqual(Images(kind, Row[kind]).Png.AsSpan()));
        Assert.True(Images(kind, Row[kind]).Svg.AsSpan().SequenceEqual(Images(kind, Row[kind]).Svg.AsSpan()));
        Assert.Contains("Nothing measured.", Words(kind));
    }

    [Theory]
    [InlineData("ladder", 5)]
    [InlineData("stack", 5)]
    [InlineData("forest", 5)]
    public void Rows_without_a_number_that_say_the_same_are_drawn_as_one_and_told_one_by_one(string kind, int missing)
    {
        string?[] None(int i)
        {
            var row = new string?[Columns[kind].Length];
            (row[0], row[Columns[kind].IndexOf("note")]) = ($"rung {i}", "unavailable: no qemu");
            if (Columns[kind].IndexOf("unit") is >= 0 and var unit)
                row[unit] = Row[kind][unit];
            if (Columns[kind].IndexOf("group") is >= 0 and var group)
                row[group] = Row[kind][group];
            return row;
        }

        float Height(int count) => float.Parse(Parse(Images(kind, [Row[kind], .. Enumerable.Range(1, count).Select(None)])).Attribute("height")!.Value, System.Globalization.CultureInfo.InvariantCulture);

        Assert.Equal(Height(1), Height(missing));
        Assert.Equal(missing, Words(kind, [Row[kind], .. Enumerable.Range(1, missing).Select(None)]).Count(line => line.EndsWith(": unavailable: no qemu", StringComparison.Ordinal)));
    }

    [Fact]
    public void Names_break_between_words_and_within_one_only_where_a_line_cannot_hold_it()
    {
        const string name = "a qemu microvm boot=distribution (tcg), debian:12-init, cold caches";
        using var font = FigureFonts.Create(11);
        var widest = name.Split(' ').Max(word => font.MeasureText(word));
        for (var width = widest + 1; width < 400; width += 7)
            Assert.Equal(name, string.Join(' ', FigureText.Wrap(name, font, width)));
        Assert.Equal(name.Replace(" ", "", StringComparison.Ordinal), string.Concat(FigureText.Wrap(name, font, 30)).Replace(" ", "", StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_missing_column_is_named(string kind) =>
        Assert.Contains("lacks ", Assert.Throws<HarnessException>(() => FigureKinds.Find(kind).Draw(new FigureInput("t", "c", new Table(["panel"], [])))).Message, StringComparison.Ordinal);

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_text_in_the_place_of_a_number_is_an_error_with_the_remedy(string kind)
    {
        var row = Row[kind].ToArray();
        row[Columns[kind].IndexOf("value")] = "fast";
        Assert.Contains("its query gives 'fast': leave out", Assert.Throws<HarnessException>(() => Images(kind, row)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Hostile_texts_are_drawn_as_text(string kind)
    {
        var numbers = new HashSet<string> { "value", "total", "low", "high", "n", "x", "slot", "y_scale" };
        foreach (var text in new[] { "<script>alert(1)</script>", "]]> &amp; \" '", "a\0b\u001b[31m", new string('W', 500), "日本語 😀", "a\uD800b" })
        {
            var row = Row[kind].Select((value, i) => numbers.Contains(Columns[kind][i]) ? value : text).ToArray();
            var root = Parse(Images(kind, row));
            Assert.Empty(root.Descendants(Svg + "script"));
            Assert.Equal("700", root.Attribute("width")!.Value);
        }
    }

    [Fact]
    public void A_ladder_tells_total_range_and_phases_and_why_a_row_has_none()
    {
        var words = Words(
            "ladder",
            Row["ladder"],
            ["docker/runc", "start", "20000000", "50000000", "45000000", "70000000", "ns", "0", null, "2"],
            ["qemu", null, null, null, null, null, "ns", "0", "unavailable: not installed", null]);
        Assert.Equal(["caption", "docker/runc: 50 ms (45 ms to 70 ms), n = 20; create 30 ms, start 20 ms", "qemu: unavailable: not installed"], words);
    }

    [Fact]
    public void A_stack_tells_sizes_a_hundredth_of_others_by_who_holds_them()
    {
        var words = Words(
            "stack",
            Row["stack"],
            ["container", "kernel", "1048576", "4194304", "4000000", "4400000", "B", "0", null, "2"],
            ["machine", "memory", "419430400", "419430400", null, null, "B", "9", null, "3"]);
        Assert.Equal(["caption", "container: 4 MiB (3.81 MiB to 4.2 MiB), n = 20; shim 3 MiB, kernel 1 MiB", "machine: 400 MiB, n = 9; memory 400 MiB"], words);
    }

    [Fact]
    public void An_ecdf_draws_every_sample_and_tells_the_ends_and_the_middle()
    {
        var rows = Enumerable.Range(1, 1000).Select(i => (string?[])["", "process", $"{i}000", "ns", null]).ToArray();
        Assert.Equal(["caption", "process: least 1 µs, median 501 µs, greatest 1 ms; n = 1000"], Words("ecdf", rows));
    }

    [Fact]
    public void A_forest_tells_ratio_and_interval_and_what_has_none()
    {
        var words = Words(
            "forest",
            Row["forest"],
            ["crun", "2.5", null, null, "3", "microvm", null, null, null],
            ["runsc", null, null, null, "0", "microvm", null, null, "no shared clock"]);
        Assert.Equal(["caption", "microvm, docker/runc: 40.6 [32.6, 44.8], n = 20", "microvm, crun: 2.5 (no interval), n = 3", "microvm, runsc: no shared clock"], words);
    }

    [Fact]
    public void A_curve_tells_its_points()
    {
        var words = Words("curve", Row["curve"], ["Time", "docker/runc", "32", "1500000000", null, null, "ns", "sandboxes", null]);
        Assert.Equal(["caption", "Memory, docker/runc, sandboxes 16: 5 MiB (4.77 MiB to 5.25 MiB)", "Time, docker/runc, sandboxes 32: 1.5 s"], words);
    }

    [Fact]
    public void What_cannot_be_drawn_is_refused_with_the_remedy()
    {
        Refused("ecdf", "log scale, which has no place for 0 ns", ["a", "b", "0", "ns", null]);
        Refused("curve", "begins at zero, so that -1 B has no place", ["a", "b", "1", "-1", null, null, "B", null, null]);
        Refused("curve", "twice at one x", Row["curve"], Row["curve"]);
        Refused("ladder", "one value a phase", Row["ladder"], Row["ladder"]);
        Refused("stack", "one value a part", Row["stack"], Row["stack"]);
        Refused("stack", "takes 60 rows; its query gives 61", [.. Enumerable.Range(0, 61).Select(i => Row["stack"].Select((value, at) => at == 0 ? $"{i}" : value).ToArray())]);
        Refused("ecdf", "takes 8 panels of 7 series", [.. Enumerable.Range(0, 8).Select(i => (string?[])["a", $"s{i}", "1", "ns", null])]);
        Refused("forest", "takes 100 rows; its query gives 101", [.. Enumerable.Range(0, 101).Select(i => (string?[])[$"{i}", "1", null, null, "1", null, null, null, null])]);
    }

    [Theory]
    [InlineData("ladder", 4, 5)]
    [InlineData("stack", 4, 5)]
    [InlineData("forest", 2, 3)]
    [InlineData("curve", 4, 5)]
    public void Half_an_interval_or_a_reversed_one_is_refused(string kind, int low, int high)
    {
        var half = Row[kind].ToArray();
        half[high] = null;
        Refused(kind, "low and high both or neither", half);
        var reversed = Row[kind].ToArray();
        (reversed[low], reversed[high]) = (reversed[high], reversed[low]);
        Refused(kind, "low and high both or neither", reversed);
    }

    private static void Refused(string kind, string words, params string?[][] rows) =>
        Assert.Contains(words, Assert.ThrowsAny<HarnessException>(() => Images(kind, rows)).Message, StringComparison.Ordinal);

    private static FigureImages Images(string kind, params string?[][] rows) =>
        FigureKinds.Find(kind).Draw(new FigureInput("title", "caption", new Table(Columns[kind], [.. rows.Select(row => row.ToImmutableArray())])));

    private static string[] Words(string kind, params string?[][] rows) => Parse(Images(kind, rows)).Element(Svg + "desc")!.Value.Split('\n');

    private static XElement Parse(FigureImages images) => XDocument.Parse(Encoding.UTF8.GetString([.. images.Svg])).Root!;
}
