namespace Harness.Reporting.Figures;

/// <summary>A line of an outcomes figure: a heading, or a row of cells.</summary>
/// <param name="Text">The heading, or the row's name.</param>
/// <param name="IsHeading">Which of the two it is.</param>
/// <param name="Y">Its upper edge, px below the first line's.</param>
internal sealed record OutcomeLine(string Text, bool IsHeading, float Y);

/// <summary>What of an outcomes figure stands on one image.</summary>
/// <param name="Lines">From top to bottom.</param>
/// <param name="Height">Of all of them, px.</param>
internal sealed record OutcomePage(ImmutableArray<OutcomeLine> Lines, float Height)
{
    /// <summary>Height of a row of cells, the gap below it included.</summary>
    public const float RowHeight = 17;

    private const float Heading = 20, Gap = 7;

    // What a screen of usual size shows of an image of this width, and a printed page holds.
    private const float Most = 960;

    // Fewer rows than that are not torn from their group, so that no heading stands alone.
    private const int Least = 3;

    /// <summary>
    /// Lays groups out below each other, on as many pages of about one height as are needed. A group that does not fit goes on under its heading
    /// on the next page.
    /// </summary>
    public static ImmutableArray<OutcomePage> Of(ImmutableArray<OutcomeGroup> groups)
    {
        var all = groups.Sum(group => HeightOf(group));
        var limit = all / Math.Max(1, MathF.Ceiling(all / Most));
        var pages = ImmutableArray.CreateBuilder<OutcomePage>();
        var lines = ImmutableArray.CreateBuilder<OutcomeLine>();
        var y = 0f;
        foreach (var group in groups)
        {
            var rows = group.Rows;
            var heading = group.Heading;
            while (rows.Length > 0)
            {
                var top = y + (heading.Length > 0 ? Heading + (lines.Count > 0 ? Gap : 0) : 0);
                // A little above the limit rather than a few rows apart.
                var fit = (int)Math.Ceiling((limit - top) / RowHeight) + Least;
                if (fit >= rows.Length)
                    fit = rows.Length;
                else if (fit - Least < Least)
                    fit = 0;
                else
                    fit = Math.Min(fit - Least, rows.Length - Least);
                if (fit > 0 || lines.Count == 0)
                {
                    fit = Math.Max(fit, Math.Min(Least, rows.Length));
                    if (heading.Length > 0)
                        lines.Add(new OutcomeLine(heading, true, top - Heading));
                    lines.AddRange(rows[..fit].Select((row, i) => new OutcomeLine(row, false, top + (i * RowHeight))));
                    y = top + (fit * RowHeight);
                    rows = rows[fit..];
                    heading = heading.Length > 0 && !heading.EndsWith(Continued, StringComparison.Ordinal) ? heading + Continued : heading;
                }

                if (rows.Length > 0)
                    EndPage();
            }
        }

        EndPage();
        return pages.ToImmutable();

        void EndPage()
        {
            if (lines.Count > 0)
                pages.Add(new OutcomePage(lines.ToImmutable(), y));
            lines.Clear();
            y = 0;
        }
    }

    private const string Continued = ", continued";

    private static float HeightOf(OutcomeGroup group) => (group.Heading.Length > 0 ? Heading + Gap : 0) + (group.Rows.Length * RowHeight);
}
