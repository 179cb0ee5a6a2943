using System.Globalization;
using Harness.Analysis.Judging;
using Harness.Core.Journaling;
using Harness.Core.Model;
using Harness.Reporting.Figures;
using Harness.Tests.Analysis;

namespace Harness.Tests.Footprint;

/// <summary>Writes a run of the experiment footprint into a temporary folder, by the journal that real runs use.</summary>
public sealed class FootprintRun : IDisposable
{
    /// <summary>As many as the interval takes; also "in every one of them", where a block is asked for.</summary>
    public const int Blocks = 8;

    private const long MiB = 1 << 20;
    private const int Every = 0;

    private readonly string _root = Directory.CreateTempSubdirectory("harness-test-").FullName;
    private readonly List<TrialResult> _results = [];
    private string? _userland;

    public static Cell Container(string runtime = "runc", string userland = "busybox:static") => new(userland, "host", "docker", runtime, "", "");

    public static Cell Machine(string accelerator = "tcg", string kernel = "debian-bookworm") => new("busybox:static", kernel, "", "qemu", accelerator, "");

    /// <summary>Containers of so many MiB each beside a level that all share; the host says that so much is gone for each. Noise is taken in turn, another in each block.</summary>
    public FootprintRun Containers(double each, double? gone = null, int block = Every, string? unreadable = null, double budget = 4096, double processes = 8000, int? reached = null, string limit = "start time", string userland = "busybox:static", params double[] noise) =>
        Grow(Container(userland: userland), block, gone ?? each, unreadable, new Room(budget, processes, reached, limit), (n, turn, add) =>
        {
            add("pss_payload_bytes", n * each / 2);
            add("pss_shim_bytes", 10 + (n * each / 2) + (noise.Length > 0 ? noise[(n + turn) % noise.Length] : 0));
            add("pss_engine_bytes", 80);
        });

    /// <summary>Machines: guest's memory and translated code of each, and QEMU's rest.</summary>
    public FootprintRun Machines(double guest, double translated, double rest = 10, int block = Every, string accelerator = "tcg", string kernel = "debian-bookworm", double budget = 4096, int? reached = null, string userland = "busybox:static") =>
        Grow(Machine(accelerator, kernel) with { Userland = userland }, block, guest + translated + rest, null, new Room(budget, 8000, reached, "start time"), (n, _, add) =>
        {
            add("pss_machine_bytes", n * (guest + translated + rest));
            add("machine_guest_ram_bytes", n * guest);
            add("machine_translated_bytes", n * translated);
        });

    /// <summary>Storms of 1, 2 and 4 with so many starts a second.</summary>
    public FootprintRun Storms(Cell cell, double perSecond, int block, double harnessShare = 0.05, bool disturbed = false)
    {
        var readings = new List<Observation>();
        foreach (var n in (int[])[1, 2, 4])
        {
            var subject = string.Create(CultureInfo.InvariantCulture, $"n={n}");
            // Two at a time bring all there is.
            var took = n / (n == 1 ? perSecond / 2 : perSecond) * 1e9;
            readings.Add(Number("storm_ns", subject, took));
            readings.Add(Number("storm_failures", subject, 0));
            for (var i = 1; i <= n; i++)
                readings.Add(Number("start_ns", string.Create(CultureInfo.InvariantCulture, $"{subject} i={i}"), took));
            readings.Add(Number("machine_cpu_ns", subject, took * 2));
            readings.Add(Number("machine_busy_ns", subject, took * 2));
            readings.Add(Number("harness_cpu_ns", subject, took * 2 * harnessShare));
            readings.Add(Number("sandbox_cpu_ns", subject, took * 2 * (0.9 - harnessShare)));
        }

        if (disturbed)
            readings.Add(Observation.OfText("disturbance", "", "someone compiled"));
        return Add(cell, "storm", block, Outcome.Ok, "", readings);
    }

    public FootprintRun Disk()
    {
        Add(Container(), "disk", 1, Outcome.Ok, "", [Number("disk_bytes", "image", 2 * MiB), Observation.OfText("disk_measure", "image", "its layers as archives"), Number("disk_bytes", "writable layer", MiB)]);
        return Add(Machine(), "disk", 1, Outcome.Ok, "",
            [Number("disk_bytes", "kernel", 50 * MiB), Number("disk_bytes", "kernel, compressed", 7 * MiB), Number("disk_bytes", "initramfs", 2 * MiB)]);
    }

