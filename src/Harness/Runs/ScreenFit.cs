using Harness.Analysis.Judging;
using Harness.Cli;
using Harness.Core.Running;

namespace Harness.Runs;

/// <summary>
/// Makes a run's answer fit one screen. What is left out goes clause by clause and never in the middle of one: first the gaps' reasons are cut to one
/// line with their remedy, then headlines lose what follows their first clause, the least telling verdicts' first. All of it is in <c>harness show</c>.
/// </summary>
public static class ScreenFit
{
    private static readonly ImmutableArray<string> _leastTelling = [Verdicts.NotTested, Verdicts.Supported, Verdicts.Inconclusive, Verdicts.Qualified, Verdicts.Refuted];

    /// <summary>The claims with what leads each, and the lines on gaps.</summary>
    /// <param name="screen">Whose columns count. What is no terminal has room for everything.</param>
    /// <param name="rows">The claims' rows without a scope.</param>
    /// <param name="gaps">The gaps to be named.</param>
    /// <param name="room">Lines.</param>
    public static (ImmutableArray<(VerdictRow Row, string Lead)> Claims, ImmutableArray<string> Gaps) Fit(
        Screen screen, ImmutableArray<VerdictRow> rows, ImmutableArray<(string What, string Remedy)> gaps, int room)
    {
        ImmutableArray<(VerdictRow Row, string Lead)> claims = [.. rows.Select(row => (row, row.Lead))];
        ImmutableArray<string> lines = [.. gaps.SelectMany(gap => gap.Remedy.Length > 0 ? new[] { $"- {gap.What}", $"  fix: {gap.Remedy}" } : [$"- {gap.What}"])];
        if (!screen.IsTerminal || claims.IsEmpty || screen.LinesOf(claims) + lines.Length <= room)
        {
            return (claims, lines);
        }

        lines = [.. gaps.Select(gap => OneLine(gap.What, gap.Remedy, screen.Width))];
        foreach (var verdict in _leastTelling)
        {
            for (var i = 0; i < claims.Length && screen.LinesOf(claims) + lines.Length > room; i++)
            {
                var shorter = claims.SetItem(i, (claims[i].Row, FirstClause(claims[i].Lead)));
                // A clause is not given away for nothing.
                if (claims[i].Row.Verdict == verdict && screen.LinesOf(shorter) < screen.LinesOf(claims))
                {
                    claims = shorter;
                }
            }
        }

        return (claims, lines);
    }

    /// <summary>A headline without what follows its first clause: the numbers come first, then their scope.</summary>
    public static string FirstClause(string headline)
    {
        var end = headline.IndexOf("; ", StringComparison.Ordinal);
        if (end < 0)
        {
            end = headline.EndsWith(')') ? headline.LastIndexOf(" (", StringComparison.Ordinal) : -1;
        }

        return end > 0 ? headline[..end] : headline;
    }

    private static string OneLine(string what, string remedy, int width)
    {
        if (remedy.Length == 0)
        {
            return $"- {what}";
        }

        var fix = $"; fix: {ShownText.OneLine(remedy)}";
        // A remedy so long that nothing stands before it would be cut anyway.
        return $"- {Screen.Wrap(ShownText.OneLine(what), Math.Max(width - 2 - fix.Length, width / 2), 1).First()}{fix}";
    }
}
