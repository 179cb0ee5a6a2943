using Harness.Core;

namespace Harness.Reporting.Figures;

/// <summary>
/// Totals over orders of magnitude and what they are made of: a row for each treatment, its total as a point with a range on a log scale,
/// and beside it a bar of its phases as shares of their sum. Stacked bars on a log scale would show the first phase as longest whatever it
/// is, hence the two. Columns of the query, one row of the answer a phase: <c>row, phase, value, total, low, high, unit, n</c>, and
/// optionally <c>slot</c>, the phase's place in the palette from 1, and <c>note</c>, said of a row without a total.
/// </summary>
public sealed class LadderFigure : IFigureKind
{
    private const float RowHeight = 34, Bar = 16, NameWidth = 200, SharesWidth = 190, Gap = 22, Heading = 24, LegendGap = 8, Inset = 8;
    private const float NameSize = 11, SmallSize = 9.5f, ValueSize = 11;
    private const int MaxRows = 60;

    /// <inheritdoc/>
    public string Id => "ladder";

    /// <inheritdoc/>
    public FigureImages Draw(FigureInput input)
    {
        var rows = FigureRows.Read(input.Table, Id, "row", "phase", "value", "total", "low", "high", "unit", "n");
        if (rows.Count == 0)
            return FigurePage.Nothing(input);
        var rungs = Rungs(rows);
        if (rungs.Length > MaxRows)
            throw new HarnessException($"a figure of kind 'ladder' takes {MaxRows} rows; its query gives {rungs.Length}: narrow it in the figure's sql");
        var unit = rows[0, "unit"];
        var styles = Styles(rows);
        var legend = new FigureLegend(InOrder(rungs).Select(phase => (phase, 0)), styles, "");
        var top = legend.Height + LegendGap + Heading;
        var bottom = top + (rungs.Length * RowHeight);
        var sharesLeft = FigurePage.BodyWidth - SharesWidth;
        var numbers = rungs.SelectMany(rung => new[] { rung.Total, rung.Low, rung.High }).OfType<double>().ToList();
        var scale = numbers.Count == 0 ? null : FigureScale.Of(numbers, isLog: true, NameWidth + Inset, sharesLeft - Gap - Inset, unit, Id);
        return FigurePage.Render(input, new FigureBody(bottom + FigureAxis.Height, [.. rungs.Select(rung => rung.Describe(unit))], (canvas, area) =>
        {
            using var plot = new PixelPlot(area);
            legend.Add(plot);
            var heading = new TextLook(ValueSize, Palette.Muted);
            plot.Text(["median and range, log scale"], NameWidth, top - (Heading / 2), 0, heading);
            plot.Text(["its phases, share of their sum"], sharesLeft, top - (Heading / 2), 0, heading);
            if (scale is not null)
                FigureAxis.Across(plot, scale, top, bottom);
            foreach (var (share, text) in new[] { (0f, "0"), (0.5f, "50 %"), (1f, "100 %") })
                plot.Text([text], sharesLeft + (SharesWidth * share), bottom + 11, 0, new TextLook(FigureAxis.TextSize, Palette.Muted, Anchor: share == 0 ? TextAnchor.Start : share == 1 ? TextAnchor.End : TextAnchor.Middle));
            for (var i = 0; i < rungs.Length; i++)
                AddRow(plot, rungs[i], top + (i * RowHeight) + (RowHeight / 2), unit, scale, styles);
            plot.Render(canvas);
        }));
    }

    private static void AddRow(PixelPlot plot, Rung rung, float middle, string unit, FigureScale? scale, ImmutableDictionary<string, CategoryStyle> styles)
    {
        using var font = FigureFonts.Create(NameSize);
        using var value = FigureFonts.Create(ValueSize);
        var lines = FigureText.Wrap(rung.Name, font, NameWidth - 8, 2);
        plot.Text(lines, 0, middle - (7 * (lines.Length - 1)), 14, new TextLook(NameSize, rung.Total is null ? Palette.Muted : Palette.Ink));
        if (rung.Total is not { } total || scale is null)
        {
            plot.Text(FigureText.Wrap(rung.Note, font, FigurePage.BodyWidth - NameWidth - Inset, 2), NameWidth + Inset, middle, 14, new TextLook(SmallSize + 1, Palette.Muted));
            return;
        }

        var x = scale.At(total);
        var (left, right) = (rung.Low is { } low ? scale.At(low) : x, rung.High is { } high ? scale.At(high) : x);
        // A narrow range would vanish behind a mark.
        plot.Fill(left, middle - 4, Math.Max(right - left, 1), 8, Palette.Mix(Palette.Muted, ScottPlot.Colors.White, 0.55));
        plot.Fill(x - 1, middle - 8, 2, 16, Palette.Ink);
        // Beside the range, on the side that has room.
        var text = FormattableString.Invariant($"{FigureNumbers.Text(total, unit)}, n = {rung.N}");
        var outside = value.MeasureText(text) <= FigurePage.BodyWidth - SharesWidth - Gap - right - 8;
        plot.Text([text], outside ? right + 8 : left - 8, middle, 0, new TextLook(ValueSize, Palette.Ink, Anchor: outside ? TextAnchor.Start : TextAnchor.End));
        AddShares(plot, rung, middle, styles);
    }

