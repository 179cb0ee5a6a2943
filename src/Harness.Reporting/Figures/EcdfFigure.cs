using Harness.Core;

namespace Harness.Reporting.Figures;

/// <summary>
/// What share of the samples is at or below a value, every sample drawn, on a log scale: a step curve for each series, its median marked.
/// Panels stand below each other, each over a scale of its own: over one for all, what lies close together in one panel would be one line.
/// Columns of the query, one row of the answer a sample: <c>panel, series, value, unit</c>, and optionally <c>n</c> (1, for the caption) and
/// <c>slot</c>, the series' place in the palette from 1.
/// </summary>
public sealed class EcdfFigure : IFigureKind
{
    private const float PanelHeight = 130, PanelTitle = 20, PanelGap = 18, Left = 44, LegendGap = 8, TitleSize = 12, Inset = 8;
    private const int MaxSeries = 7, MaxPanels = 8;

    /// <inheritdoc/>
    public string Id => "ecdf";

    /// <inheritdoc/>
    public FigureImages Draw(FigureInput input)
    {
        var rows = FigureRows.Read(input.Table, Id, "panel", "series", "value", "unit");
        if (rows.Count == 0)
            return FigurePage.Nothing(input);
        var unit = rows[0, "unit"];
        var panels = Panels(rows);
        if (panels.Length > MaxPanels || panels.Any(panel => panel.Series.Length > MaxSeries))
            throw new FigureTooLargeException(Id, $"{MaxPanels} panels of {MaxSeries} series", $"{panels.Length} of up to {panels.Max(panel => panel.Series.Length)}");
        ImmutableArray<FigureScale> scales =
            [.. panels.Select(panel => FigureScale.Of(panel.Series.SelectMany(series => series.Samples), isLog: true, Left + Inset, FigurePage.BodyWidth - 20, unit, Id))];
        var tops = ImmutableArray.CreateBuilder<float>();
        float y = 0;
        foreach (var panel in panels)
        {
            tops.Add(y);
            y += panel.TitleHeight + panel.Legend.Height + LegendGap + PanelHeight + FigureAxis.Height + PanelGap;
        }

        return FigurePage.Render(input, new FigureBody(y - PanelGap, [.. panels.SelectMany(panel => panel.Describe(unit))], (canvas, area) =>
        {
            using var plot = new PixelPlot(area);
            for (var i = 0; i < panels.Length; i++)
                AddPanel(plot, panels[i], tops[i], scales[i]);
            plot.Render(canvas);
        }));
    }

    private static void AddPanel(PixelPlot plot, Panel panel, float top, FigureScale scale)
    {
        using var font = FigureFonts.Create(TitleSize, bold: true);
        if (panel.TitleHeight > 0)
            plot.Text(FigureText.Wrap(panel.Name, font, FigurePage.BodyWidth, 1), 0, top + (PanelTitle / 2), 0, new TextLook(TitleSize, Palette.Ink, Bold: true));
        panel.Legend.Add(plot, top + panel.TitleHeight);
        var high = top + panel.TitleHeight + panel.Legend.Height + LegendGap;
        var low = high + PanelHeight;
        FigureAxis.Across(plot, scale, high, low);
        foreach (var (share, text) in new[] { (0f, "0"), (0.5f, "50 %"), (1f, "100 %") })
        {
            var line = low - (share * PanelHeight);
            plot.Fill(Left, line - 0.5f, FigurePage.BodyWidth - Left, 1, Palette.Faint);
            plot.Text([text], Left - 6, line, 0, new TextLook(FigureAxis.TextSize, Palette.Muted, Anchor: TextAnchor.End));
        }

        foreach (var series in panel.Series)
        {
            var style = panel.Styles[series.Name];
            plot.Line(Steps(series.Samples, scale, low), 2, style.Color);
            plot.Mark(scale.At(series.Median), low - (PanelHeight / 2), style);
        }
    }

    // A step up at each sample; nothing before the first and after the last, where the series would hide each other.
    private static IEnumerable<(double X, double Y)> Steps(ImmutableArray<double> sorted, FigureScale scale, float low)
    {
        for (var i = 0; i < sorted.Length; i++)
        {
            var x = scale.At(sorted[i]);
            yield return (x, low - (PanelHeight * i / sorted.Length));
            yield return (x, low - (PanelHeight * (i + 1) / sorted.Length));
        }
    }

    private ImmutableArray<Panel> Panels(FigureRows rows)
    {
        var samples = new Dictionary<(string Panel, string Series), List<double>>();
        for (var row = 0; row < rows.Count; row++)
        {
            var key = (rows[row, "panel"], rows[row, "series"]);
            if (!samples.TryGetValue(key, out var known))
                samples.Add(key, known = []);
            known.Add(FigureNumbers.Need(rows, row, "value", Id));
        }

        var slots = Enumerable.Range(0, rows.Count).Where(row => rows[row, "slot"].Length > 0)
            .DistinctBy(row => rows[row, "series"], StringComparer.Ordinal)
            .ToDictionary(row => rows[row, "series"], row => MatrixData.Slot(rows[row, "slot"]), StringComparer.Ordinal);
        return
        [
            .. from name in rows.Distinct("panel")
               let series = rows.Distinct("series").Where(one => samples.ContainsKey((name, one)))
                   .Select(one => new Series(one, [.. samples[(name, one)].Order()])).ToImmutableArray()
               let styles = MatrixData.StylesOf([.. series.Select(one => one.Name)], slots)
               select new Panel(name, series, styles, new FigureLegend(series.Select(one => (one.Name, one.Samples.Length)), styles, "sample")),
        ];
    }

    private sealed record Series(string Name, ImmutableArray<double> Samples)
    {
        public double Median => (Samples[(Samples.Length - 1) / 2] + Samples[Samples.Length / 2]) / 2;
    }

    private sealed record Panel(string Name, ImmutableArray<Series> Series, ImmutableDictionary<string, CategoryStyle> Styles, FigureLegend Legend)
    {
        public float TitleHeight => Name.Length > 0 ? PanelTitle : 0;

        public IEnumerable<string> Describe(string unit) => Series.Select(series => FormattableString.Invariant(
            $"{(Name.Length > 0 ? $"{Name}, " : "")}{series.Name}: least {FigureNumbers.Text(series.Samples[0], unit)}, median {FigureNumbers.Text(series.Median, unit)}, greatest {FigureNumbers.Text(series.Samples[^1], unit)}; n = {series.Samples.Length}"));
    }
}
