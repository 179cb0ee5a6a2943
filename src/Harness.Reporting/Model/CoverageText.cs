using System.Globalization;
using Harness.Analysis;
using Harness.Core.Model;

namespace Harness.Reporting.Model;

/// <summary>How much of the matrix was covered, in words.</summary>
public static class CoverageText
{
    /// <summary>One sentence without markup.</summary>
    public static string Sentence(Coverage coverage)
    {
        // What no registry can give from here is said apart: nothing of it failed.
        var outcomes = string.Join(", ", coverage.Outcomes
            .Select(pair => (pair.Outcome, Trials: pair.Outcome == Outcome.Unavailable ? pair.Trials - coverage.NotReachable : pair.Trials))
            .Where(pair => pair.Trials > 0)
            .Select(pair => Invariant($"{pair.Trials} {pair.Outcome.Text()}")));
        var notRun = coverage.Missing(Coverage.NotRun);
        return Invariant($"Measured {coverage.Measured} of {coverage.Planned} planned trials ({Math.Floor(100 * coverage.Share)} %)")
            + (outcomes.Length > 0 ? $": {outcomes}" : "")
            + (coverage.NotReachable > 0 ? Invariant($"; {coverage.NotReachable} need a registry that cannot be reached from here") : "")
            + (notRun > 0 ? Invariant($"; {notRun} not run") : "") + ".";
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