    private static void AddShares(PixelPlot plot, Rung rung, float middle, ImmutableDictionary<string, CategoryStyle> styles)
    {
        using var small = FigureFonts.Create(SmallSize);
        var sum = rung.Phases.Sum(phase => phase.Value);
        float x = FigurePage.BodyWidth - SharesWidth;
        foreach (var phase in rung.Phases.Where(_ => sum > 0))
        {
            var width = (float)(SharesWidth * phase.Value / sum);
            var color = styles[phase.Name].Color;
            plot.Fill(x, middle - (Bar / 2), Math.Max(width - 1, 0), Bar, color);
            var text = FormattableString.Invariant($"{100 * phase.Value / sum:0} %");
            if (small.MeasureText(text) <= width - 5)
                plot.Text([text], x + ((width - 1) / 2), middle, 0, new TextLook(SmallSize, Palette.TextOn(color), Anchor: TextAnchor.Middle));
            x += width;
        }
    }

    // As the rows have them, so that each stands before what follows it in any row; else by first appearance.
    private static IEnumerable<string> InOrder(ImmutableArray<Rung> rungs)
    {
        var left = rungs.SelectMany(rung => rung.Phases).Select(phase => phase.Name).Distinct(StringComparer.Ordinal).ToList();
        while (left.Count > 0)
        {
            var next = left.Find(name => rungs.All(rung => !rung.Phases.TakeWhile(phase => phase.Name != name).Any(phase => left.Contains(phase.Name))
                || rung.Phases.All(phase => phase.Name != name))) ?? left[0];
            yield return next;
            left.Remove(next);
        }
    }

    // A row without a total may name no phase.
    private static ImmutableDictionary<string, CategoryStyle> Styles(FigureRows rows)
    {
        var slots = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var row = 0; row < rows.Count; row++)
        {
            if (rows[row, "slot"] is { Length: > 0 } slot)
                slots.TryAdd(rows[row, "phase"], MatrixData.Slot(slot));
        }

        return MatrixData.StylesOf([.. rows.Distinct("phase").Where(phase => phase.Length > 0)], slots)
            .ToImmutableDictionary(style => style.Key, style => style.Value with { Shape = ScottPlot.MarkerShape.FilledSquare }, StringComparer.Ordinal);
    }

    private ImmutableArray<Rung> Rungs(FigureRows rows)
    {
        var rungs = new List<Rung>();
        for (var row = 0; row < rows.Count; row++)
        {
            var at = rungs.FindIndex(rung => rung.Name == rows[row, "row"]);
            if (at < 0)
            {
                at = rungs.Count;
                var total = FigureNumbers.Read(rows, row, "total", Id);
                rungs.Add(new Rung(rows[row, "row"], total, FigureNumbers.Interval(rows, row, Id).Low, FigureNumbers.Interval(rows, row, Id).High, 0, rows[row, "note"], []));
            }

            var rung = rungs[at];
            if (rows[row, "phase"] is { Length: > 0 } phase && FigureNumbers.Read(rows, row, "value", Id) is { } value)
            {
                if (value < 0 || rung.Phases.Any(known => known.Name == phase))
                    throw new HarnessException($"a figure of kind 'ladder' has one value a phase, not below zero; its query breaks that for row '{rung.Name}', phase '{phase}': mend the figure's sql");
                rung = rung with { Phases = rung.Phases.Add(new Phase(phase, value)) };
            }

            rungs[at] = rung with { N = rung.N + (long)(FigureNumbers.Read(rows, row, "n", Id) ?? 0) };
        }

        return [.. rungs];
    }

    private sealed record Phase(string Name, double Value);

    private sealed record Rung(string Name, double? Total, double? Low, double? High, long N, string Note, ImmutableArray<Phase> Phases)
    {
        public string Describe(string unit) => Total is not { } total
            ? $"{Name}: {Note}"
            : FormattableString.Invariant($"{Name}: {FigureNumbers.Text(total, unit)}")
                + (Low is { } low && High is { } high ? $" ({FigureNumbers.Text(low, unit)} to {FigureNumbers.Text(high, unit)})" : "")
                + FormattableString.Invariant($", n = {N}")
                + (Phases.IsEmpty ? "" : $"; {string.Join(", ", Phases.Select(phase => $"{phase.Name} {FigureNumbers.Text(phase.Value, unit)}"))}");
    }
}
