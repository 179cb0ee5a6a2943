using Harness.Core;

namespace Harness.Reporting.Figures;

/// <summary>
/// Ratios with their intervals, one a row, on a log scale with a line at 1. Columns of the query: <c>row, value, low, high, n</c>, and
/// optionally <c>less</c> and <c>more</c>, what a ratio below and above 1 means, and <c>group</c>, a heading above the rows that have it.
/// An empty interval is drawn as a hollow point, an empty value as a note (column <c>note</c>).
/// </summary>
public sealed class ForestFigure : IFigureKind
{
    private const float RowHeight = 24, GroupHeight = 28, NameWidth = 262, NumbersWidth = 140, Gap = 14, Heading = 26, Inset = 8;
    private const float NameSize = 11, ValueSize = 11;
    private const int MaxRows = 100;

    /// <inheritdoc/>
    public string Id => "forest";

    /// <inheritdoc/>
    public FigureImages Draw(FigureInput input)
    {
        var rows = FigureRows.Read(input.Table, Id, "row", "value", "low", "high", "n");
        if (rows.Count == 0)
            return FigurePage.Nothing(input);
        if (rows.Count > MaxRows)
            throw new FigureTooLargeException(Id, $"{MaxRows} rows", $"{rows.Count}");
        var all = Enumerable.Range(0, rows.Count).Select(row => Ratio.Read(rows, row, Id)).ToImmutableArray();
        var ratios = Ratio.Drawn(all);
        var groups = ratios.Select((ratio, i) => ratio.Group.Length > 0 && (i == 0 || ratios[i - 1].Group != ratio.Group)).ToImmutableArray();
        var bottom = Heading + (ratios.Length * RowHeight) + (groups.Count(isNew => isNew) * GroupHeight);
        var right = FigurePage.BodyWidth - NumbersWidth - Gap;
        // The line at 1 is always within.
        var scale = FigureScale.Of(ratios.SelectMany(ratio => new[] { ratio.Value, ratio.Low, ratio.High }).OfType<double>().Append(1), isLog: true, NameWidth + Inset, right - Inset, "", Id);
        return FigurePage.Render(input, new FigureBody(bottom + FigureAxis.Height, [.. all.Select(ratio => ratio.Describe())], (canvas, area) =>
        {
            using var plot = new PixelPlot(area);
            FigureAxis.Across(plot, scale, Heading, bottom);
            plot.Fill(scale.At(1) - 0.75f, Heading - 4, 1.5f, bottom - Heading + 4, Palette.Muted);
            AddHeading(plot, scale.At(1), right, rows[0, "less"], rows[0, "more"]);
            var y = Heading;
            for (var i = 0; i < ratios.Length; i++)
            {
                if (groups[i])
                {
                    plot.Text(Line(ratios[i].Group, NameSize, NameWidth - 8, bold: true), 0, y + (GroupHeight / 2) + 2, 0, new TextLook(NameSize, Palette.Ink, Bold: true));
                    y += GroupHeight;
                }

                AddRow(plot, ratios[i], y + (RowHeight / 2), scale);
                y += RowHeight;
            }

            plot.Render(canvas);
        }));
    }

    private static void AddHeading(PixelPlot plot, float one, float right, string less, string more)
    {
        const float y = (Heading / 2) - 4;
        var look = new TextLook(ValueSize, Palette.Muted);
        using var font = FigureFonts.Create(ValueSize);
        var (below, above) = (FigureText.Drawable(less), FigureText.Drawable(more));
        if (below.Length > 0)
            plot.Text([below], one - 6, y, 0, look with { Anchor = TextAnchor.End });
        if (above.Length > 0)
            plot.Text([above], Math.Min(one + 6, right - font.MeasureText(above)), y, 0, look);
        plot.Text(["ratio [interval]"], FigurePage.BodyWidth - NumbersWidth, y, 0, look);
    }

    private static void AddRow(PixelPlot plot, Ratio ratio, float middle, FigureScale scale)
    {
        if (ratio.Others.Length > 0)
        {
            plot.Text(Line($"{ratio.Said}: {ratio.Others}", NameSize, FigurePage.BodyWidth - 10, bold: false), ratio.Group.Length > 0 ? 10 : 0, middle, 0, new TextLook(NameSize, Palette.Muted, IsBacked: true));
            return;
        }

        plot.Text(Line(ratio.Name, NameSize, NameWidth - 8, bold: false), ratio.Group.Length > 0 ? 10 : 0, middle, 0, new TextLook(NameSize, ratio.Value is null ? Palette.Muted : Palette.Ink));
        var numbers = FigurePage.BodyWidth - NumbersWidth;
        if (ratio.Value is not { } value)
        {
            plot.Text(Line(ratio.Said, ValueSize, NumbersWidth, bold: false), numbers, middle, 0, new TextLook(ValueSize, Palette.Muted));
            return;
        }

        if (ratio is { Low: { } low, High: { } high })
        {
            var (left, right) = (scale.At(low), scale.At(high));
            plot.Fill(left, middle - 1, Math.Max(right - left, 1), 2, Palette.Slot(0).Color);
            plot.Fill(left - 0.5f, middle - 4, 1, 8, Palette.Slot(0).Color);
            plot.Fill(right - 0.5f, middle - 4, 1, 8, Palette.Slot(0).Color);
            plot.Fill(scale.At(value) - 2.5f, middle - 2.5f, 5, 5, Palette.Slot(0).Color);
        }
        else
        {
            plot.Mark(scale.At(value), middle, Palette.Nothing);
        }

        plot.Text([ratio.Numbers], numbers, middle, 0, new TextLook(ValueSize, Palette.Ink));
    }

    private static ImmutableArray<string> Line(string text, float size, float width, bool bold)
    {
        using var font = FigureFonts.Create(size, bold);
        return FigureText.Wrap(text, font, width, 1);
    }

    private sealed record Ratio(string Name, string Group, double? Value, double? Low, double? High, string N, string Note)
    {
        /// <summary>Of a row that stands for several without a ratio: their names.</summary>
        public string Others { get; init; } = "";

        /// <summary>What is said in the place of a ratio.</summary>
        public string Said => Note.Length > 0 ? Note : "not measured";

        /// <summary>As they are drawn: rows of a group without a ratio that say the same share one, in the first one's place.</summary>
        public static ImmutableArray<Ratio> Drawn(ImmutableArray<Ratio> all) =>
        [
            .. all.Select((ratio, place) => (Ratio: ratio, Place: place))
                .GroupBy(row => row.Ratio.Value is null ? (row.Ratio.Group, row.Ratio.Note, -1) : ("", "", row.Place))
                .Select(alike => alike.First().Ratio is { Value: null } first && alike.Skip(1).Any() ? first with { Others = string.Join(", ", alike.Select(row => row.Ratio.Name)) } : alike.First().Ratio),
        ];

        public string Numbers => $"{FigureNumbers.Text(Value ?? 0, "")} "
            + (Low is { } low && High is { } high ? $"[{FigureNumbers.Text(low, "")}, {FigureNumbers.Text(high, "")}]" : "(no interval)");

        public static Ratio Read(FigureRows rows, int row, string kind) => new(
            rows[row, "row"], rows[row, "group"], FigureNumbers.Read(rows, row, "value", kind), FigureNumbers.Interval(rows, row, kind).Low, FigureNumbers.Interval(rows, row, kind).High,
            rows[row, "n"], rows[row, "note"]);

        public string Describe() => $"{(Group.Length > 0 ? $"{Group}, " : "")}{Name}: " + (Value is null ? Said : $"{Numbers}, n = {N}");
    }
}
