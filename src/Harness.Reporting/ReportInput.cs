using Harness.Analysis;
using Harness.Analysis.Judging;
using Harness.Analysis.Statistics;
using Harness.Core;
using Harness.Core.Definitions;
using Harness.Core.Journaling;
using Harness.Core.Model;
using Harness.Core.Planning;

namespace Harness.Reporting;

/// <summary>Everything that the derived files are made from, read from a run's folder and nowhere else.</summary>
public sealed record ReportInput
{
    /// <summary>The run.</summary>
    public required RunFolder Folder { get; init; }

    /// <summary>What was to be run.</summary>
    public required PlanFile Plan { get; init; }

    /// <summary>The experiments, as they were run, in the plan's order.</summary>
    public required ImmutableArray<ExperimentDefinition> Experiments { get; init; }

    /// <summary>The claims' texts by id.</summary>
    public required ImmutableSortedDictionary<string, string> Claims { get; init; }

    /// <summary>The hosts.</summary>
    public required ImmutableArray<HostEnvironment> Hosts { get; init; }

    /// <summary>The rows of <c>trials.csv</c>.</summary>
    public required ImmutableArray<TrialRow> Trials { get; init; }

    /// <summary>The verdicts and the rows behind them.</summary>
    public required Judgement Judgement { get; init; }

    /// <summary>Of the experiments that have samples.</summary>
    public required ImmutableArray<ExperimentStatistics> Statistics { get; init; }

    /// <summary>Over the whole run.</summary>
    public Coverage Coverage => Coverage.Of(Plan, Trials);

    /// <summary>Reads and judges a run.</summary>
    /// <exception cref="HarnessException">The folder is not whole, or its SQL is wrong.</exception>
    public static ReportInput Read(RunFolder folder)
    {
        var plan = PlanFile.Read(folder);
        var definitions = DefinitionsCopy.Read(folder);
        ImmutableArray<ExperimentDefinition> experiments = [.. plan.Experiments.Select(definitions.Find)];
        return new ReportInput
        {
            Folder = folder,
            Plan = plan,
            Experiments = experiments,
            Claims = ClaimTexts.Read(Path.Combine(folder.Definitions, "claims.yaml")),
            Hosts = EnvironmentFiles.Read(folder),
            Trials = RunTables.Trials(folder),
            Judgement = VerdictEngine.Judge(folder),
            Statistics = ExperimentStatistics.Read(folder, plan, experiments.Where(experiment => experiment.Timed).Select(experiment => experiment.Id)),
        };
    }
}
