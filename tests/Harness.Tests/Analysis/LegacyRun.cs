using Harness.Analysis.Judging;
using Harness.Core.Journaling;
using Harness.Core.Model;

namespace Harness.Tests.Analysis;

/// <summary>Writes a run of the experiment legacy-userland into a temporary folder, by the journal that real runs use.</summary>
public sealed class LegacyRun : IDisposable
{
    public const string StandIn = "synthetic-legacy:bash";

    private readonly string _root = Directory.CreateTempSubdirectory("harness-test-").FullName;
    private readonly List<TrialResult> _results = [];
    private int _sandboxes;

    /// <summary>A VM whose bash crashes where the mode is none, unless told otherwise.</summary>
    public LegacyRun Machine(string userland, string release, string mode, bool? crashes = null) =>
        Add(new Cell(userland, "kernel-" + release, "", "qemu", "tcg", "vsyscall=" + mode), release, mode, crashes ?? mode == "none", boottime: 700);

    /// <summary>A container on the host's kernel, as the boot clock says.</summary>
    public LegacyRun Container(string userland, string release = "6.18.1", string mode = "xonly", bool? crashes = null) =>
        Add(new Cell(userland, "host", "docker", "runc", "", ""), release, mode, crashes ?? mode == "none", boottime: 5_000_500);

    /// <summary>A container in which a program answers in a kernel's place: a release that no kernel has, a clock that began with the sandbox.</summary>
    public LegacyRun Gvisor(string userland, string runtime = "runsc") =>
        Add(new Cell(userland, "host", "docker", runtime, "", ""), "4.4.0", "xonly", crashes: false, boottime: 900);

    /// <summary>The stand-in on two kernels under each mode, and under gVisor.</summary>
    public LegacyRun Usual(string userland)
    {
        foreach (var release in new[] { "5.10.2", "7.2.1" })
        {
            Machine(userland, release, "none").Machine(userland, release, "xonly").Machine(userland, release, "emulate");
        }

        return Gvisor(userland);
    }

    public VerdictRow Verdict(string claim) => Judged.Verdicts(Build()).Single(row => row.Claim == claim);

    public void Dispose() => Directory.Delete(_root, recursive: true);

    public RunFolder Build()
    {
        var folder = new RunFolder(Path.Combine(_root, "sample"));
        if (File.Exists(folder.TrialsCsv))
        {
            return folder;
        }

        WrittenRun.Write(folder, "legacy-userland", [.. _results.Select(result => (RunBuilder.FirstHost, result))]);
        WrittenRun.Plan(folder, "legacy-userland", []).Write(folder);
        return folder;
    }

    // The harness's own clock stands at 5,000,000 before and 5,001,000 after.
    private LegacyRun Add(Cell cell, string release, string mode, bool crashes, decimal boottime)
    {
        var sandbox = $"b001-{++_sandboxes:d8}";
        Observation[] clock = [Observation.Number("harness_boottime_before_ns", "", 5_000_000), Observation.Number("harness_boottime_after_ns", "", 5_001_000)];
        Trial("kernel", Outcome.Ok, [Observation.OfText("release", "", release), Observation.Number("boottime_ns", "", boottime), .. clock]);
        string[] addresses = ["gettimeofday", "time", "getcpu"];
        Trial("vsyscall", Outcome.Ok,
        [
            .. addresses.Select(address => Observation.OfText("vsyscall_call", address, mode == "none" ? "signal 11" : "works")),
            .. addresses.Select(address => Observation.OfText("vsyscall_read", address, mode == "emulate" ? "works" : "signal 11")),
            .. clock,
        ]);
        Trial("bash", crashes ? Outcome.Crashed : Outcome.Ok, []);
        return this;

        void Trial(string probe, Outcome outcome, Observation[] observations) => _results.Add(new TrialResult
        {
            Trial = new PlannedTrial("legacy-userland", cell, probe, 1, 1, Warmup: false),
            Outcome = outcome,
            ExitCode = outcome == Outcome.Ok ? 0 : null,
            Signal = outcome == Outcome.Crashed ? 11 : null,
            Detail = "",
            Sandbox = sandbox,
            StartedAt = new DateTimeOffset(2026, 1, 2, 3, 4, 6, TimeSpan.Zero),
            DurationNs = 1_000_000,
            Observations = [.. observations],
        });
    }
}
