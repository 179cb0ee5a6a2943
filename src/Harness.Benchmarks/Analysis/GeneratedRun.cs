using Harness.Analysis.Checking;
using Harness.Core.Definitions;
using Harness.Core.Journaling;
using Harness.Core.Model;
using Harness.Core.Planning;

namespace Harness.Benchmarks.Analysis;

/// <summary>A finished run of the experiment <c>startup</c> of any size, in a temporary folder: its real definitions, cells, plan and journal, with readings that are drawn.</summary>
internal sealed class GeneratedRun : IDisposable
{
    /// <summary>Whose definitions and cells it has.</summary>
    internal const string Experiment = "startup";

    private const string HostId = "0123456789ab";

    /// <summary>Of its plan and its readings.</summary>
    internal const ulong Seed = 1;

    private static readonly DateTimeOffset _begun = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    private readonly string _root = Directory.CreateTempSubdirectory("harness-benchmark-").FullName;

    /// <summary>Writes it: so many trials, and those that fill the last block.</summary>
    /// <exception cref="OperationCanceledException">Nothing of it is left.</exception>
    internal GeneratedRun(ExperimentsFolder definitions, int atLeast, CancellationToken cancellation)
    {
        Folder = new RunFolder(Path.Combine(_root, "20260102T030405Z-0000"));
        try
        {
            Write(definitions, atLeast, cancellation);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The run.</summary>
    internal RunFolder Folder { get; }

    /// <summary>Rows of <c>trials.csv</c>.</summary>
    internal int Trials { get; private set; }

    /// <summary>Rows of <c>observations.csv</c>.</summary>
    internal int Readings { get; private set; }

    /// <inheritdoc/>
    public void Dispose() => Directory.Delete(_root, recursive: true);

    private void Write(ExperimentsFolder definitions, int atLeast, CancellationToken cancellation)
    {
        var experiment = definitions.Find(Experiment);
        var plan = Plan(definitions, experiment, atLeast);
        Directory.CreateDirectory(Folder.Root);
        DefinitionsCopy.Write(definitions, [experiment], [], Folder);
        new PlanFile
        {
            RunId = Folder.RunId,
            HostId = HostId,
            Seed = plan.Seed,
            Quick = false,
            CreatedAtUtc = _begun,
            ToolVersion = "benchmark",
            Arguments = [],
            Experiments = [experiment.Id],
            Trials = PlanFile.Rows(plan, HostId),
        }.Write(Folder);
        var metrics = experiment.Metrics.ToDictionary(metric => metric.Id, StringComparer.Ordinal);
        var drawn = new GeneratedReadings(Seed);
        using (var journal = Journal.Open(Folder, HostId))
        {
            foreach (var trial in plan.Trials)
            {
                cancellation.ThrowIfCancellationRequested();
                var observations = drawn.Next(trial.Cell, trial.Probe);
                journal.Commit(Result(trial, observations), name => metrics[name]);
                Trials++;
                Readings += observations.Length;
            }
        }

        File.WriteAllText(Folder.Log, "");
        RunChecksums.Seal(Folder);
    }

    // A block more has a fixed number of trials more: two short plans tell how many blocks it takes.
    private static Plan Plan(ExperimentsFolder definitions, ExperimentDefinition experiment, int atLeast)
    {
        var (one, two) = (Of(1).Trials.Count(), Of(2).Trials.Count());
        return Of(1 + (int)Math.Max(0, Math.Ceiling((atLeast - one) / (double)(two - one))));

        Plan Of(int blocks) => Planner.Make([experiment], definitions.Catalogue, new PlanOptions { Seed = Seed, Repeat = blocks, KnownKernels = definitions.Kernels });
    }

    private TrialResult Result(PlannedTrial trial, ImmutableArray<Observation> observations) => new()
    {
        Trial = trial,
        Outcome = Outcome.Ok,
        ExitCode = 0,
        Sandbox = $"b{trial.Block:d3}-{Trials:x8}",
        StartedAt = _begun.AddMilliseconds(500.0 * Trials),
        DurationNs = 1_234_567,
        Observations = observations,
    };
}
