using System.Globalization;
using Harness.Core;

namespace Harness.Reporting.Figures;

/// <summary>A member of a lane: its date, and where the query says so since when it is in the making and until when it lasts.</summary>
internal sealed record AgePoint(string Lane, DateOnly Date, DateOnly? Since, DateOnly? Until, string Label, string Category)
{
    /// <summary>The query's rows.</summary>
    /// <exception cref="HarnessException">A date is none.</exception>
    public static ImmutableArray<AgePoint> Read(FigureRows rows) =>
    [
        .. Enumerable.Range(0, rows.Count).Select(row => new AgePoint(
            rows[row, "lane"], DateOf(rows[row, "date"]), Optional(rows[row, "since"]), Optional(rows[row, "until"]), rows[row, "label"], rows[row, "category"])),
    ];

    /// <summary>In words.</summary>
    public string Describe() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Lane} {Label}, {Date:yyyy-MM-dd}: {Category}{(Since is { } since ? $"; from {since:yyyy-MM}" : "")}{(Until is { } until ? $"; until {until:yyyy-MM}" : "")}");

    private static DateOnly? Optional(string text) => text.Length > 0 ? DateOf(text) : null;

    private static DateOnly DateOf(string text) =>
        DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date)
            ? date
            : throw new HarnessException($"a figure of kind 'ages' needs dates as 2023-06-10; its query gives '{text}': leave out what has none in the figure's sql");
}

/// <summary>Dates to pixels: whole lustra, so that figures of different runs have edges at the same kind of year.</summary>
internal sealed record AgeScale(float Left, int FirstYear, int LastYear)
{
    private const float Inset = 14;
    private const int Step = 5;

    /// <summary>Right edge.</summary>
    public static float Right => FigurePage.BodyWidth - Inset;

    /// <summary>The years that have a line; every fifth has its number.</summary>
    public IEnumerable<(int Year, bool HasNumber)> Years => Enumerable.Range(FirstYear, LastYear - FirstYear + 1).Select(year => (year, year % Step == 0));

    /// <summary>Over what the dates span; what lasts longer is cut at the edge.</summary>
    public static AgeScale Of(ImmutableArray<AgePoint> points, float left)
    {
        var first = points.Min(point => (point.Since < point.Date ? point.Since.Value : point.Date).Year);
        var last = points.Max(point => point.Date.Year) + 1;
        return new AgeScale(left, first / Step * Step, (last + Step - 1) / Step * Step);
    }

    /// <summary>The pixel of a date, within the edges.</summary>
    public float X(DateOnly date)
    {
        var first = new DateOnly(FirstYear, 1, 1).DayNumber;
        var last = new DateOnly(LastYear, 1, 1).DayNumber;
        var share = (date.DayNumber - first) / (float)(last - first);
        return Left + Inset + ((Right - Left - Inset) * Math.Clamp(share, 0, 1));
    }
}

/// <summary>A lane whose members stand on as many lines as they need not to touch each other.</summary>
/// <param name="Name">The lane.</param>
/// <param name="Top">Its upper edge, px below the first lane's.</param>
/// <param name="Members">Each with its line, from 0, and where its label begins.</param>
/// <param name="Lines">How many.</param>
internal sealed record AgeLane(string Name, float Top, ImmutableArray<(AgePoint Point, int Line, float LabelX)> Members, int Lines)
{
    /// <summary>From line to line.</summary>
    public const float LineHeight = 15;

    /// <summary>Size of the members' labels.</summary>
    public const float LabelSize = 10;

    private const float Padding = 5, Mark = 6, Air = 8;

    /// <summary>Of the whole lane.</summary>
    public float Height => (Lines * LineHeight) + (2 * Padding);

    /// <summary>The middle of a line, px below the first lane's upper edge.</summary>
    public float Middle(int line) => Top + Padding + ((line + 0.5f) * LineHeight);

    /// <summary>Lays lanes out below each other, each member on the first line that has room for it: its label, its mark and its span.</summary>
    public static ImmutableArray<AgeLane> Of(ImmutableArray<AgePoint> points, AgeScale scale)
    {
        using var font = FigureFonts.Create(LabelSize);
        var lanes = ImmutableArray.CreateBuilder<AgeLane>();
        var top = 0f;
        foreach (var group in points.GroupBy(point => point.Lane))
        {
            var ends = new List<float>();
            var members = ImmutableArray.CreateBuilder<(AgePoint, int, float)>();
            foreach (var point in group.OrderBy(point => point.Date).ThenBy(point => point.Label, StringComparer.Ordinal))
            {
                var width = font.MeasureText(FigureText.Drawable(point.Label));
                var from = Math.Min(scale.X(point.Date) - Mark, point.Since is { } since ? scale.X(since) : float.MaxValue);
                // Before its span; at the left edge after it.
                var to = Math.Max(scale.X(point.Date) + Mark, point.Until is { } until ? scale.X(until) : 0);
                var labelX = from - 4 - width;
                if (labelX < scale.Left)
                    (labelX, to) = (to + 4, to + 4 + width);
                else
                    from = labelX;
                var line = ends.FindIndex(end => end + Air <= from);
                if (line < 0)
                {
                    line = ends.Count;
                    ends.Add(0);
                }

                ends[line] = to;
                members.Add((point, line, labelX));
            }

            var lane = new AgeLane(group.Key, top, members.ToImmutable(), ends.Count);
            lanes.Add(lane);
            top += lane.Height;
        }

        return lanes.ToImmutable();
    }
}
