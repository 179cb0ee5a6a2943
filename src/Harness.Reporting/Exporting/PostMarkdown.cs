using System.Globalization;
using System.Text;
using Harness.Reporting.Model;
using static Harness.Reporting.MarkdownText;

namespace Harness.Reporting.Exporting;

/// <summary>
/// Markdown to begin a post with: the claims, the verdicts with their scopes, the figures with alternative texts, and the sentences that a quote needs: how much was measured, and where.
/// </summary>
internal static class PostMarkdown
{
    /// <summary>The whole text.</summary>
    /// <param name="said">The run.</param>
    /// <param name="pictures">The folder of its pictures, beside it.</param>
    internal static string Write(SaidRun said, string pictures)
    {
        var text = new StringBuilder();
        foreach (var experiment in said.Experiments)
        {
            foreach (var claim in experiment.Claims)
            {
                Line(text, $"## {Plain(claim.Text.Length > 0 ? claim.Text : claim.Id)}");
                Line(text);
                Claim(text, claim);
                Figures(text, said, experiment.Figures.Where(figure => figure.Claim == claim.Id), file => $"{said.Request.Pictures?.TrimEnd('/') ?? Uri.EscapeDataString(pictures)}/{file}");
            }
        }

        Line(text, "## How this was measured");
        Line(text);
        About(text, said);
        return text.ToString();
    }

    /// <summary>The files in <c>figures/</c> that the text shows.</summary>
    internal static IEnumerable<string> Pictures(SaidRun said) => said.Experiments
        .SelectMany(experiment => experiment.Figures.Where(figure => Shown(experiment, figure) && experiment.Claims.Any(claim => claim.Id == figure.Claim)))
        .SelectMany(figure => figure.Files)
        .Distinct(StringComparer.Ordinal)
        .SelectMany(name => new[] { name + ".svg", name + ".png" });

    /// <summary>A claim's verdicts.</summary>
    internal static void Claim(StringBuilder text, ClaimReport claim)
    {
        foreach (var whole in claim.Whole)
        {
            Line(text, $"**{char.ToUpperInvariant(whole.Verdict[0])}{Plain(whole.Verdict[1..])}{Basis(whole)}.** {(whole.Stated.Length > 0 ? $"{Plain(whole.Stated)}. " : "")}{Plain(whole.Summary)}");
            Line(text);
        }

        if (!claim.Scopes.IsEmpty)
        {
            Line(text, "| where | verdict | in short | trials |");
            Line(text, "|---|---|---|---:|");
            foreach (var row in claim.Scopes)
            {
                Line(text, string.Create(CultureInfo.InvariantCulture, $"| {Code(row.Scope)} | **{Plain(row.Verdict)}**{Basis(row)} | {Plain(row.Lead)} | {row.Trials} |"));
            }

            Line(text);
        }

        if (claim.OrdinaryScope.Length > 0)
        {
            Line(text, $"What is meant by it: {Plain(claim.OrdinaryScope)}.");
            Line(text);
        }
    }

    /// <summary>Figures with alternative texts.</summary>
    internal static void Figures(StringBuilder text, SaidRun said, IEnumerable<FigureReport> figures, Func<string, string> address)
    {
        foreach (var figure in figures.Where(figure => said.Report.Experiments.Any(experiment => Shown(experiment, figure))))
        {
            foreach (var (part, name) in figure.Files.Index())
            {
                var number = figure.Files.Length > 1 ? string.Create(CultureInfo.InvariantCulture, $" ({part + 1} of {figure.Files.Length})") : "";
                Line(text, $"![{Plain(Alternative(said, figure) + number)}]({address(name + ".svg")})");
                Line(text);
            }

            Line(text, $"*{Plain(figure.Caption.Trim())}*");
            Line(text);
        }
    }

    /// <summary>How much was measured, where, by what, and what a reader can check.</summary>
    internal static void About(StringBuilder text, SaidRun said)
    {
        Line(text, $"{Plain(said.Report.Coverage)}{(said.Report.Quick ? " A quick run: fewer blocks and userlands than the experiments ask for, and no basis for times." : "")}");
        Line(text);
        foreach (var host in said.Input.Hosts)
        {
            var engine = string.Join(", ", host.AllEngines.Select(used => $"{used.Name} {used.Version}").Distinct(StringComparer.Ordinal)) is { Length: > 0 } used ? used : "no engine";
            var machine = host.Hardware.Hypervisor is { } hypervisor ? $"a virtual machine ({hypervisor})" : "a machine";
            Line(text, Plain(string.Create(CultureInfo.InvariantCulture, $"Measured on {host.Tool.StartedAt.UtcDateTime:yyyy-MM-dd} on {machine} with {host.Hardware.CpuModel ?? host.Os.Architecture}, {host.Hardware.LogicalCpus} processors, {host.Os.PrettyName}, Linux {host.Kernel.Release}, {engine}; harness {host.Tool.Version.Split('+')[0]}{(host.Tool.Commit is { } commit ? $" (commit {commit[..Math.Min(12, commit.Length)]})" : "")}.")));
            Line(text);
        }

        Line(text, $"Every verdict rests on rows of run {Code(said.Report.RunId)}: {Code("trials.csv")} and {Code("observations.csv")}, judged by the SQL beside them.");
    }

    private static string Alternative(SaidRun said, FigureReport figure)
    {
        var answer = said.Report.Claims.FirstOrDefault(claim => claim.Id == figure.Claim)?.Whole.FirstOrDefault();
        return $"{figure.Title} {figure.Caption.Trim()}{(answer is null ? "" : $" {figure.Claim}, {answer.Verdict}: {answer.Lead.TrimEnd('.')}.")}";
    }

    private static bool Shown(ExperimentReport experiment, FigureReport figure) =>
        experiment.Figures.Any(own => own.Id == figure.Id) && experiment.Lost(Analysis.DerivedPart.Figure, figure.Id).IsEmpty && experiment.Lost(Analysis.DerivedPart.Everything).IsEmpty;

    private static string Basis(VerdictReport row) => row.Basis.Length == 0 ? "" : $" (basis: {row.Basis})";

    private static void Line(StringBuilder text, string line = "") => text.Append(line).Append('\n');
}
