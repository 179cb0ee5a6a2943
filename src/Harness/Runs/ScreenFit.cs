using Harness.Analysis.Judging;
using Harness.Cli;
using Harness.Core.Running;

namespace Harness.Runs;

/// <summary>
/// Makes a run's answer fit one screen. What is left out goes clause by clause and never in the middle of one: first the gaps' reasons are cut so that
/// their remedy stands on the same line, then headlines lose what follows their first clause, the least telling verdicts' first, then the last gaps go.
/// A remedy is never cut: somebody types it. All of it is in <c>harness show</c>.
/// </summary>
public static class ScreenFit
{
    private const string Fix = "fix: ";

    // Columns. A reason that is cut shorter says nothing.
    private const int ShortestReason = 28;

    private static readonly ImmutableArray<string> _leastTelling = [Verdicts.NotTested, Verdicts.Supported, Verdicts.Inconclusive, Verdicts.Qualified, Verdicts.Refuted];

    /// <summary>The claims with what leads each, and the lines on gaps, none longer than the screen is wide unless a word is.</summary>
    /// <param name="screen">Whose columns count. What is no terminal has room for everything.</param>
    /// <param name="rows">The claims' rows without a scope.</param>
    /// <param name="gaps">The gaps to be named.</param>
    /// <param name="room">Lines.</param>
    public static (ImmutableArray<(VerdictRow Row, string Lead)> Claims, ImmutableArray<string> Gaps) Fit(
        Screen screen, ImmutableArray<VerdictRow> rows, ImmutableArray<(string What, string Remedy)> gaps, int room)
    {
        ImmutableArray<(VerdictRow Row, string Lead)> claims = [.. rows.Select(row => (row, row.Lead))];
        ImmutableArray<string> lines = [.. gaps.SelectMany(gap => Apart(gap.What, gap.Remedy, screen.Width))];
        if (!screen.IsTerminal || claims.IsEmpty || screen.LinesOf(claims) + lines.Length <= room)
        {
            return (claims, lines);
        }

        lines = Together(gaps);
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

        for (var named = gaps.Length - 1; named > 0 && screen.LinesOf(claims) + lines.Length > room; named--)
        {
            lines = Together(gaps[..named]);
        }

        return (claims, lines);

        ImmutableArray<string> Together(ImmutableArray<(string What, string Remedy)> some) => [.. some.SelectMany(gap => Beside(gap.What, gap.Remedy, screen.Width))];
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

    // Reason and remedy on one line; a remedy that leaves no room for a reason has lines of its own.
    private static IEnumerable<string> Beside(string what, string remedy, int width)
    {
        var fix = $"; {Fix}{ShownText.OneLine(remedy)}";
        return remedy.Length == 0 || width - fix.Length < ShortestReason ? Apart(what, remedy, width) : [Reason(what, width - fix.Length) + fix];
    }

    private static IEnumerable<string> Apart(string what, string remedy, int width)
    {
        const string indent = "  ";
        return remedy.Length == 0 ? [Reason(what, width)] :
        [
            Reason(what, width),
            .. Screen.Wrap(ShownText.OneLine(remedy), width == int.MaxValue ? width : width - indent.Length - Fix.Length)
                .Select((line, i) => indent + (i == 0 ? Fix : new string(' ', Fix.Length)) + line),
        ];
    }

    private static string Reason(string what, int width) => Screen.Wrap($"- {ShownText.OneLine(what)}", width, 1).First();
}
