using System.Globalization;
using Harness.Core;

namespace Harness.Reporting.Figures;

/// <summary>
/// What became of things by their date: a lane for each family, a mark for each member at its date. Columns of the query:
/// <c>lane, date, label, category</c> (the date as YYYY-MM-DD), and optionally <c>slot</c>, the category's place in the palette from 1.
/// </summary>
public sealed class AgesFigure : IFigureKind
{
    private const float LaneHeight = 34, Axis = 24, NameSize = 11.5f, LabelSize = 9.5f, MaxName = 150, NameGap = 14, LegendGap = 10, Inset = 16;
    private const int MaxLanes = 80;

    /// <inheritdoc/>
    public string Id => "ages";

    /// <inheritdoc/>
    public FigureImages Draw(FigureInput input)
    {
        var rows = FigureRows.Read(input.Table, Id, "lane", "date", "label", "category");
        if (rows.Count == 0)
            return FigurePage.Nothing(input);
        var points = Enumerable.Range(0, rows.Count)
            .Select(row => new Point(rows[row, "lane"], Date(rows[row, "date"]), rows[row, "label"], rows[row, "category"]))
            .ToImmutableArray();
        var lanes = rows.Distinct("lane");
        if (lanes.Length > MaxLanes)
            throw new FigureTooLargeException(Id, $"{MaxLanes} lanes", $"{lanes.Length}");
        var styles = rows.Styles();
        var legend = new FigureLegend(rows.Distinct("category").Select(category => (category, points.Count(point => point.Category == category))), styles, "userland");
        var scale = Scale.Of(points, NameWidth(lanes));
        var top = legend.Height + LegendGap;
        var bottom = top + (lanes.Length * LaneHeight);
        return FigurePage.Render(input, new FigureBody(bottom + Axis, [.. points.Select(Describe)], (canvas, area) =>
        {
            using var plot = new PixelPlot(area);
            legend.Add(plot);
            AddAxis(plot, scale, top, bottom);
            for (var lane = 0; lane < lanes.Length; lane++)
                AddLane(plot, lanes[lane], [.. points.Where(point => point.Lane == lanes[lane]).OrderBy(point => point.Date)], scale, top + (lane * LaneHeight), styles);
            plot.Render(canvas);
        }));
    }

    private static void AddAxis(PixelPlot plot, Scale scale, float top, float bottom)
    {
        for (var year = scale.FirstYear; year <= scale.LastYear; year += scale.YearStep)
        {
            var x = scale.X(new DateOnly(year, 1, 1));
            plot.Fill(x, top, 1, bottom - top + 4, Palette.Faint);
            using var font = FigureFonts.Create(LabelSize + 1);
            var text = year.ToString(CultureInfo.InvariantCulture);
            plot.Text([text], x - (font.MeasureText(text) / 2), bottom + 14, 0, new TextLook(LabelSize + 1, Palette.Muted));
        }
    }

    private static void AddLane(PixelPlot plot, string lane, ImmutableArray<Point> points, Scale scale, float top, ImmutableDictionary<string, CategoryStyle> styles)
    {
        using var font = FigureFonts.Create(LabelSize);
        using var nameFont = FigureFonts.Create(NameSize);
        var middle = top + (LaneHeight / 2);
        plot.Text(FigureText.Wrap(lane, nameFont, scale.Left - NameGap, 1), 0, middle, 0, new TextLook(NameSize, Palette.Ink));
        plot.Fill(scale.Left, middle, FigurePage.BodyWidth - scale.Left, 1, Palette.Faint);
        // Labels stand below their marks, else above; where neither has room the text alternative has them.
        float below = float.MinValue, above = float.MinValue;
        foreach (var point in points)
        {
            var x = scale.X(point.Date);
            plot.Mark(x, middle, styles[point.Category]);
            var text = FigureText.Drawable(point.Label);
            var width = font.MeasureText(text);
            var start = Math.Clamp(x - (width / 2), scale.Left, FigurePage.BodyWidth - width);
            if (start > below + 3)
            {
                plot.Text([text], start, middle + 12, 0, new TextLook(LabelSize, Palette.Ink));
                below = start + width;
            }
            else if (start > above + 3)
            {
                plot.Text([text], start, middle - 11, 0, new TextLook(LabelSize, Palette.Ink));
                above = start + width;
            }
        }
    }

    private static float NameWidth(ImmutableArray<string> lanes)
    {
        using var font = FigureFonts.Create(NameSize);
        return Math.Min(MaxName, lanes.Max(lane => font.MeasureText(FigureText.Drawable(lane)))) + NameGap;
    }

    private static DateOnly Date(string text) =>
        DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date)
            ? date
            : throw new HarnessException($"a figure of kind 'ages' needs dates as 2023-06-10; its query gives '{text}': leave out what has none in the figure's sql");

    private static string Describe(Point point) =>
        string.Create(CultureInfo.InvariantCulture, $"{point.Lane} {point.Label}, {point.Date:yyyy-MM-dd}: {point.Category}");

    private sealed record Point(string Lane, DateOnly Date, string Label, string Category);

    /// <summary>Dates to pixels, over whole years.</summary>
    private sealed record Scale(float Left, int FirstYear, int LastYear)
    {
        private const int MostTicks = 12;

        public int YearStep => Math.Max(1, (int)Math.Ceiling((LastYear - FirstYear) / (double)MostTicks));

        public static Scale Of(ImmutableArray<Point> points, float left) =>
            new(left, points.Min(point => point.Date.Year), points.Max(point => point.Date.Year) + 1);

        public float X(DateOnly date)
        {
            var first = new DateOnly(FirstYear, 1, 1).DayNumber;
            var last = new DateOnly(LastYear, 1, 1).DayNumber;
            var width = FigurePage.BodyWidth - Left - (2 * Inset);
            return Left + Inset + (width * (date.DayNumber - first) / (last - first));
        }
    }
}
