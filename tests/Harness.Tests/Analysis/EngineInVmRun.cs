using Harness.Analysis.Judging;
using Harness.Core.Definitions;
using Harness.Core.Journaling;
using Harness.Core.Model;
using Harness.Core.Planning;

namespace Harness.Tests.Analysis;

/// <summary>Writes a run of the experiment engine-in-vm into a temporary folder, by the journal that real runs use.</summary>
public sealed class EngineInVmRun : IDisposable
{
    private const string OwnBoot = "0f6e2a1b-9c4d-4e5f-8a7b-6c5d4e3f2a10";
    private const string OtherBoot = "7d410e2f-85f5-4042-b10e-8fb4ffa457e1";

    private static readonly ExperimentsFolder _experiments = ExperimentsFolder.Read(Path.Combine(RunBuilder.Repository, "experiments"));
    private readonly string _root = Directory.CreateTempSubdirectory("harness-test-").FullName;
    private readonly List<(string Host, TrialResult Result)> _results = [];
    private int _trials;

    /// <summary>A container on the kernel of a Linux client.</summary>
    public EngineInVmRun OnClientsKernel(string host = RunBuilder.FirstHost, string? wsl = null, string? product = null, string release = "6.1.0", string userland = "busybox:static") =>
        Add(host, "docker", "runc", "", userland, "linux", release, OwnBoot, 5_000_500, release, wsl, "same-kernel", product);

    /// <summary>A container of the VM that the harness boots on a Linux client.</summary>
    public EngineInVmRun InOwnVm(string release = "6.12.1-cloud-amd64", decimal boottime = 900) =>
        Add(RunBuilder.FirstHost, "docker@vm", "runc", "tcg", "busybox:static", "linux", release, OtherBoot, boottime, "6.1.0", null, "product-vm", "the harness");

    /// <summary>A container of an engine for macOS or Windows.</summary>
    public EngineInVmRun Elsewhere(string client, string place = "product-vm", string? product = "Docker Desktop", string host = RunBuilder.FirstHost, string engine = "docker", string runtime = "runc") =>
        Add(host, engine, runtime, "", "busybox:static", client, "6.10.0-linuxkit", OtherBoot, 900, client == "macos" ? "24.6.0" : "10.0.22631", null, place, product);

    /// <summary>A container whose boot id is the client's and whose release is not.</summary>
    public EngineInVmRun Torn() => Add(RunBuilder.FirstHost, "docker", "runc", "", "busybox:static", "linux", "4.4.0", OwnBoot, 5_000_500, "6.1.0", null, "same-kernel", null);

    /// <summary>Another kernel than a Linux client's, which no sign places.</summary>
    public EngineInVmRun Unplaced() => Add(RunBuilder.FirstHost, "docker", "runc", "", "busybox:static", "linux", "6.8.0", OtherBoot, 900, "6.1.0", null, "unknown", null);

    public EngineInVmRun Unavailable(string engine, string detail)
    {
        Commit(RunBuilder.FirstHost, new Cell("busybox:static", "host", engine, "runc", engine == "docker@vm" ? "tcg" : "", ""), "kernel", Outcome.Unavailable, detail, []);
        return this;
    }

    public VerdictRow Verdict(string scope = "") => Judged.Verdicts(Build()).Single(row => row.Scope == scope);

    public void Dispose() => Directory.Delete(_root, recursive: true);

    public RunFolder Build()
    {
        var folder = new RunFolder(Path.Combine(_root, "sample"));
        if (File.Exists(folder.TrialsCsv))
        {
            return folder;
        }

        var experiment = _experiments.Find("engine-in-vm");
        Directory.CreateDirectory(folder.Root);
        DefinitionsCopy.Write(_experiments, [experiment], [], folder);
        foreach (var host in _results.Select(result => result.Host).Append(RunBuilder.FirstHost).Distinct())
        {
            using var journal = Journal.Open(folder, host);
            foreach (var (_, result) in _results.Where(result => result.Host == host))
            {
                journal.Commit(result, name => experiment.Metrics.First(metric => metric.Id == name));
            }
        }

        new PlanFile
        {
            RunId = folder.RunId,
            HostId = RunBuilder.FirstHost,
            Seed = 42,
            Quick = false,
            CreatedAtUtc = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero),
            ToolVersion = "0.1.0",
            Arguments = ["run", "engine-in-vm"],
            Experiments = ["engine-in-vm"],
            Trials = [],
        }.Write(folder);
        return folder;
    }

    private EngineInVmRun Add(
        string host, string engine, string runtime, string accelerator, string userland, string client, string release, string boot, decimal boottime, string clientRelease, string? wsl, string place, string? product)
    {
        var cell = new Cell(userland, "host", engine, runtime, accelerator, "");
        List<Observation> beside =
        [
            Observation.OfText("client_system", "", client), Observation.OfText("client_release", "", clientRelease), Observation.OfText("engine_place", "", place),
            Observation.OfText("client_files", "", place == "same-kernel" ? "mounted" : "not visible: bind source path does not exist"), Observation.Number("client_memory_bytes", "", 4L << 30),
            Observation.Number("stamp_ns", "begin", 1_000), Observation.Number("stamp_ns", "created", 3_000_000), Observation.Number("stamp_ns", "start", 3_100_000),
            Observation.Number("stamp_ns", "arrived", 9_000_000), Observation.Number("stamp_ns", "ended", 9_500_000),
            Observation.OfText("engine_sign", "engine-kernel", "a sign of it (reading)"),
        ];
        // Only Linux has these.
        if (client == "linux")
        {
            beside.AddRange([
                Observation.OfText("client_boot_id", "", OwnBoot.Replace("-", "", StringComparison.Ordinal)),
                Observation.Number("client_boottime_before_ns", "", 5_000_000), Observation.Number("client_boottime_after_ns", "", 5_001_000),
            ]);
        }

        if (wsl is not null)
        {
            beside.Add(Observation.OfText("client_wsl", "", wsl));
        }

        if (product is not null)
        {
            beside.Add(Observation.OfText("engine_product", "", product));
        }

        if (engine == "docker@vm")
        {
            beside.AddRange([Observation.Number("engine_machine_ns", "userland", 4_000_000_000), Observation.Number("engine_machine_ns", "engine", 14_000_000_000)]);
        }

        Commit(host, cell, "kernel", Outcome.Ok, "", [
            Observation.OfText("sysname", "", "Linux"), Observation.OfText("release", "", release), Observation.OfText("boot_id", "", boot), Observation.Number("boottime_ns", "", boottime), .. beside,
        ]);
        Commit(host, cell, "memory", Outcome.Ok, "", [Observation.Number("memory_total_bytes", "", 1L << 30), .. beside]);
        return this;
    }

    private void Commit(string host, Cell cell, string probe, Outcome outcome, string detail, Observation[] observations) => _results.Add((host, new TrialResult
    {
        Trial = new PlannedTrial("engine-in-vm", cell, probe, (++_trials + 1) / 2, 1, Warmup: false),
        Outcome = outcome,
        ExitCode = outcome == Outcome.Ok ? 0 : null,
        Detail = detail,
        Sandbox = outcome == Outcome.Ok ? "b001-00000000" : "",
        StartedAt = new DateTimeOffset(2026, 1, 2, 3, 4, 6, TimeSpan.Zero),
        DurationNs = outcome == Outcome.Ok ? 1_000_000 : null,
        Observations = [.. observations],
    }));
}
