using Harness.Core.Definitions;
using Harness.Core.Journaling;
using Harness.Core.Model;
using Harness.Core.Planning;

namespace Harness.Benchmarks.Coverage;

/// <summary>A run of simulated trials in a temporary folder, written by the journal that real runs use, for the SQL that real runs are judged by.</summary>
internal sealed class SimulatedRun : IDisposable
{
    private const string HostId = "0123456789ab";

    private static readonly DateTimeOffset _begun = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    private readonly string _root = Directory.CreateTempSubdirectory("harness-benchmark-").FullName;
    private readonly Dictionary<string, MetricDefinition> _metrics;
    private readonly string _experiment;
    private readonly Journal _journal;

    /// <summary>An empty run of the experiment.</summary>
    internal SimulatedRun(ExperimentsFolder definitions, string experiment)
    {
        _experiment = experiment;
        var definition = definitions.Find(experiment);
        _metrics = definition.Metrics.ToDictionary(metric => metric.Id, StringComparer.Ordinal);
        Folder = new RunFolder(Path.Combine(_root, "simulated"));
        Directory.CreateDirectory(Folder.Root);
        DefinitionsCopy.Write(definitions, [definition], [], Folder);
        _journal = Journal.Open(Folder, HostId);
    }

    /// <summary>The run.</summary>
    internal RunFolder Folder { get; }

    /// <summary>Writes a trial that ended well.</summary>
    internal void Add(Cell cell, string probe, int block, IEnumerable<Observation> readings) => _journal.Commit(
        new TrialResult
        {
            Trial = new PlannedTrial(_experiment, cell, probe, block, 1, Warmup: false),
            Outcome = Outcome.Ok,
            ExitCode = 0,
            Sandbox = "s",
            StartedAt = _begun,
            DurationNs = 1,
            Observations = [.. readings],
        },
        name => _metrics[name]);

    /// <inheritdoc/>
    public void Dispose()
    {
        _journal.Dispose();
        Directory.Delete(_root, recursive: true);
    }
}
