using System.Globalization;
using Harness.Analysis.Judging;
using Harness.Cli;
using Harness.Core.Journaling;
using Harness.Core.Model;
using Harness.Core.Running;
using Harness.Reporting;
using Harness.Reporting.Model;
using Harness.Runtimes.Facts;
using Spectre.Console;

namespace Harness.Runs;

/// <summary>
/// A run's answer on stdout, one screen: coverage, a line for each claim, the gaps that matter most with what would fix them, and where the rest
/// is. All scopes, details and threats are <c>harness show</c>'s to print.
/// </summary>
public static class VerdictPrinter
{
    private const int Most = 3;
    private const string NotTested = Analysis.Judging.Verdicts.NotTested;

    /// <summary>Prints it.</summary>
    public static void Print(ReportInput report, RunFolder folder, Terminal terminal)
    {
        var screen = new Screen(terminal.Out);
        screen.Text(CoverageText.Sentence(report.Coverage));
        foreach (var sentence in ProbeSentences.For(report))
        {
            terminal.Answer(ShownText.OneLine(sentence));
        }

        terminal.Answer("");
        Verdicts(report, screen);
        foreach (var (what, remedy) in Gaps(report).Take(Most))
        {
            screen.Text($"- {what}", lines: 1);
            if (remedy.Length > 0)
            {
                screen.Text($"  fix: {remedy}", lines: 1);
            }
        }

        foreach (var failure in report.Failures)
        {
            terminal.Fail(failure.ToString());
        }

        terminal.Answer($"report: {folder.ReportMd}");
        if (File.Exists(folder.ReportHtml))
        {
            terminal.Answer($"page: {folder.ReportHtml}");
        }
        terminal.Answer($"details: harness show {folder.RunId}");
    }

    private static void Verdicts(ReportInput report, Screen screen)
    {
        var table = screen.Table(claim: true);
        foreach (var row in report.Verdicts.Where(row => row.Scope.Length == 0).OrderBy(row => row.Claim, StringComparer.Ordinal))
        {
            table.AddRow(new Text(row.Claim), screen.Verdict(row), new Text(screen.Fit(row.Lead, 3)));
        }

        screen.Write(table);
        // A scope that says the same as its claim adds nothing here.
        var whole = report.Verdicts.Where(row => row.Scope.Length == 0).ToLookup(row => (row.Experiment, row.Claim), row => row.Verdict);
        var apart = report.Verdicts.Where(row => row.Scope.Length > 0 && row.Verdict != NotTested && !whole[(row.Experiment, row.Claim)].Contains(row.Verdict)).ToList();
        if (apart.Count > 0)
        {
            var named = string.Join("; ", apart.Take(Most).Select(row => $"{row.Claim} {row.Verdict} for {row.Scope}"));
            screen.Text(apart.Count > Most ? $"Apart from these: {named}; {(apart.Count - Most).ToString(CultureInfo.InvariantCulture)} more" : $"Apart from these: {named}", lines: 2);
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
