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
/// <param name="Failures">What could not be derived, in the plan's order: each costs itself alone.</param>
public sealed record RunAnalysis(ImmutableArray<VerdictRow> Verdicts, ImmutableArray<MethodCheck> Checks, ImmutableArray<ExperimentStatistics> Statistics, ImmutableArray<AnalysisFailure> Failures)
{
    /// <summary>Measured trials that count for no claim, by experiment in the plan's order, the most trials first.</summary>
    public ImmutableArray<NotCounted> NotCounted { get; init; } = [];

    /// <summary>
    /// Writes <c>verdicts.csv</c>, <c>checks.csv</c>, <c>not_counted.csv</c>, <c>evidence/</c> and <c>statistics/</c>. Each experiment has a database of its own, which is open once:
    /// its SQL runs when it is opened, and that is nearly all that analysing a large run costs.
    /// </summary>
    /// <param name="folder">The run.</param>
    /// <param name="runId">As its plan has it.</param>
    /// <param name="experiments">The experiments, as they were run, in the plan's order.</param>
    /// <param name="target">The folder that is written to; it holds none of the files yet.</param>
    /// <param name="whileOpen">What else an experiment's database is asked while it is open, and what of that failed.</param>
    /// <param name="interruption">Ends it.</param>
    /// <exception cref="HarnessException">The folder is not whole.</exception>
    /// <exception cref="OperationCanceledException">It was interrupted.</exception>
    public static RunAnalysis Write(
        RunFolder folder,
        string runId,
        ImmutableArray<ExperimentDefinition> experiments,
        RunFolder target,
        Func<ExperimentDefinition, RunDatabase, IEnumerable<AnalysisFailure>>? whileOpen = null,
        CancellationToken interruption = default)
    {
        if (!File.Exists(folder.ObservationsCsv))
        {
            throw new HarnessException($"{folder.ObservationsCsv}: is missing; the run's folder is incomplete");
        }

        var verdicts = ImmutableArray.CreateBuilder<VerdictRow>();
        var checks = ImmutableArray.CreateBuilder<MethodCheck>();
        var uncounted = new List<ImmutableArray<NotCounted>>();
        var statistics = ImmutableArray.CreateBuilder<ExperimentStatistics>();
        var failures = ImmutableArray.CreateBuilder<AnalysisFailure>();
        using var evidence = new EvidenceFiles(target);
        using var loaded = LoadedTables.Of(folder, interruption: interruption);
        foreach (var experiment in experiments)
        {
            Try(experiment, DerivedPart.Everything, () =>
            {
                using var database = RunDatabase.Open(folder, experiment.Id, loaded, interruption);
                ImmutableArray<VerdictRow> own = [];
                Try(experiment, DerivedPart.Verdicts, () => own = VerdictEngine.ReadVerdicts(database, runId, experiment.Id));
                verdicts.AddRange(own);
                ImmutableArray<MethodCheck> looked = [];
                Try(experiment, DerivedPart.Checks, () => looked = MethodCheck.Read(database, runId, experiment.Id));
                checks.AddRange(looked);
                Try(experiment, DerivedPart.NotCounted, () => uncounted.AddRange(Judging.NotCounted.Read(database, runId, experiment.Id) is { } said ? [said] : []));
                if (!Try(experiment, DerivedPart.Evidence, () => Evidence(database, experiment, own, looked)))
                {
                    evidence.Forget(experiment.Id);
                }

                if (experiment.Timed)
                {
                    Try(experiment, DerivedPart.Statistics, () => Add(statistics, ExperimentStatistics.Read(database, experiment.Id)));
                }

                failures.AddRange(whileOpen?.Invoke(experiment, database) ?? []);
            });
        }

        VerdictEngine.Write(verdicts, target);
        MethodCheck.Write(checks, target);
        if (uncounted.Count > 0)
        {
            Judging.NotCounted.Write(uncounted.SelectMany(rows => rows), target);
        }

        evidence.Finish(verdicts.Select(row => row.Claim).Concat(checks.Select(check => check.Name)).Distinct(StringComparer.Ordinal));
        StatisticsFiles.Write(statistics, runId, target);
        return new RunAnalysis(verdicts.ToImmutable(), checks.ToImmutable(), statistics.ToImmutable(), failures.ToImmutable())
        {
            NotCounted = [.. uncounted.SelectMany(rows => rows)],
        };

        void Evidence(RunDatabase database, ExperimentDefinition experiment, ImmutableArray<VerdictRow> own, ImmutableArray<MethodCheck> looked)
        {
            var judged = own.Select(row => row.Claim).Concat(looked.Select(check => check.Name)).ToHashSet(StringComparer.Ordinal);
            VerdictEngine.ReadEvidence(database, experiment.Id, columns => evidence.Begin(experiment.Id, judged, columns));
        }

        bool Try(ExperimentDefinition experiment, DerivedPart part, Action work)
        {
            var failure = AnalysisFailure.Of(folder, experiment.Id, part, work);
            Add(failures, failure);
            return failure is null;
        }

        static void Add<T>(ImmutableArray<T>.Builder all, T? one)
            where T : class
        {
            if (one is not null)
            {
                all.Add(one);
            }
        }
    }
}
