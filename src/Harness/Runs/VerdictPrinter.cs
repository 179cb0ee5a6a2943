using Harness.Analysis.Judging;
using Harness.Cli;
using Harness.Core.Journaling;
using Harness.Core.Running;
using Harness.Reporting;
using Harness.Reporting.Model;

namespace Harness.Runs;

/// <summary>A run's answer on stdout: coverage, each verdict in a sentence, and where the report is.</summary>
public static class VerdictPrinter
{
    /// <summary>Prints it.</summary>
    public static void Print(ReportInput report, RunFolder folder, Terminal terminal)
    {
        terminal.Answer(CoverageText.Sentence(report.Coverage));
        foreach (var sentence in ProbeSentences.For(report))
        {
            terminal.Answer(ShownText.OneLine(sentence));
        }

        foreach (var verdict in report.Verdicts)
        {
            var scope = verdict.Scope.Length > 0 ? $" [{verdict.Scope}]" : "";
            var basis = verdict.Basis == "real" ? "" : $" ({verdict.Basis})";
            terminal.Answer(ShownText.OneLine($"{verdict.Claim}{scope} {verdict.Verdict}{basis}: {verdict.Summary}"));
        }

        foreach (var check in report.Checks.Where(check => check.Holds == MethodCheck.No))
        {
            terminal.Answer($"check {check.Name} does not hold: {check.Summary}");
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
    }
}
