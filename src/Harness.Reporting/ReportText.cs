using System.Globalization;
using System.Text;
using Harness.Analysis;
using Harness.Analysis.Judging;
using Harness.Core.Definitions;
using Harness.Core.Model;
using static Harness.Reporting.MarkdownText;

namespace Harness.Reporting;

/// <summary>Writes <c>report.md</c>: the same bytes for the same run, on every platform.</summary>
public static class ReportText
{
    /// <summary>The whole text.</summary>
    public static string Write(ReportInput input)
    {
        var text = new StringBuilder();
        Line(text, CoverageSentence(input.Coverage));
        Line(text);
        Line(text, $"# What run {Code(input.Plan.RunId)} found");
        Line(text);
        Summary(text, input);
        foreach (var experiment in input.Experiments)
        {
            Experiment(text, input, experiment);
        }

        Checks(text, input);
        Gaps(text, input);
        Remarks(text, input);
        Reproduce(text, input);
        Environments(text, input);
        return text.ToString();
    }

    /// <summary>How much of the matrix was covered, in one sentence without markup.</summary>
    public static string CoverageSentence(Coverage coverage)
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

    private static void Summary(StringBuilder text, ReportInput input)
    {
        Line(text, "| claim | verdict | in short |");
        Line(text, "|---|---|---|");
        foreach (var row in input.Verdicts.Where(row => row.Scope.Length == 0))
        {
            Line(text, $"| {Plain(row.Claim)}: {Plain(input.Claims.GetValueOrDefault(row.Claim) ?? "")} | **{Plain(row.Verdict)}** | {Plain(row.Lead)} |");
        }

        Line(text);
        if (!input.Failures.IsEmpty)
        {
            Line(text, "**Something is missing from this report**, because the SQL of an experiment or the drawing of a figure failed: see the places that say so in the section of " + string.Join(", ", input.Failures.Select(failure => Code(failure.Experiment)).Distinct()) + ".");
            Line(text);
        }

        if (input.Plan.Quick)
        {
            Line(text, "A quick run: fewer blocks and userlands than the experiments ask for.");
            Line(text);
        }
    }

    private static void Experiment(StringBuilder text, ReportInput input, ExperimentDefinition experiment)
    {
        Line(text, $"## {Plain(experiment.Title)}");
        Line(text);
        Line(text, $"Experiment {Code(experiment.Id)}; question, method and rules of decision: [{Plain(experiment.Id)}/README.md](definitions/{experiment.Id}/README.md). {CoverageSentence(Coverage.Of(input.Plan, input.Trials, experiment.Id))}");
        Line(text);
        if (Missing(text, input, experiment.Id, DerivedPart.Everything, "The SQL of this experiment failed, so its verdicts, statistics and figures are missing"))
        {
            return;
        }

        Missing(text, input, experiment.Id, DerivedPart.Verdicts, "The verdicts of this experiment are missing");
        foreach (var claim in input.Verdicts.Where(row => row.Experiment == experiment.Id).GroupBy(row => row.Claim))
        {
            Claim(text, input, claim.Key, [.. claim]);
        }

        Missing(text, input, experiment.Id, DerivedPart.Checks, "The checks of this experiment's method are missing");
        Missing(text, input, experiment.Id, DerivedPart.NotCounted, "The reasons why trials of this experiment do not count are missing");
        Missing(text, input, experiment.Id, DerivedPart.Evidence, "This experiment's rows are missing from the files in evidence/");
        Missing(text, input, experiment.Id, DerivedPart.Statistics, "The statistics of this experiment are missing");

        foreach (var statistics in input.Statistics.Where(statistics => statistics.Experiment == experiment.Id))
        {
            text.Append(StatisticsText.Write(statistics, experiment));
        }

        foreach (var figure in experiment.Figures)
        {
            if (Missing(text, input, experiment.Id, DerivedPart.Figure, $"The figure '{Plain(figure.Title)}' is missing", figure.Id))
            {
                continue;
            }

            Line(text, $"![{Plain(figure.Title)}](figures/{figure.Id}.svg)");
            Line(text);
            Line(text, $"*{Plain(figure.Caption)}* ([PNG](figures/{figure.Id}.png))");
            Line(text);
        }
    }

    // In the place of what could not be derived: what it was, and why.
    private static bool Missing(StringBuilder text, ReportInput input, string experiment, DerivedPart part, string what, string figure = "")
    {
        var failures = input.Failures.Where(failure => failure.Experiment == experiment && failure.Part == part && failure.Figure == figure).ToList();
        foreach (var failure in failures)
        {
            Line(text, $"**{what}:** {Plain(failure.Reason)}");
            Line(text);
        }

        return failures.Count > 0;
    }

