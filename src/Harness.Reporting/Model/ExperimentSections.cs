using Harness.Analysis;
using Harness.Analysis.Judging;
using Harness.Core.Definitions;
using Harness.Reporting.Figures;

namespace Harness.Reporting.Model;

/// <summary>What a report says of each experiment.</summary>
internal static class ExperimentSections
{
    /// <summary>In the plan's order.</summary>
    public static ImmutableArray<ExperimentReport> Of(ReportInput input) => [.. input.Experiments.Select(experiment => Of(input, experiment))];

    private static ExperimentReport Of(ReportInput input, ExperimentDefinition experiment)
    {
        ImmutableArray<ClaimReport> claims =
        [
            .. input.Verdicts.Where(row => row.Experiment == experiment.Id).GroupBy(row => row.Claim, StringComparer.Ordinal).Select(claim => new ClaimReport
            {
                Id = claim.Key,
                Text = input.Claims.GetValueOrDefault(claim.Key) ?? "",
                OrdinaryScope = input.OrdinaryScopes.GetValueOrDefault(claim.Key) ?? "",
                Experiment = experiment.Id,
                Whole = [.. claim.Where(row => row.Scope.Length == 0).Select(Verdict)],
                Scopes = [.. claim.Where(row => row.Scope.Length > 0).Select(Verdict)],
            }),
        ];
        return new ExperimentReport
        {
            Id = experiment.Id,
            Title = experiment.Title,
            Coverage = CoverageText.Sentence(Coverage.Of(input.Plan, input.Trials, experiment.Id)),
            Claims = claims,
            Tables = [.. input.Tables.Where(table => table.Experiment == experiment.Id && !table.Content.Rows.IsEmpty).Select(table => table.Report())],
            Statistics = [.. input.Statistics.Where(statistics => statistics.Experiment == experiment.Id).SelectMany(statistics => StatisticsBlocks.Of(statistics, experiment))],
            Figures = [.. experiment.Figures.Select(figure => new FigureReport(figure.Id, figure.Title, figure.Caption, figure.Claim ?? claims.FirstOrDefault()?.Id ?? "", [.. FigureFiles.Names(figure.Id, input.FigureParts)]))],
            Losses = [.. input.Failures.Where(failure => failure.Experiment == experiment.Id).Select(failure => new Loss(failure.Part, failure.Figure, What(failure, experiment), failure.Reason))],
        };
    }

    private static VerdictReport Verdict(VerdictRow row) =>
        new(row.Scope, row.Verdict, row.Basis == "real" ? "" : row.Basis, row.Headline.Length > 0 ? row.Headline : FirstSentence(row.Summary), row.Summary, row.Trials) { Stated = row.Headline };

    // Of a run whose SQL is from before there were headlines.
    private static string FirstSentence(string summary) => summary.IndexOf(". ", StringComparison.Ordinal) is var end and > 0 ? summary[..(end + 1)] : summary;

    private static string What(AnalysisFailure failure, ExperimentDefinition experiment) => failure.Part switch
    {
        DerivedPart.Everything => "The SQL of this experiment failed, so its verdicts, statistics and figures are missing",
        DerivedPart.Verdicts => "The verdicts of this experiment are missing",
        DerivedPart.Checks => "The checks of this experiment's method are missing",
        DerivedPart.NotCounted => "The reasons why trials of this experiment do not count are missing",
        DerivedPart.Evidence => "This experiment's rows are missing from the files in evidence/",
        DerivedPart.Statistics => "The statistics of this experiment are missing",
        DerivedPart.Table => $"The table '{experiment.Tables.FirstOrDefault(table => table.Id == failure.Figure)?.Title ?? failure.Figure}' is missing",
        DerivedPart.Figure => $"The figure '{experiment.Figures.FirstOrDefault(figure => figure.Id == failure.Figure)?.Title ?? failure.Figure}' is missing",
        _ => throw new InvalidOperationException($"{failure.Part}"),
    };
}
