using System.Collections.Immutable;
using Harness.Analysis;
using Harness.Analysis.Checking;
using Harness.Analysis.Judging;
using Harness.Core.Definitions;
using Harness.Core.Journaling;
using Harness.Core.Model;
using Harness.Core.Planning;

namespace Harness.Tests.Analysis;

/// <summary>
/// Writes a finished run of the experiment startup into a temporary folder, by the journal that real runs use: rungs whose times to the
/// first instruction are drawn, seeded, from known distributions.
/// </summary>
public sealed partial class StartupRun(ulong seed = 7) : IDisposable
{
    public const string Host = "0123456789ab";
    private const string BootId = "0d9d5a4e-3b7e-4c55-9a0e-7f2c1d5b8a11";

    private readonly string _root = Directory.CreateTempSubdirectory("harness-test-").FullName;
    private readonly List<(string Host, TrialResult Result)> _results = [];
    private readonly SplitMix64 _random = new(seed);
    private decimal _now = 5_000_000_000_000;

    public static ExperimentDefinition Experiment { get; } = WrittenRun.Experiments.Find("startup");

    public RunFolder Folder => new(Path.Combine(Root ?? _root, Name));

    /// <summary>The folder that holds the run; null: one of its own.</summary>
    public string? Root { get; init; }

    /// <summary>The run's id.</summary>
    public string Name { get; init; } = "sample";

    /// <summary>What is unusual about the host.</summary>
    public Func<HostEnvironment, HostEnvironment> Where { get; init; } = usual => usual;

    public static Cell Process { get; } = Cell.Parse("host|host|/host||");

    public static Cell Runc { get; } = Cell.Parse("busybox:static|host|docker/runc||");

    public static Cell Watched { get; } = Runc with { Variant = "trace=on" };

    public static Cell Machine { get; } = Cell.Parse("busybox:static|debian-bookworm|/qemu|tcg|");

    /// <summary>A trial of the probe agent.</summary>
    /// <param name="cell">Where.</param>
    /// <param name="block">Its block.</param>
    /// <param name="ms">From begin to the first instruction (a machine: until it arrived), ms.</param>
    /// <param name="how">What is unusual about it.</param>
    public StartupRun Trial(Cell cell, int block, double ms, How? how = null)
    {
        how ??= How.Usual;
        var trial = new PlannedTrial("startup", cell, how.Probe, block, how.Repetition, how.Warmup);
        _results.Add((how.Host, new TrialResult
        {
            Trial = trial,
            Outcome = how.Outcome,
            ExitCode = how.Outcome == Outcome.Ok ? 0 : null,
            Detail = how.Detail,
            Sandbox = how.Outcome == Outcome.Unavailable ? "" : $"b{block:d3}-{_results.Count:d8}",
            StartedAt = new DateTimeOffset(2026, 1, 2, 3, 4, 6, TimeSpan.Zero),
            DurationNs = how.Outcome == Outcome.Ok ? 1_234_567 : null,
            Observations = how.Outcome == Outcome.Ok ? [.. Readings(cell, decimal.Round((decimal)ms * 1_000_000), how)] : [],
        }));
        _now += 60_000_000_000;
        return this;
    }

    /// <summary>A trial of the probe pull.</summary>
    public StartupRun Pull(Cell cell, int block, double ms, How? how = null, int present = 0)
    {
        how ??= How.Usual;
        _results.Add((how.Host, new TrialResult
        {
            Trial = new PlannedTrial("startup", cell, "pull", block, 1, Warmup: false),
            Outcome = how.Outcome,
            Detail = how.Detail,
            StartedAt = new DateTimeOffset(2026, 1, 2, 3, 4, 6, TimeSpan.Zero),
            Observations = how.Outcome == Outcome.Ok
                ?
                [
                    Observation.Number("pull_ns", "", decimal.Round((decimal)ms * 1_000_000)),
                    Observation.Number("pull_bytes", "", 31_457_280),
                    Observation.Number("pull_layers", "", 2),
                    Observation.Number("pull_layers_present", "", present),
                    Observation.OfText("pull_source", "", $"registry.example/h/busybox@sha256:{new string('a', 64)}"),
                    .. how.Disturbance is { } disturbance ? [Observation.OfText("disturbance", "", disturbance)] : (Observation[])[],
                ]
                : [],
        }));
        return this;
    }

    /// <summary>The plain process, a container and a machine in each of so many blocks; times are log-normal around these medians, ms.</summary>
    public StartupRun Blocks(int blocks, double container, double machine, double spread = 0.1, Func<int, bool>? swap = null)
    {
        for (var block = 1; block <= blocks; block++)
        {
            var (a, b) = (Draw(container, spread), Draw(machine, spread));
            if (swap?.Invoke(block) == true)
            {
                (a, b) = (b, a);
            }

            Trial(Process, block, Draw(1.5, spread)).Trial(Runc, block, a).Trial(Machine, block, b);
        }

        return this;
    }

