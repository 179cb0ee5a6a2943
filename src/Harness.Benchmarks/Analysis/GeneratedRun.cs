using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Harness.Analysis;
using Harness.Analysis.Checking;
using Harness.Core.Definitions;
using Harness.Core.Journaling;
using Harness.Core.Model;
using Harness.Core.Planning;
using Harness.Core.Sharding;

namespace Harness.Benchmarks.Analysis;

/// <summary>A finished run in a temporary folder: real definitions, cells, plan and journal, with readings that are drawn.</summary>
internal sealed class GeneratedRun : IDisposable
{
    /// <summary>Whose definitions and cells a run of any size has.</summary>
    internal const string Experiment = "startup";

    /// <summary>Of its plan and its readings.</summary>
    internal const ulong Seed = 1;

    // As many as a small distribution's image has; most of them are those of other images too.
    private const int FilesPerImage = 3_000;
    private const int FilesOfItsOwn = 600;

    private static readonly DateTimeOffset _begun = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    private readonly string _root = Directory.CreateTempSubdirectory("harness-benchmark-").FullName;
    private readonly string _hostId;

    // number: of the part that it is, from 1, each of a host of its own; 0 where the plan is whole.
    private GeneratedRun(
        ExperimentsFolder definitions, ImmutableArray<ExperimentDefinition> experiments, Plan plan, Func<PlannedTrial, ImmutableArray<Observation>> draw, CancellationToken cancellation, int number = 0, Func<PlannedPart, PlannedShard>? shard = null)
    {
        _hostId = (0x0123456789ab + number).ToString("x12", CultureInfo.InvariantCulture);
        Folder = new RunFolder(Path.Combine(_root, string.Create(CultureInfo.InvariantCulture, $"20260102T030405Z-{number:d4}")));
        try
        {
            Write(definitions, experiments, plan, draw, shard?.Invoke(new PlannedPart(number, _hostId, Folder.RunId)), cancellation);
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

    /// <summary>Writes a run of <see cref="Experiment"/>: so many trials, and those that fill the last block.</summary>
    /// <exception cref="OperationCanceledException">Nothing of it is left.</exception>
    internal static GeneratedRun OfStartup(ExperimentsFolder definitions, int atLeast, CancellationToken cancellation)
    {
        var experiment = definitions.Find(Experiment);
        var drawn = new GeneratedReadings(Seed);
        return new GeneratedRun(definitions, [experiment], PlanOf(definitions, experiment, atLeast), trial => drawn.Next(trial.Cell, trial.Probe), cancellation);
    }

    /// <summary>Writes the same as so many hosts would, each its part of the plan.</summary>
    /// <exception cref="OperationCanceledException">Nothing of them is left.</exception>
    internal static ImmutableArray<GeneratedRun> OfShards(ExperimentsFolder definitions, int atLeast, int count, CancellationToken cancellation)
    {
        var experiment = definitions.Find(Experiment);
        var whole = PlanOf(definitions, experiment, atLeast);
        var (cut, fingerprint) = (ShardedPlan.Of(whole, [experiment], count), ShardedPlan.Fingerprint(whole.Trials));
        var runs = ImmutableArray.CreateBuilder<GeneratedRun>(count);
        try
        {
            for (var number = 1; number <= count; number++)
            {
                var drawn = new GeneratedReadings(Seed + (ulong)number);
                runs.Add(new GeneratedRun(
                    definitions, [experiment], cut.Part(number)!, trial => drawn.Next(trial.Cell, trial.Probe), cancellation, number, part => new PlannedShard([part], count, fingerprint) { Engines = [] }));
            }

            return runs.MoveToImmutable();
        }
        catch
        {
            foreach (var run in runs)
            {
                run.Dispose();
            }

            throw;
        }
    }

    /// <summary>Writes a run of every experiment as it is defined, in which every cell could be measured.</summary>
    /// <exception cref="OperationCanceledException">Nothing of it is left.</exception>
    internal static GeneratedRun OfAll(ExperimentsFolder definitions, CancellationToken cancellation)
    {
        var experiments = definitions.Experiments;
        var plan = Planner.Make(experiments, definitions.Catalogue, new PlanOptions { Seed = Seed, KnownKernels = definitions.Kernels });
        var drawn = new GeneratedAnswers(definitions, Seed);
        return new GeneratedRun(definitions, experiments, plan, drawn.Next, cancellation);
    }

    /// <inheritdoc/>
    public void Dispose() => Directory.Delete(_root, recursive: true);

    /// <summary>The digest of the image that a userland is.</summary>
    internal static string Digest(string userland) => "sha256:" + Hash(userland);

    private void Write(ExperimentsFolder definitions, ImmutableArray<ExperimentDefinition> experiments, Plan plan, Func<PlannedTrial, ImmutableArray<Observation>> draw, PlannedShard? shard, CancellationToken cancellation)
    {
        Directory.CreateDirectory(Folder.Root);
        DefinitionsCopy.Write(definitions, experiments, [], Folder);
        new PlanFile
        {
            RunId = Folder.RunId,
            HostId = _hostId,
            Seed = plan.Seed,
            Quick = false,
            CreatedAtUtc = _begun,
            ToolVersion = "benchmark",
            Arguments = [],
            Experiments = [.. experiments.Select(experiment => experiment.Id)],
            Shard = shard,
            Trials = PlanFile.Rows(plan, _hostId),
        }.Write(Folder);
        EnvironmentFiles.Write(Folder, Host());
        foreach (var image in plan.Trials.Where(trial => trial.Experiment == "userland-identity" && trial.Cell.Userland != "host").Select(trial => trial.Cell.Userland).Distinct(StringComparer.Ordinal))
        {
            cancellation.ThrowIfCancellationRequested();
            Directory.CreateDirectory(Folder.Filesystems);
            FilesystemTable.Write(Path.Combine(Folder.Filesystems, FilesystemTable.FileName(Digest(image))!), Files(image));
        }

        var metrics = experiments.ToDictionary(experiment => experiment.Id, experiment => experiment.Metrics.ToDictionary(metric => metric.Id, StringComparer.Ordinal), StringComparer.Ordinal);
        using (var journal = Journal.Open(Folder, _hostId))
        {
            foreach (var trial in plan.Trials)
            {
                cancellation.ThrowIfCancellationRequested();
                var observations = draw(trial);
                journal.Commit(Result(trial, observations), name => metrics[trial.Experiment][name]);
                Trials++;
                Readings += observations.Length;
            }
        }

        File.WriteAllText(Folder.Log, "");
        RunChecksums.Seal(Folder);
    }

    // A block more has a fixed number of trials more: two short plans tell how many blocks it takes.
    private static Plan PlanOf(ExperimentsFolder definitions, ExperimentDefinition experiment, int atLeast)
    {
        var (one, two) = (Of(1).Trials.Count(), Of(2).Trials.Count());
        return Of(1 + (int)Math.Max(0, Math.Ceiling((atLeast - one) / (double)(two - one))));

        Plan Of(int blocks) => Planner.Make([experiment], definitions.Catalogue, new PlanOptions { Seed = Seed, Repeat = blocks, KnownKernels = definitions.Kernels });
    }

    private static IEnumerable<FilesystemEntry> Files(string image) =>
        Enumerable.Range(0, FilesPerImage).Select(number => string.Create(CultureInfo.InvariantCulture, $"/usr/share/files/{number:d5}")).Select((path, number) =>
            new FilesystemEntry(path, FilesystemEntryType.File, 1_000 + number, 0x1A4, Hash(number < FilesOfItsOwn ? image + path : path), ""));

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private HostEnvironment Host() => new()
    {
        HostId = _hostId,
        Tool = new ToolFacts("benchmark", null, false, [], Seed, _begun),
        Os = new OsFacts("Debian GNU/Linux 12 (bookworm)", "debian", "12", "x86_64"),
        Kernel = new KernelFacts(GeneratedAnswers.Release, "#1 SMP", "quiet", null, "xonly", "tsc", null, 2, null),
        Hardware = new HardwareFacts("a processor", 2, 4L << 30, [0.5, 0.25, 0.125], null),
        Engine = new EngineFacts { Name = "docker", Version = "28.5.2", ApiVersion = "1.51", FoundBy = "default socket", StorageDriver = "overlay2" },
    };

    private TrialResult Result(PlannedTrial trial, ImmutableArray<Observation> observations) => new()
    {
        Trial = trial,
        Outcome = Outcome.Ok,
        ExitCode = 0,
        Sandbox = $"b{trial.Block:d3}-{Trials:x8}",
        ImageDigest = trial.Cell.Userland == "host" ? "" : Digest(trial.Cell.Userland),
        StartedAt = _begun.AddMilliseconds(500.0 * Trials),
        DurationNs = 1_234_567,
        Observations = observations,
    };
}
