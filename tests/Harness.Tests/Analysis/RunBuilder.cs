using System.Collections.Immutable;
using Harness.Analysis;
using Harness.Analysis.Checking;
using Harness.Analysis.Judging;
using Harness.Core.Definitions;
using Harness.Core.Journaling;
using Harness.Core.Model;

namespace Harness.Tests.Analysis;

/// <summary>Writes a finished run of the experiment kernel-identity into a temporary folder, by the journal that real runs use.</summary>
public sealed class RunBuilder : IDisposable
{
    private readonly List<(string Host, TrialResult Result)> _results = [];
    private readonly List<(string Host, PlannedTrial Trial)> _planned = [];
    private readonly List<string> _runtimes = [];
    private readonly string _root = Directory.CreateTempSubdirectory("harness-test-").FullName;
    public const string FirstHost = "0123456789ab";

    public static string Repository { get; } =
        ExperimentsFolder.FindRepository(AppContext.BaseDirectory) ?? throw new InvalidOperationException("The tests run outside the repository.");

    /// <summary>The run's id.</summary>
    public string Name { get; init; } = "sample";

    /// <summary>Digests of images by userland; those of others are empty.</summary>
    public Dictionary<string, string> Digests { get; } = new(StringComparer.Ordinal);

    public RunFolder Folder => new(Path.Combine(_root, Name));

    public RunBuilder HostCell(int block = 1, KernelReadings? readings = null, string host = FirstHost) =>
        Add(new Cell("host", "host", "", "host", "", ""), block, host, Outcome.Ok, "", readings ?? KernelReadings.Host);

    public RunBuilder Container(string runtime = "runc", int block = 1, KernelReadings? readings = null, string userland = "debian:12", string host = FirstHost, bool warmup = false) =>
        Add(Cell(runtime, userland), block, host, Outcome.Ok, "", readings ?? KernelReadings.Host, warmup);

    /// <summary>A virtual machine that was to boot a kernel.</summary>
    public RunBuilder VirtualMachine(string kernel, KernelReadings readings, int block = 1, string userland = "busybox:static", string runtime = "qemu") =>
        Add(new Cell(userland, kernel, "", runtime, "tcg", ""), block, FirstHost, Outcome.Ok, "", readings);

    /// <summary>A container of the engine in a VM that the run booted.</summary>
    public RunBuilder InVm(KernelReadings readings) => Add(new Cell("debian:12", "host", "docker@vm", "runc", "tcg", ""), 1, FirstHost, Outcome.Ok, "", readings);

    public RunBuilder Unmeasured(Outcome outcome, string detail, string runtime = "runc", int block = 1, string userland = "debian:12") =>
        Add(Cell(runtime, userland), block, FirstHost, outcome, detail, null);

    /// <summary>The usual run: one host, two userlands under runc and gVisor, two blocks.</summary>
    public RunBuilder Usual()
    {
        for (var block = 1; block <= 2; block++)
        {
            HostCell(block);
            foreach (var userland in new[] { "busybox:static", "debian:12" })
            {
                Container("runc", block, userland: userland).Container("runsc", block, KernelReadings.Gvisor, userland);
            }
        }

        return this;
    }

    /// <summary>A trial that is in the plan and has no row.</summary>
    public RunBuilder NotRun(string runtime = "runc", int block = 1, string userland = "debian:12")
    {
        _planned.Add((FirstHost, Trial(Cell(runtime, userland), block)));
        return this;
    }

    /// <summary>Adds a runtime that no SQL has heard of: its row of the table of runtimes is all there is.</summary>
    public RunBuilder Runtime(string row)
    {
        _runtimes.Add(row);
        return this;
    }

    public RunFolder Build()
    {
        WrittenRun.Write(Folder, "kernel-identity", _results, _runtimes);
        foreach (var host in _results.Select(result => result.Host).Append(FirstHost).Distinct())
        {
            EnvironmentFiles.Write(Folder, Environment(host));
        }

        WrittenRun.Plan(Folder, "kernel-identity", _planned).Write(Folder);
        File.WriteAllText(Folder.UserlandsLock, "{}\n");
        File.WriteAllText(Folder.Log, "2026-01-02T03:04:05.000Z the run begins\n");
        File.WriteAllBytes(Path.Combine(Folder.Raw, "b001-00000000.frames"), [0x48, 0x46, 0x52, 0x31]);
        RunChecksums.Seal(Folder);
        return Folder;
    }

    public ImmutableArray<VerdictRow> Verdicts() => Judged.Verdicts(Build());

    /// <summary>The verdict of one scope.</summary>
    public VerdictRow Verdict(string scope = "") => Verdicts().Single(row => row.Scope == scope);

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private static Cell Cell(string runtime, string userland) => new(userland, "host", "docker", runtime, "", "");

    private static PlannedTrial Trial(Cell cell, int block) => new("kernel-identity", cell, "kernel", block, 1, Warmup: false);

    public static HostEnvironment Environment(string host) => new()
    {
        HostId = host,
        Tool = new ToolFacts("0.1.0", "0123456789abcdef0123456789abcdef01234567", false, ["run", "kernel-identity"], 42, new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero)),
        Os = new OsFacts("Debian GNU/Linux 12 (bookworm)", "debian", "12", "x86_64"),
        Kernel = new KernelFacts("6.1.0-18-amd64", "#1 SMP", "quiet", null, "xonly", "tsc", null, 2, null),
        Hardware = new HardwareFacts("Some Processor", 2, 4L << 30, [0.5, 0.25, 0.125], null),
        Engine = new EngineFacts { Name = "docker", Version = "20.10.24", ApiVersion = "1.41", FoundBy = "default socket", StorageDriver = "overlay2" },
    };

    private RunBuilder Add(Cell cell, int block, string host, Outcome outcome, string detail, KernelReadings? readings, bool warmup = false)
    {
        var trial = Trial(cell, block) with { Warmup = warmup };
        _planned.Add((host, trial));
        _results.Add((host, new TrialResult
        {
            Trial = trial,
            Outcome = outcome,
            ExitCode = outcome == Outcome.Ok ? 0 : null,
            Detail = detail,
            ImageDigest = Digests.GetValueOrDefault(cell.Userland, ""),
            Sandbox = readings is null ? "" : "b001-00000000",
            StartedAt = new DateTimeOffset(2026, 1, 2, 3, 4, 6, TimeSpan.Zero),
            DurationNs = readings is null ? null : 9_484_394,
            Observations = [.. readings?.Observations() ?? []],
        }));
        return this;
    }
}
