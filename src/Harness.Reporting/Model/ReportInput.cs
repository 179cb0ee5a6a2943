using System.Diagnostics.CodeAnalysis;
using Harness.Analysis;
using Harness.Analysis.Judging;
using Harness.Analysis.Statistics;
using Harness.Analysis.Tables;
using Harness.Core;
using Harness.Core.Definitions;
using Harness.Core.Journaling;
using Harness.Core.Model;
using Harness.Core.Planning;
using Harness.Reporting.Figures;

namespace Harness.Reporting.Model;

/// <summary>What a run's folder says without its SQL: what was to be run, where, and what became of it.</summary>
public record RunFacts
{
    /// <summary>The run.</summary>
    public required RunFolder Folder { get; init; }

    /// <summary>What was to be run.</summary>
    public required PlanFile Plan { get; init; }

    /// <summary>The experiments, as they were run, in the plan's order.</summary>
    public required ImmutableArray<ExperimentDefinition> Experiments { get; init; }

    /// <summary>The claims' texts by id.</summary>
    public required ImmutableSortedDictionary<string, string> Claims { get; init; }

    /// <summary>What those who state a claim mean by it, by id; claims of older runs have none.</summary>
    public ImmutableSortedDictionary<string, string> OrdinaryScopes { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>The hosts.</summary>
    public required ImmutableArray<HostEnvironment> Hosts { get; init; }

    /// <summary>The rows of <c>trials.csv</c>.</summary>
    public required ImmutableArray<TrialRow> Trials { get; init; }

    /// <summary>Over the whole run.</summary>
    public required Coverage Coverage { get; init; }

    /// <summary>Reads them from a run's folder and nowhere else.</summary>
    /// <exception cref="HarnessException">The folder is not whole.</exception>
    public static RunFacts Read(RunFolder folder)
    {
        var plan = PlanFile.Read(folder);
        var definitions = DefinitionsCopy.Read(folder);
        var trials = RunTables.Trials(folder);
        return new RunFacts
        {
            Folder = folder,
            Plan = plan,
            Experiments = [.. plan.Experiments.Select(definitions.Find)],
            Claims = ClaimTexts.Read(Path.Combine(folder.Definitions, "claims.yaml")),
            OrdinaryScopes = ClaimTexts.OrdinaryScopes(Path.Combine(folder.Definitions, "claims.yaml")),
            Hosts = EnvironmentFiles.Read(folder),
            Trials = trials,
            Coverage = Coverage.Of(plan, trials),
        };
    }
}

/// <summary>Everything that a report is made from.</summary>
public sealed record ReportInput : RunFacts
{
    /// <summary>Of a run's facts and what its SQL says of them.</summary>
    [SetsRequiredMembers]
    public ReportInput(RunFacts facts, RunAnalysis analysis)
        : base(facts) => (Verdicts, Checks, NotCounted, Statistics, Failures) = (analysis.Verdicts, analysis.Checks, analysis.NotCounted, analysis.Statistics, analysis.Failures);

    /// <summary>By experiment in the plan's order, then by claim and scope.</summary>
    public ImmutableArray<VerdictRow> Verdicts { get; }

    /// <summary>Of the method, by experiment in the plan's order, then by name.</summary>
    public ImmutableArray<MethodCheck> Checks { get; }

    /// <summary>Measured trials that count for no claim, one row a reason.</summary>
    public ImmutableArray<NotCounted> NotCounted { get; }

    /// <summary>Of the experiments that have samples.</summary>
    public ImmutableArray<ExperimentStatistics> Statistics { get; }

    /// <summary>Treatments and their proof; empty for a run of an earlier version.</summary>
    public ImmutableArray<TreatmentCount> Treatments { get; init; } = [];

    /// <summary>The tables that experiments ask for, in the plan's order.</summary>
    public ImmutableArray<ReportTable> Tables { get; init; } = [];

    /// <summary>How many images a figure has, by its id: <see cref="FigureFiles"/>.</summary>
    public ImmutableDictionary<string, int> FigureParts { get; init; } = ImmutableDictionary<string, int>.Empty;

    /// <summary>What could not be derived.</summary>
    public ImmutableArray<AnalysisFailure> Failures { get; init; }
}
