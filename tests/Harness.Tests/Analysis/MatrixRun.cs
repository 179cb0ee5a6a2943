using System.Collections.Immutable;
using Harness.Analysis.Judging;
using Harness.Core.Definitions;
using Harness.Core.Journaling;
using Harness.Core.Model;

namespace Harness.Tests.Analysis;

/// <summary>What a trial came to.</summary>
public sealed record Did(Outcome Outcome, int? ExitCode = null, int? Signal = null, string Detail = "")
{
    public static Did Ok { get; } = new(Outcome.Ok, ExitCode: 0);

    public static Did Absent { get; } = new(Outcome.Refused, Detail: "/bin/x does not exist: ENOENT, no such file");

    public static Did NoLoader { get; } = new(Outcome.Refused, Detail: "/bin/x: its interpreter /lib64/ld-linux-x86-64.so.2 does not exist: ENOENT, no such file");

    public static Did Foreign { get; } = new(Outcome.Refused, Detail: "/bin/x: ENOEXEC, exec format error: another architecture, or no program");

    public static Did Denied { get; } = new(Outcome.Refused, Detail: "/bin/x: EACCES, permission denied");

    public static Did Segfault { get; } = new(Outcome.Crashed, Signal: 11);

    public static Did Hang { get; } = new(Outcome.Timeout, Detail: "did not end within its time limit and was killed");

    public static Did Status(int status, string detail = "") => new(Outcome.Failed, ExitCode: status, Detail: detail);

    public static Did Unavailable(string reason) => new(Outcome.Unavailable, Detail: reason);

    public static Did Broken(string reason) => new(Outcome.Broken, Detail: reason);
}

/// <summary>Writes a finished run of the experiment distro-matrix into a temporary folder, by the journal that real runs use.</summary>
public sealed class MatrixRun : IDisposable
{
    public const string Host = "0123456789ab";

    private readonly string _root = Directory.CreateTempSubdirectory("harness-test-").FullName;
    private readonly List<(string Host, TrialResult Result)> _results = [];
    private int _sandboxes;

    public static ExperimentDefinition Experiment { get; } = WrittenRun.Experiments.Find("distro-matrix");

    /// <summary>The image of what is added from now on.</summary>
    public string Digest { get; set; } = "";

    /// <summary>How the kernel of what is added from now on serves old C libraries: none, xonly or emulate; empty: nothing was read.</summary>
    public string Vsyscall { get; set; } = "";

    public RunFolder Folder => new(Path.Combine(_root, "sample"));

    /// <summary>The machine itself, Debian 12 on which everything runs, but for <paramref name="except"/>.</summary>
    public MatrixRun Machine(int block = 1, string host = Host, params (string Probe, Did Did)[] except) =>
        Add(new Cell("host", "host", "", "host", "", ""), block, host, ("debian", "12"), probe => Exception(except, probe) ?? Did.Ok);

    /// <summary>A container in which everything runs, but for <paramref name="except"/>; it is the distribution and version that its name says.</summary>
    public MatrixRun Container(string userland, string runtime = "runc", int block = 1, string host = Host, params (string Probe, Did Did)[] except)
    {
        var parts = userland.Split(':');
        return Add(In(userland, runtime), block, host, (parts[0], parts[1]), probe => Exception(except, probe) ?? Did.Ok);
    }

    /// <summary>A virtual machine on a named kernel, in which everything runs, but for <paramref name="except"/>.</summary>
    public MatrixRun VirtualMachine(string userland, string kernel, int block = 1, params (string Probe, Did Did)[] except)
    {
        var parts = userland.Split(':');
        return Add(new Cell(userland, kernel, "", "qemu", "tcg", ""), block, Host, (parts[0], parts[1]), probe => Exception(except, probe) ?? Did.Ok);
    }

    /// <summary>A container made from the empty image: nothing but the static program runs, but for <paramref name="except"/>.</summary>
    public MatrixRun Scratch(string runtime = "runc", int block = 1, string host = Host, params (string Probe, Did Did)[] except) =>
        Add(In("scratch", runtime), block, host, null, probe => Exception(except, probe) ?? probe switch { "static-program" => Did.Ok, "dynamic-program" => Did.NoLoader, _ => Did.Absent });

    /// <summary>A container of which all trials came to the same, but for those of the harness's own programs, where it says so.</summary>
    public MatrixRun All(string userland, Did did, string runtime = "runc", int block = 1, bool ownOnly = false) =>
        Add(In(userland, runtime), block, Host, null, probe => ownOnly && probe is "static-program" or "dynamic-program" ? Did.Ok : did);

    public RunFolder Build(bool withUserlands = true)
    {
        WrittenRun.Write(Folder, "distro-matrix", _results);
        if (!withUserlands)
        {
            File.Delete(Path.Combine(Folder.Definitions, "userlands.csv"));
        }

        WrittenRun.Plan(Folder, "distro-matrix", _results.Select(entry => (entry.Host, entry.Result.Trial))).Write(Folder);
        return Folder;
    }

    public ImmutableArray<VerdictRow> Verdicts() => Judged.Verdicts(Build());

    public VerdictRow Verdict(string claim, string scope = "") => Verdicts().Single(row => row.Claim == claim && row.Scope == scope);

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private static Cell In(string userland, string runtime) => new(userland, "host", "docker", runtime, "", "");

    private static Did? Exception((string Probe, Did Did)[] except, string probe) =>
        except.FirstOrDefault(entry => entry.Probe == probe) is { Did: { } did } ? did : null;

    private MatrixRun Add(Cell cell, int block, string host, (string Id, string Version)? says, Func<string, Did> came)
    {
        var sandbox = $"b{block:d3}-{++_sandboxes:d8}";
        foreach (var probe in Experiment.Probes)
        {
            var did = came(probe.Id);
            _results.Add((host, new TrialResult
            {
                Trial = new PlannedTrial("distro-matrix", cell, probe.Id, block, 1, Warmup: false),
                Outcome = did.Outcome,
                ExitCode = did.ExitCode,
                Signal = did.Signal,
                Detail = did.Detail,
                Sandbox = did.Outcome == Outcome.Unavailable ? "" : sandbox,
                ImageDigest = did.Outcome == Outcome.Unavailable || cell.Userland == Cell.HostUserland ? "" : Digest.Length > 0 ? Digest : UserlandRun.Digest(cell.Userland),
                StartedAt = new DateTimeOffset(2026, 1, 2, 3, 4, 6, TimeSpan.Zero),
                DurationNs = did.Outcome == Outcome.Ok ? 1_234_567 : null,
                Observations = probe.Id == "about" && did.Outcome == Outcome.Ok && says is { } os
                    ?
                    [
                        Observation.OfText("os_id", "", os.Id),
                        Observation.OfText("os_version_id", "", os.Version),
                        Observation.OfText("os_pretty_name", "", $"{os.Id} {os.Version}"),
                    ]
                    : probe.Id == "vsyscall" && Vsyscall.Length > 0 ? Served(Vsyscall) : [],
            }));
        }

        return this;
    }

    private static ImmutableArray<Observation> Served(string mode) =>
    [
        .. from address in (string[])["gettimeofday", "time", "getcpu"]
           from reading in (Observation[])
           [
               Observation.OfText("vsyscall_call", address, mode == "none" ? "signal 11" : "works"),
               Observation.OfText("vsyscall_read", address, mode == "emulate" ? "works" : "signal 11"),
           ]
           select reading,
    ];
}