    /// <summary>What follows is of another userland.</summary>
    public FootprintRun Of(string userland)
    {
        _userland = userland;
        return this;
    }

    public FootprintRun Unavailable(Cell cell, string detail) => Add(cell, "memory", 1, Outcome.Unavailable, detail, []);

    public RunDatabase Database()
    {
        var folder = new RunFolder(Path.Combine(_root, "sample"));
        WrittenRun.Write(folder, "footprint", [.. _results.Select(result => (RunBuilder.FirstHost, result))]);
        return RunDatabase.Open(folder, "footprint");
    }

    /// <summary>Verdict and summary by scope, each of which rests on as many trials as its evidence names.</summary>
    public Dictionary<string, (string Verdict, string Summary)> Verdicts()
    {
        using var database = Database();
        EvidenceRule.Holds(database, "footprint");
        return database.Query("SELECT scope, verdict, summary FROM verdict", "test").Rows.ToDictionary(row => row[0]!, row => (row[1]!, row[2]!), StringComparer.Ordinal);
    }

    /// <summary>A figure of the experiment, drawn from this run.</summary>
    public FigureImages Figure(string id)
    {
        using var database = Database();
        var figure = WrittenRun.Experiments.Find("footprint").Figures.Single(figure => figure.Id == id);
        return FigureKinds.Find(figure.Kind).Draw(new FigureInput(figure.Title, figure.Caption, database.Query(figure.Sql, id)));
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private static Observation Number(string metric, string subject, double value) => Observation.Number(metric, subject, (decimal)Math.Round(value));

    /// <summary>What a fleet might take, MiB and processes, and what stopped it: a number reached means the memory did.</summary>
    private sealed record Room(double Memory, double Processes, int? Reached, string Limit);

    private FootprintRun Grow(Cell cell, int block, double gone, string? unreadable, Room room, Action<int, int, Action<string, double>> parts)
    {
        if (block == Every)
            return Enumerable.Range(1, Blocks).Aggregate(this, (run, each) => run.Grow(cell, each, gone, unreadable, room, parts));

        var readings = new List<Observation>
        {
            Number("mem_available_bytes", "n=0", 8192 * MiB), Number("mem_kernel_bytes", "n=0", 50 * MiB), Number("pss_engine_bytes", "n=0", 80 * MiB),
        };
        foreach (var n in ((int[])[1, 2, 4, 8]).Where(n => n <= (room.Reached ?? 8)))
        {
            var subject = string.Create(CultureInfo.InvariantCulture, $"n={n}");
            readings.Add(Number("mem_available_bytes", subject, (8192 - (n * gone)) * MiB));
            readings.Add(Number("mem_kernel_bytes", subject, 50 * MiB));
            readings.Add(Number("pids", subject, 4 * n));
            parts(n, block, (metric, mebibytes) => readings.Add(Number(metric, subject, mebibytes * MiB)));
        }

        readings.Add(Number("budget_bytes", "memory", room.Memory * MiB));
        readings.Add(Number("budget_processes", "", room.Processes));
        var limit = room.Reached is null ? room.Limit : "memory";
        readings.Add(Observation.OfText("limit", string.Create(CultureInfo.InvariantCulture, $"n={room.Reached ?? 8} {limit}"), "so it was"));
        readings.Add(Number("limit_next", limit, 2 * (room.Reached ?? 8)));
        if (unreadable is not null)
            readings.Add(Observation.OfText("unavailable", unreadable, "denied"));
        return Add(cell, "memory", block, Outcome.Ok, "", readings);
    }

    private FootprintRun Add(Cell cell, string probe, int block, Outcome outcome, string detail, IEnumerable<Observation> readings)
    {
        _results.Add(new TrialResult
        {
            Trial = new PlannedTrial("footprint", cell with { Userland = _userland ?? cell.Userland }, probe, block, 1, Warmup: false),
            Outcome = outcome,
            Detail = detail,
            StartedAt = DateTimeOffset.Parse("2026-01-02T03:04:05Z", CultureInfo.InvariantCulture),
            Observations = [.. readings],
        });
        return this;
    }
}
