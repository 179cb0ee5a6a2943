using Harness.Core;

namespace Harness.Reporting.Figures;

/// <summary>
/// One number against another, with a band for its interval: a line with marks for each series, panels below each other over one x axis,
/// each with a y axis of its own. Columns of the query, one row of the answer a point: <c>panel, series, x, value, low, high, unit</c>, and
/// optionally <c>x_label</c>, <c>x_unit</c>, <c>x_scale</c> and <c>y_scale</c> (<c>log</c>, else linear from zero), <c>n</c>, and
/// <c>slot</c>, the series' place in the palette from 1. A point without low and high has no band.
/// </summary>
public sealed class CurveFigure : IFigureKind
{
    private const float PanelHeight = 190, TitleHeight = 22, PanelGap = 22, Left = 62, Right = 18, LegendGap = 10, TitleSize = 12, LabelHeight = 16;
    private const int MaxSeries = 7, MaxPanels = 6;

    /// <inheritdoc/>
    public string Id => "curve";

    /// <inheritdoc/>
    public FigureImages Draw(FigureInput input)
    {
        var rows = FigureRows.Read(input.Table, Id, "panel", "series", "x", "value", "low", "high", "unit");
        if (rows.Count == 0)
            return FigurePage.Nothing(input);
        var points = Enumerable.Range(0, rows.Count).Select(row => Point.Read(rows, row, Id)).ToImmutableArray();
        var (panels, series) = (rows.Distinct("panel"), rows.Distinct("series"));
        if (panels.Length > MaxPanels || series.Length > MaxSeries)
            throw new FigureTooLargeException(Id, $"{MaxPanels} panels and {MaxSeries} series", $"{panels.Length} and {series.Length}");
        if (points.GroupBy(point => (point.Panel, point.Series, point.X)).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw new HarnessException($"a figure of kind 'curve' has one value per point; its query gives panel '{twice.Key.Panel}', series '{twice.Key.Series}' twice at one x: group by all three in the figure's sql");
        var styles = Styles(rows, series);
        var legend = new FigureLegend(series.Select(name => (name, 0)), styles, "");
        var (xUnit, xLabel) = (rows[0, "x_unit"], rows[0, "x_label"]);
        var across = FigureScale.Of(points.Select(point => point.X), rows[0, "x_scale"] == "log", Left + 8, FigurePage.BodyWidth - Right, xUnit, Id, isDoubling: points.All(point => double.IsPow2(point.X)));
        // One panel needs no name.
        var title = panels is [""] ? 0 : TitleHeight;
        var pitch = title + PanelHeight + FigureAxis.Height + PanelGap;
        var top = legend.Height + LegendGap;
        var height = top + (panels.Length * pitch) - PanelGap + (xLabel.Length > 0 ? LabelHeight : 0);
        return FigurePage.Render(input, new FigureBody(height, [.. points.Select(point => point.Describe(xLabel, xUnit))], (canvas, area) =>
        {
            using var plot = new PixelPlot(area);
            legend.Add(plot);
            for (var i = 0; i < panels.Length; i++)
            {
                ImmutableArray<Point> own = [.. points.Where(point => point.Panel == panels[i])];
                AddPanel(plot, own, top + (i * pitch), title, across, rows[0, "y_scale"] == "log", styles);
            }

            plot.Text(FigureText.Printable(xLabel).Length > 0 ? [FigureText.Drawable(xLabel)] : [], (Left + FigurePage.BodyWidth) / 2, height - (LabelHeight / 2), 0, new TextLook(TitleSize - 0.5f, Palette.Muted, Anchor: TextAnchor.Middle));
            plot.Render(canvas);
        }));
    }

    private void AddPanel(PixelPlot plot, ImmutableArray<Point> points, float top, float title, FigureScale across, bool isLog, ImmutableDictionary<string, CategoryStyle> styles)
    {
        using var font = FigureFonts.Create(TitleSize, bold: true);
        var (high, low) = (top + title, top + title + PanelHeight);
        var up = FigureScale.Of(points.SelectMany(point => new[] { point.Value, point.Low, point.High }).OfType<double>(), isLog, low, high + 4, points[0].Unit, Id);
        plot.Text(FigureText.Wrap(points[0].Panel, font, FigurePage.BodyWidth, 1), 0, top + (TitleHeight / 2) - 3, 0, new TextLook(TitleSize, Palette.Ink, Bold: true));
        FigureAxis.Across(plot, across, high, low);
        FigureAxis.Upwards(plot, up, Left, FigurePage.BodyWidth);
        foreach (var series in points.GroupBy(point => point.Series))
        {
            var style = styles[series.Key];
            var line = series.OrderBy(point => point.X).ToList();
            var band = line.Where(point => point is { Low: not null, High: not null }).ToList();
            if (band.Count > 1)
            {
                plot.Band(
                    band.Select(point => ((double)across.At(point.X), (double)up.At(point.Low!.Value)))
                        .Concat(band.AsEnumerable().Reverse().Select(point => ((double)across.At(point.X), (double)up.At(point.High!.Value)))),
                    style.Color);
            }

            plot.Line(line.Select(point => ((double)across.At(point.X), (double)up.At(point.Value))), 2, style.Color);
            foreach (var point in line)
                plot.Mark(across.At(point.X), up.At(point.Value), style);
        }
    }

    private static ImmutableDictionary<string, CategoryStyle> Styles(FigureRows rows, ImmutableArray<string> series) => MatrixData.StylesOf(
        series,
        Enumerable.Range(0, rows.Count).Where(row => rows[row, "slot"].Length > 0)
            .DistinctBy(row => rows[row, "series"], StringComparer.Ordinal)
            .ToDictionary(row => rows[row, "series"], row => MatrixData.Slot(rows[row, "slot"]), StringComparer.Ordinal));

    private sealed record Point(string Panel, string Series, double X, double Value, double? Low, double? High, string Unit)
    {
        public static Point Read(FigureRows rows, int row, string kind) => new(
            rows[row, "panel"], rows[row, "series"], FigureNumbers.Need(rows, row, "x", kind), FigureNumbers.Need(rows, row, "value", kind),
            FigureNumbers.Interval(rows, row, kind).Low, FigureNumbers.Interval(rows, row, kind).High, rows[row, "unit"]);

        public string Describe(string xLabel, string xUnit) =>
            $"{(Panel.Length > 0 ? $"{Panel}, " : "")}{Series}, {(xLabel.Length > 0 ? $"{xLabel} " : "")}{FigureNumbers.Text(X, xUnit)}: {FigureNumbers.Text(Value, Unit)}"
            + (Low is { } low && High is { } high ? $" ({FigureNumbers.Text(low, Unit)} to {FigureNumbers.Text(high, Unit)})" : "");
    }
}