    private static void Claim(StringBuilder text, ReportInput input, string claim, ImmutableArray<VerdictRow> rows)
    {
        Line(text, $"### {Plain(claim)}: {Plain(input.Claims.GetValueOrDefault(claim) ?? "")}");
        Line(text);
        foreach (var whole in rows.Where(row => row.Scope.Length == 0))
        {
            Line(text, $"**{char.ToUpperInvariant(whole.Verdict[0])}{Plain(whole.Verdict[1..])}{Basis(whole)}.** {(whole.Headline.Length > 0 ? $"{Plain(whole.Headline)}. " : "")}{Plain(whole.Summary)}");
            Line(text);
        }

        if (rows.Any(row => row.Scope.Length > 0))
        {
            Line(text, "| scope | verdict | trials | in short | details |");
            Line(text, "|---|---|---:|---|---|");
            foreach (var row in rows.Where(row => row.Scope.Length > 0))
            {
                Line(text, Invariant($"| {Code(row.Scope)} | **{Plain(row.Verdict)}**{Basis(row)} | {row.Trials} | {Plain(row.Headline)} | {Plain(row.Summary)} |"));
            }

            Line(text);
        }

        if (input.OrdinaryScopes.TryGetValue(claim, out var meant))
        {
            Line(text, $"What is meant by it: {Plain(meant)}.");
            Line(text);
        }

        Line(text, $"The rows behind it: [evidence/{claim}.csv](evidence/{claim}.csv), each naming its trial in [trials.csv](trials.csv).");
        Line(text);
    }

    private static string Basis(VerdictRow row) => row.Basis == "real" ? "" : $" (basis: {row.Basis})";

    private static void Checks(StringBuilder text, ReportInput input)
    {
        if (input.Checks.IsEmpty)
        {
            return;
        }

        Line(text, "## Checks of the method");
        Line(text);
        Line(text, "Whether the instruments agree with each other. A check that does not hold puts the method in doubt where it names it; it says nothing of a claim.");
        Line(text);
        Line(text, "| check | holds | trials | what was compared |");
        Line(text, "|---|---|---:|---|");
        foreach (var check in input.Checks)
        {
            Line(text, Invariant($"| [{Plain(check.Name)}](evidence/{check.Name}.csv), {Plain(check.Experiment)} | **{Plain(check.Holds)}** | {check.Trials} | {Plain(check.Summary)} |"));
        }

        Line(text);
    }

    // One row a reason, said nowhere else: what was not measured, then what was measured and says nothing of a claim.
    private static void Gaps(StringBuilder text, ReportInput input)
    {
        Line(text, "## What was left out, and why");
        Line(text);
        if (input.Coverage.Gaps.IsEmpty && input.NotCounted.IsEmpty)
        {
            Line(text, "Nothing: every planned trial was measured, and counts.");
            Line(text);
            return;
        }

        Line(text, "| trials | of | what | why | remedy |");
        Line(text, "|---:|---|---|---|---|");
        foreach (var gap in input.Coverage.Gaps)
        {
            Line(text, Invariant($"| {gap.Trials} | {Plain(gap.Userlands)} | {gap.Kind} | {Plain(gap.Reason)} | {Plain(gap.Remedy)} |"));
        }

        foreach (var row in input.NotCounted)
        {
            Line(text, Invariant($"| {row.Trials} | {Plain(row.Named)} | not counted for {Plain(row.Claims)} | {Plain(row.Reason)} | {Plain(row.Remedy)} |"));
        }

        Line(text);
    }

    private static void Remarks(StringBuilder text, ReportInput input)
    {
        var remarks = input.Hosts.SelectMany(host => host.Remarks).Distinct().ToList();
        if (remarks.Count == 0)
        {
            return;
        }

        Line(text, "## Caveats");
        Line(text);
        foreach (var remark in remarks)
        {
            Line(text, $"- {Plain(remark)}");
        }

        Line(text);
    }

    private static void Reproduce(StringBuilder text, ReportInput input)
    {
        var tool = input.Hosts[0].Tool;
        var commit = tool.Commit is { } known ? $" (commit {Plain(known[..Math.Min(12, known.Length)])}{(tool.Dirty == true ? ", with changes that are not in it" : "")})" : "";
        var fromLock = File.Exists(input.Folder.UserlandsLock) ? ", with the same images" : "";
        Line(text, "## How to reproduce");
        Line(text);
        Fenced(text, "sh", [Reproduction.Command(input)]);
        Line(text, $"plans the same trials in the same order{fromLock}, where the harness is the one that wrote this{commit} and this folder lies in results/. This run's command line and what it was made from are in [plan.json](plan.json) and [definitions](definitions). To judge its rows again without this program, call DuckDB in its folder, once for each experiment:");
        Line(text);
        Fenced(text, "sh", Reproduction.Judging(input));
    }

    // The fence is longer than any within: a command line may hold anything.
    private static void Fenced(StringBuilder text, string language, IEnumerable<string> lines)
    {
        var code = string.Join('\n', lines);
        var fence = new string('`', Math.Max(3, LongestRun(code) + 1));
        Line(text, fence + language);
        Line(text, code);
        Line(text, fence);
        Line(text);
    }

    private static void Environments(StringBuilder text, ReportInput input)
    {
        Line(text, "## Environment");
        Line(text);
        foreach (var host in input.Hosts)
        {
            Line(text, "| | |");
            Line(text, "|---|---|");
            foreach (var (name, value) in EnvironmentTable.Rows(host))
            {
                Line(text, $"| {name} | {Plain(value)} |");
            }

            Line(text);
        }
    }

    private static void Line(StringBuilder text, string line = "") => text.Append(line).Append('\n');

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
