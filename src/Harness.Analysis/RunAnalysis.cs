using Harness.Analysis.Judging;
using Harness.Analysis.Statistics;
using Harness.Core;
using Harness.Core.Definitions;
using Harness.Core.Journaling;

namespace Harness.Analysis;

/// <summary>What a run's own SQL says: nothing outside the run's folder is read, and two analyses of it give the same.</summary>
/// <param name="Verdicts">By experiment in the plan's order, then by claim and scope.</param>
/// <param name="Checks">Of the method, by experiment in the plan's order, then by name.</param>
/// <param name="Statistics">Of the timed experiments that have samples, in the plan's order.</param>
public sealed record RunAnalysis(ImmutableArray<VerdictRow> Verdicts, ImmutableArray<MethodCheck> Checks, ImmutableArray<ExperimentStatistics> Statistics)
{
    /// <summary>
    /// Writes <c>verdicts.csv</c>, <c>checks.csv</c>, <c>evidence/</c> and <c>statistics/</c>. Each experiment has a database of its own, which is open once:
    /// its SQL runs when it is opened, and that is nearly all that analysing a large run costs.
    /// </summary>
    /// <param name="folder">The run.</param>
    /// <param name="runId">As its plan has it.</param>
    /// <param name="experiments">The experiments, as they were run, in the plan's order.</param>
    /// <param name="target">The folder that is written to; it holds none of the files yet.</param>
    /// <param name="whileOpen">What else an experiment's database is asked while it is open.</param>
    /// <exception cref="HarnessException">The folder is not whole, or its SQL is wrong: file and reason in one line.</exception>
    public static RunAnalysis Write(
        RunFolder folder,
        string runId,
        ImmutableArray<ExperimentDefinition> experiments,
        RunFolder target,
        Action<ExperimentDefinition, RunDatabase>? whileOpen = null)
    {
        var verdicts = ImmutableArray.CreateBuilder<VerdictRow>();
        var checks = ImmutableArray.CreateBuilder<MethodCheck>();
        var statistics = ImmutableArray.CreateBuilder<ExperimentStatistics>();
        using var evidence = new EvidenceFiles(target);
        foreach (var experiment in experiments)
        {
            using var database = RunDatabase.Open(folder, experiment.Id);
            var own = VerdictEngine.ReadVerdicts(database, runId, experiment.Id);
            verdicts.AddRange(own);
            var looked = MethodCheck.Read(database, runId, experiment.Id);
            checks.AddRange(looked);
            var judged = own.Select(row => row.Claim).Concat(looked.Select(check => check.Name)).ToHashSet(StringComparer.Ordinal);
            VerdictEngine.ReadEvidence(database, experiment.Id, columns => evidence.Begin(experiment.Id, judged, columns));
            if (experiment.Timed && ExperimentStatistics.Read(database, experiment.Id) is { } found)
            {
                statistics.Add(found);
            }

            whileOpen?.Invoke(experiment, database);
        }

        VerdictEngine.Write(verdicts, target);
        MethodCheck.Write(checks, target);
        evidence.Finish(verdicts.Select(row => row.Claim).Concat(checks.Select(check => check.Name)).Distinct(StringComparer.Ordinal));
        StatisticsFiles.Write(statistics, runId, target);
        return new RunAnalysis(verdicts.ToImmutable(), checks.ToImmutable(), statistics.ToImmutable());
    }
}
