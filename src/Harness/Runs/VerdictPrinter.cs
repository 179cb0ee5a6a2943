using System.Globalization;
using Harness.Analysis.Judging;
using Harness.Cli;
using Harness.Core.Journaling;
using Harness.Core.Model;
using Harness.Core.Running;
using Harness.Host.Facts;
using Harness.Reporting;
using Harness.Reporting.Model;

namespace Harness.Runs;

/// <summary>
/// A run's answer on stdout, one screen: coverage, a line for each claim, the gaps that matter most with what would fix them, and where the rest
/// is. All scopes, details and threats are <c>harness show</c>'s to print.
/// </summary>
public static class VerdictPrinter
{
    private const int Most = 3;

    // A terminal's, as it has been since the VT100.
    private const int ScreenLines = 24;

    /// <summary>Prints it.</summary>
    public static void Print(ReportInput report, RunFolder folder, Terminal terminal)
    {
        var screen = new Screen(terminal.Out);
        var coverage = CoverageText.Sentence(report.Coverage);
        string[] places = [$"report: {folder.ReportMd}", .. File.Exists(folder.ReportHtml) ? [$"page: {folder.ReportHtml}"] : (string[])[], $"details: harness show {folder.RunId}"];
        screen.Text(coverage);
        foreach (var sentence in ProbeSentences.For(report))
        {
            terminal.Answer(ShownText.OneLine(sentence));
        }

        terminal.Answer("");
        var around = Screen.Wrap(coverage, screen.Width).Count() + 1 + places.Length;
        var (claims, gaps) = ScreenFit.Fit(
            screen,
            [.. report.Verdicts.Where(row => row.Scope.Length == 0).OrderBy(row => row.Claim, StringComparer.Ordinal)],
            [.. Gaps(report).Take(Most)],
            ScreenLines - around);
        if (claims.Length > 0)
        {
            screen.Claims(claims);
        }

        foreach (var line in gaps)
        {
            terminal.Answer(line);
        }

        foreach (var failure in report.Failures)
        {
            terminal.Fail(failure.ToString());
        }

        foreach (var place in places)
        {
            terminal.Answer(place);
        }
    }

    // What went wrong before what is missing or does not count, the most trials first.
    private static IEnumerable<(string What, string Remedy)> Gaps(ReportInput report) =>
    [
        .. report.Checks.Where(check => check.Holds == MethodCheck.No).Select(check => ($"the check {check.Name} does not hold: {check.Summary}", "")),
        .. report.Coverage.Gaps
            .Select(gap => (gap.Kind, (long)gap.Trials, Said: $"{gap.Kind}: {Redaction.Address(gap.Reason)}", gap.Remedy))
            .Concat(report.NotCounted.Where(row => row.Remedy.Length > 0).Select(row => ("", row.Trials, Said: $"not counted for {row.Claims}: {row.Reason}", row.Remedy)))
            .OrderByDescending(gap => gap.Item1 == Outcome.Broken.Text()).ThenByDescending(gap => gap.Item2)
            .Select(gap => (string.Create(CultureInfo.InvariantCulture, $"{gap.Item2} {(gap.Item2 == 1 ? "trial" : "trials")} {gap.Said}"), gap.Remedy)),
    ];
}
