using System.Globalization;
using System.Text;
using Harness.Analysis;
using Harness.Reporting.Model;
using static Harness.Reporting.MarkdownText;

namespace Harness.Reporting;

/// <summary>Writes <c>report.md</c>: the same bytes for the same run, on every platform.</summary>
public static class ReportText
{
    /// <summary>The whole text.</summary>
    public static string Write(Report report)
    {
        var text = new StringBuilder();
        Line(text, Plain(report.Coverage));
        Line(text);
        Line(text, $"# What run {Code(report.RunId)} found");
        Line(text);
        Summary(text, report);
        foreach (var experiment in report.Experiments)
        {
            Experiment(text, experiment);
        }

        foreach (var section in report.Sections)
        {
            Line(text, $"## {Plain(section.Title)}");
            Line(text);
            MarkdownBlocks.Write(text, section.Blocks);
        }

        return text.ToString();
    }

    private static void Summary(StringBuilder text, Report report)
    {
        Line(text, "| claim | verdict | in short |");
        Line(text, "|---|---|---|");
        foreach (var (claim, row) in report.Claims.SelectMany(claim => claim.Whole.Select(row => (claim, row))))
        {
            Line(text, $"| {Plain(claim.Id)}: {Plain(claim.Text)} | **{Plain(row.Verdict)}** | {Plain(row.Lead)} |");
        }

        Line(text);
        if (report.Experiments.Where(experiment => !experiment.Losses.IsEmpty).ToList() is { Count: > 0 } losers)
        {
            Line(text, "**Something is missing from this report**, because the SQL of an experiment or the drawing of a figure failed: see the places that say so in the section of " + string.Join(", ", losers.Select(experiment => Code(experiment.Id))) + ".");
            Line(text);
        }

        foreach (var failure in report.Failures.Where(failure => failure.Part == DerivedPart.Page))
        {
            Line(text, $"**The page report.html is missing:** {Plain(failure.Reason)}");
            Line(text);
        }

        if (report.Quick)
        {
            Line(text, "A quick run: fewer blocks and userlands than the experiments ask for.");
            Line(text);
        }
    }

    private static void Experiment(StringBuilder text, ExperimentReport experiment)
    {
        Line(text, $"## {Plain(experiment.Title)}");
        Line(text);
        Line(text, $"Experiment {Code(experiment.Id)}; question, method and rules of decision: [{Plain(experiment.Id)}/README.md](definitions/{experiment.Id}/README.md). {Plain(experiment.Coverage)}");
        Line(text);
        if (Missing(text, experiment, DerivedPart.Everything))
        {
            return;
        }

        Missing(text, experiment, DerivedPart.Verdicts);
        foreach (var claim in experiment.Claims)
        {
            Claim(text, claim);
        }

        foreach (var table in experiment.Tables)
        {
            Table(text, table);
        }

        foreach (var loss in experiment.Losses.Where(loss => loss.Part == DerivedPart.Table))
        {
            Line(text, $"**{Plain(loss.What)}:** {Plain(loss.Reason)}");
            Line(text);
        }

        Missing(text, experiment, DerivedPart.Checks);
        Missing(text, experiment, DerivedPart.NotCounted);
        Missing(text, experiment, DerivedPart.Evidence);
        Missing(text, experiment, DerivedPart.Statistics);
        if (!experiment.Statistics.IsEmpty)
        {
            Line(text, "### Statistics");
            Line(text);
            MarkdownBlocks.Write(text, experiment.Statistics);
        }

        foreach (var figure in experiment.Figures)
        {
            if (Missing(text, experiment, DerivedPart.Figure, figure.Id))
            {
                continue;
            }

            foreach (var (part, name) in figure.Files.Index())
            {
                Line(text, $"![{Plain(figure.Title)}{(figure.Files.Length > 1 ? string.Create(CultureInfo.InvariantCulture, $" ({part + 1} of {figure.Files.Length})") : "")}](figures/{name}.svg)");
                Line(text);
            }

            Line(text, $"*{Plain(figure.Caption)}* ({string.Join(", ", figure.Files.Select((name, i) => string.Create(CultureInfo.InvariantCulture, $"[PNG{(i > 0 ? $" {i + 1}" : "")}](figures/{name}.png)")))})");
            Line(text);
        }
    }

    // In the place of what could not be derived: what it was, and why.
    private static bool Missing(StringBuilder text, ExperimentReport experiment, DerivedPart part, string figure = "")
    {
        var losses = experiment.Lost(part, figure);
        foreach (var loss in losses)
        {
            Line(text, $"**{Plain(loss.What)}:** {Plain(loss.Reason)}");
            Line(text);
        }

        return !losses.IsEmpty;
    }

    private static void Table(StringBuilder text, TableReport table)
    {
        Line(text, $"### {Plain(table.Title)}");
        Line(text);
        Line(text, $"{Plain(table.Caption)} The same as CSV: [{table.File}]({table.File}).");
        Line(text);
        MarkdownBlocks.Write(text, [table.Content]);
        if (table.More > 0)
        {
            Line(text, string.Create(CultureInfo.InvariantCulture, $"{table.More} more rows are in the CSV."));
            Line(text);
        }
    }

    private static void Claim(StringBuilder text, ClaimReport claim)
    {
        Line(text, $"### {Plain(claim.Id)}: {Plain(claim.Text)}");
        Line(text);
        foreach (var whole in claim.Whole)
        {
            Line(text, $"**{char.ToUpperInvariant(whole.Verdict[0])}{Plain(whole.Verdict[1..])}{Basis(whole)}.** {(whole.Stated.Length > 0 ? $"{Plain(whole.Stated)}. " : "")}{Plain(whole.Summary)}");
            Line(text);
        }

        if (!claim.Scopes.IsEmpty)
        {
            Line(text, "| scope | verdict | trials | in short | details |");
            Line(text, "|---|---|---:|---|---|");
            foreach (var row in claim.Scopes)
            {
                Line(text, string.Create(CultureInfo.InvariantCulture, $"| {Code(row.Scope)} | **{Plain(row.Verdict)}**{Basis(row)} | {row.Trials} | {Plain(row.Stated)} | {Plain(row.Summary)} |"));
            }

            Line(text);
        }

        if (claim.OrdinaryScope.Length > 0)
        {
            Line(text, $"What is meant by it: {Plain(claim.OrdinaryScope)}.");
            Line(text);
        }

        Line(text, $"The rows behind it: [{claim.Evidence}]({claim.Evidence}), each naming its trial in [trials.csv](trials.csv).");
        Line(text);
    }

    private static string Basis(VerdictReport row) => row.Basis.Length == 0 ? "" : $" (basis: {row.Basis})";

    private static void Line(StringBuilder text, string line = "") => text.Append(line).Append('\n');
}
