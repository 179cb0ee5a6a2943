using System.Globalization;

namespace Harness.Reporting.Figures;

/// <summary>
/// What became of things by their date: a lane for each family, and in it for each member a mark at its date and a line over its span. Columns of the
/// query: <c>lane, date, label, category</c> (dates as YYYY-MM-DD), and optionally <c>since</c> and <c>until</c>, the ends of the span, and <c>slot</c>,
/// the category's place in the palette from 1.
/// </summary>
public sealed class AgesFigure : IFigureKind
{
    private const float Axis = 24, NameSize = 11.5f, MaxName = 150, NameGap = 14, LegendGap = 22;
    private const int MaxLanes = 80;

    /// <inheritdoc/>
    public string Id => "ages";

    /// <inheritdoc/>
    public FigureImages Draw(FigureInput input)
    {
        var rows = FigureRows.Read(input.Table, Id, "lane", "date", "label", "category");
        if (rows.Count == 0)
            return FigurePage.Nothing(input);
        var points = AgePoint.Read(rows);
        var names = rows.Distinct("lane");
        if (names.Length > MaxLanes)
            throw new FigureTooLargeException(Id, $"{MaxLanes} lanes", $"{names.Length}");
        var styles = rows.Styles();
        var legend = new FigureLegend(rows.Distinct("category").Select(category => (category, points.Count(point => point.Category == category))), styles, "userland");
        var scale = AgeScale.Of(points, NameWidth(names));
        var lanes = AgeLane.Of(points, scale);
        var top = legend.Height + LegendGap;
        var bottom = top + lanes.Sum(lane => lane.Height);
        return FigurePage.Render(input, new FigureBody(bottom + Axis, [.. points.Select(point => point.Describe())], (canvas, area) =>
        {
            using var plot = new PixelPlot(area);
            legend.Add(plot);
            AddAxis(plot, scale, top, bottom);
            foreach (var lane in lanes)
                AddLane(plot, lane, scale, top, styles);
            plot.Render(canvas);
        }));
    }

    // Numbers above and below: of many lanes the reader sees one end at a time.
    private static void AddAxis(PixelPlot plot, AgeScale scale, float top, float bottom)
    {
        foreach (var (year, hasNumber) in scale.Years)
        {
            var x = scale.X(new DateOnly(year, 1, 1));
            plot.Fill(x - 0.5f, top - (hasNumber ? 4 : 0), 1, bottom - top + (hasNumber ? 8 : 0), hasNumber ? Palette.Mix(Palette.Faint, Palette.Muted, 0.25) : Palette.Mix(Palette.Faint, ScottPlot.Colors.White, 0.45));
            if (!hasNumber)
                continue;
            var look = new TextLook(FigureAxis.TextSize, Palette.Muted, Anchor: TextAnchor.Middle);
            foreach (var y in (ReadOnlySpan<float>)[top - 11, bottom + 13])
                plot.Text([year.ToString(CultureInfo.InvariantCulture)], x, y, 0, look);
        }
    }

    private static void AddLane(PixelPlot plot, AgeLane lane, AgeScale scale, float top, ImmutableDictionary<string, CategoryStyle> styles)
    {
        using var nameFont = FigureFonts.Create(NameSize, bold: true);
        plot.Fill(0, top + lane.Top, FigurePage.BodyWidth, 1, Palette.Faint);
        plot.Text(FigureText.Wrap(lane.Name, nameFont, scale.Left - NameGap, 1), 0, top + lane.Middle(0), 0, new TextLook(NameSize, Palette.Ink, Bold: true));
        foreach (var (point, line, labelX) in lane.Members)
        {
            var (x, y, style) = (scale.X(point.Date), top + lane.Middle(line), styles[point.Category]);
            if (point.Since is { } since)
            {
                plot.Fill(scale.X(since), y - 0.5f, x - scale.X(since), 1, Palette.Muted);
                plot.Fill(scale.X(since), y - 3, 1, 6, Palette.Muted);
            }

            if (point.Until is { } until)
                plot.Fill(x, y - 1.5f, Math.Max(0, scale.X(until) - x), 3, Palette.Mix(style.Color, ScottPlot.Colors.White, 0.45));
            plot.Mark(x, y, style);
            plot.Text([FigureText.Drawable(point.Label)], labelX, y, 0, new TextLook(AgeLane.LabelSize, Palette.Ink));
        }
    }

    private static float NameWidth(ImmutableArray<string> lanes)
    {
        using var font = FigureFonts.Create(NameSize, bold: true);
        return Math.Min(MaxName, lanes.Max(lane => font.MeasureText(FigureText.Drawable(lane)))) + NameGap;
    }
}
