using Harness.Core.Definitions;
using Harness.Core.Journaling;
using Harness.Core.Model;
using Harness.Core.Planning;
using Harness.Core.Running;

namespace Harness.Benchmarks.Subjects;

/// <summary>A run of any size through the scripted runtime, in a temporary folder.</summary>
internal sealed class ScriptedRun : IDisposable
{
    private const string HostId = "benchmark";

    private readonly ExperimentsFolder _definitions;
    private readonly ExperimentDefinition _experiment;
    private readonly RunFolder _folder = new(Directory.CreateTempSubdirectory("harness-benchmark-").FullName);

    /// <summary>An experiment with the probes of distro-matrix and as many cells as asked.</summary>
    internal ScriptedRun(ExperimentsFolder definitions, int cells)
    {
        _definitions = definitions;
        var original = definitions.Find("distro-matrix");
        // Cells differ by variant: the scripted runtime knows no settings, and no userlands have to be made up.
        _experiment = original with
        {
            Blocks = 1,
            Matrix = new MatrixDefinition(["busybox:static"], ["host"], ["runc"], [.. Enumerable.Range(0, cells).Select(number => $"n={number:d6}")], []),
        };
    }

    /// <summary>Probes in one cell.</summary>
    internal static int Probes(ExperimentsFolder definitions) => definitions.Find("distro-matrix").Probes.Length;

    /// <summary>Trials that have their row.</summary>
    internal int Committed => JournalRepair.CommittedTrials(_folder).Count;

    /// <summary>Plans and writes the plan, as the beginning of a run does.</summary>
    internal void Begin()
    {
        var plan = Planner.Make([_experiment], _definitions.Catalogue, new PlanOptions { Seed = 1 });
        new PlanFile
        {
            RunId = _folder.RunId,
            HostId = HostId,
            Seed = plan.Seed,
            Quick = false,
            CreatedAtUtc = DateTimeOffset.UtcNow,
            ToolVersion = "benchmark",
            Arguments = [],
            Experiments = [_experiment.Id],
            Trials = PlanFile.Rows(plan, HostId),
        }.Write(_folder);
    }

    /// <summary>Keeps the definitions beside the plan, as the beginning of a run does.</summary>
    internal void KeepDefinitions() => DefinitionsCopy.Write(_definitions, [_experiment], [], _folder);

    /// <summary>Reads plan and tables and runs what has no row yet.</summary>
    internal async Task ResumeAsync(ImmutableArray<ExperimentDefinition> experiments, CancellationToken cancellation)
    {
        var plan = PlanFile.Read(_folder).ToPlan(experiments);
        using var journal = Journal.Open(_folder, HostId);
        var runner = new Runner(
            [new ScriptedRuntime()], experiments, new ProbeFiles(_definitions.Root), journal, new Nobody(), new RunnerOptions(1, null, TimeProvider.System));
        await runner.RunAsync(plan, cancellation);
    }

    /// <summary>The experiment, from memory.</summary>
    internal ImmutableArray<ExperimentDefinition> Experiments => [_experiment];

    /// <summary>The experiment, read from the run's own copy.</summary>
    internal ImmutableArray<ExperimentDefinition> ReadExperiments() => [DefinitionsCopy.Read(_folder).Find(_experiment.Id)];

    /// <inheritdoc/>
    public void Dispose() => Directory.Delete(_folder.Root, recursive: true);

    private sealed class Nobody : IRunObserver
    {
        public void Begin(int planned, int committed)
        {
        }

        public void Message(string text)
        {
        }

        public void Committed(TrialResult result)
        {
        }
    }
}