    /// <summary>A run with most of the ladder's rungs, one of them unavailable.</summary>
    public StartupRun Ladder(int blocks)
    {
        (string Cell, double Median)[] rungs =
        [
            ("host|host|/host||", 1.4), ("busybox:static|host|/namespaces||", 4), ("busybox:static|host|/runc||", 38), ("busybox:static|host|/crun||", 12),
            ("busybox:static|host|docker/runc||", 190), ("busybox:static|host|docker/runc||net=bridge", 340), ("busybox:static|host|docker/runc||path=cli", 260),
            ("busybox:static|host|docker/runc||net=bridge;path=cli", 410), ("busybox:static|host|docker/runc||net=bridge;path=testcontainers", 760),
            ("busybox:static|host|docker/runc||cache=cold", 1300), ("host|host|/host||cache=cold", 9),
            ("busybox:static|debian-bookworm|/qemu|tcg|", 2100), ("busybox:static|debian-bookworm|/qemu|tcg|image=bzimage;shape=q35", 6400),
        ];
        for (var block = 1; block <= blocks; block++)
        {
            foreach (var (cell, median) in rungs)
            {
                Trial(Cell.Parse(cell), block, Draw(median, 0.12));
            }

            Trial(Cell.Parse("debian:12|debian-bookworm|/qemu|tcg|boot=distribution"), block, 0, new How { Outcome = Outcome.Unavailable, Detail = "the image cannot be built here" });
        }

        for (var block = 1; block <= blocks; block++)
        {
            Trial(Watched, block, Draw(194, 0.12))
                .Trial(Cell.Parse("busybox:static|host|docker/runsc||trace=on"), block, 0, new How { Outcome = Outcome.Unavailable, Detail = "the engine has no runtime 'runsc'" });
        }

        return this;
    }

    /// <summary>Log-normal: median and standard deviation of the logarithm. By the sum of twelve uniform numbers, which has no platform's sine in it.</summary>
    public double Draw(double median, double spread)
    {
        double sum = -6;
        for (var i = 0; i < 12; i++)
        {
            sum += Uniform();
        }

        return median * Math.Exp(spread * sum);
    }

    public double Uniform() => (_random.Next() >> 11) * (1.0 / (1UL << 53));

    public RunFolder Build()
    {
        WrittenRun.Write(Folder, "startup", _results);
        foreach (var host in _results.Select(result => result.Host).Append(Host).Distinct())
        {
            EnvironmentFiles.Write(Folder, Where(RunBuilder.Environment(host)));
        }

        WrittenRun.Plan(Folder, "startup", _results.Select(entry => (entry.Host, entry.Result.Trial))).Write(Folder);
        File.WriteAllText(Folder.Log, "2026-01-02T03:04:05.000Z the run begins\n");
        RunChecksums.Seal(Folder);
        return Folder;
    }

    public ImmutableArray<VerdictRow> Verdicts() => Judged.Verdicts(Build());

    public VerdictRow Verdict(string scope = "docker/runc vs qemu microvm; accelerator=tcg") => Verdicts().Single(row => row.Scope == scope);

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private IEnumerable<Observation> Readings(Cell cell, decimal ns, How how)
    {
        var (begin, first) = (_now, _now + ns);
        var machine = cell.Runtime == "qemu";
        var created = cell.Engine.Length > 0 ? begin + (ns * 3 / 10) : (decimal?)null;
        var start = created + (ns / 20);
        var arrived = machine ? first : first + 150_000;
        (string Subject, decimal? Value)[] stamps =
        [
            ("begin", begin), ("created", created), ("start", start), ("started", machine ? begin + (ns / 50) : first - 100_000),
            ("arrived", arrived), ("ended", arrived + 2_000_000), ("removed", arrived + 9_000_000),
        ];
        if (cell.Variant.Contains("trace=on", StringComparison.Ordinal) && how.Moments is { } moments)
        {
            // Tenths of the way from start to the first instruction.
            stamps = [.. stamps, .. moments.Select(moment => (moment.Key, (decimal?)(start!.Value + ((first - start.Value) * moment.Value / 10))))];
        }

        foreach (var (subject, value) in stamps.Where(stamp => stamp.Value is not null))
        {
            yield return Observation.Number("stamp_ns", subject, value!.Value);
        }

        yield return Observation.Number("first_monotonic_ns", "", machine ? decimal.Round(ns / 3) : first + how.ClockOffset);
        yield return Observation.Number("first_boottime_ns", "", machine ? decimal.Round(ns / 3) : first + how.ClockOffset);
        if (how.Probe == "agent")
        {
            yield return how.BootId is { } id
                ? Observation.OfText("boot_id", "", machine ? $"{_results.Count:d8}-0000-4000-8000-000000000000" : id)
                : Observation.OfText("unavailable", "boot_id", "/proc: errno 2");
            yield return Observation.Number("timens_monotonic_ns", "", how.SaidOffset ?? how.ClockOffset);
        }

        if (machine)
        {
            yield return Observation.Number("channel_ns", "", 300_000);
        }

        if (how.Probe == "shell")
        {
            yield return Observation.Number("shell_monotonic_ns", "", (machine ? decimal.Round(ns / 3) : first) + 4_000_000);
        }

        if (how.Probe == "bdn")
        {
            yield return Observation.Number("wall_ns", "", ns + 200_000);
        }

        if (how.Waiting is { } share)
        {
            yield return Observation.Number("watched_ns", "", ns);
            yield return Observation.Number("psi_cpu_ns", "", decimal.Round(ns * share));
        }

        if (how.Disturbance is { } disturbance)
        {
            yield return Observation.OfText("disturbance", "", disturbance);
        }
    }
}
