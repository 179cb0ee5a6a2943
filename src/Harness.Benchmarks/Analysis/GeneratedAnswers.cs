using System.Globalization;
using Harness.Core.Definitions;
using Harness.Core.Model;
using Harness.Core.Planning;

namespace Harness.Benchmarks.Analysis;

/// <summary>The readings of trials of every experiment, as many as real ones have and in their spelling, so that a report of them is as large as a real one.</summary>
internal sealed class GeneratedAnswers(ExperimentsFolder definitions, ulong seed)
{
    /// <summary>The host's kernel.</summary>
    internal const string Release = "6.18.1-generic";

    private const string BootId = "0d9d5a4e-3b7e-4c55-9a0e-7f2c1d5b8a11";
    private const long MiB = 1024 * 1024;
    private const int NoSuchCall = 38;

    private static readonly ImmutableArray<string> _aspects =
        ["runtime", "image", "seccomp", "capabilities", "no-new-privileges", "user namespace", "network", "namespaces", "memory", "process limit", "init", "/.harness", "nofile", "nproc", "privileged", "health check"];

    private static readonly ImmutableArray<string> _needs = ["io_uring", "landlock", "userns", "bpf", "memfd", "pidfd", "clone3", "openat2"];
    private static readonly ImmutableArray<string> _levels = ["x86-64-v2", "x86-64-v3"];
    private static readonly ImmutableArray<string> _oldCalls = ["gettimeofday", "time", "getcpu"];
    private static readonly ImmutableArray<int> _storms = [1, 2, 4, 8];
    private static readonly ImmutableArray<int> _fleet = [1, 2, 4, 8, 16, 32];
    private static readonly ImmutableArray<int> _workedFleet = [1, 2, 4];

    // What each sandbox says of its treatment, and by whom.
    private static readonly ImmutableArray<TreatmentReading> _treatments = [.. _aspects.Select(aspect => new TreatmentReading(aspect, "as its cell says", "as its cell says", TreatmentState.Proven, "the agent"))];

    private readonly GeneratedReadings _starts = new(seed);
    private readonly Dictionary<string, ImmutableArray<(string Number, string Call)>> _tables = [];
    private readonly HashSet<(string Experiment, Cell Cell, int Block)> _treated = [];

    /// <summary>Of the next trial.</summary>
    internal ImmutableArray<Observation> Next(PlannedTrial trial)
    {
        var readings = Readings(trial);
        return _treated.Add((trial.Experiment, trial.Cell, trial.Block)) && KnownRuntimes.Of(trial.Cell).Kind != RuntimeKind.Process ? [.. readings, .. Treatments.Observations(_treatments)] : [.. readings];
    }

    private IEnumerable<Observation> Readings(PlannedTrial trial) => (trial.Experiment, trial.Probe) switch
    {
        ("startup", _) => _starts.Next(trial.Cell, trial.Probe),
        (_, "kernel") => Kernel(trial.Cell),
        (_, "vsyscall") => Vsyscall(),
        ("userland-identity", "userland") => Userland(trial.Cell),
        ("kernel-identity", _) => [Text("shell_release", "", ReleaseOf(trial.Cell))],
        ("syscall-surface", "syscalls") => Sweep(trial.Cell, "syscalls-x86_64.csv", "filter"),
        ("syscall-surface", "syscalls-i386") => [Text("context", "entry", "works"), .. Sweep(trial.Cell, "syscalls-i386.csv", "filter_i386")],
        ("syscall-surface", "syscalls-x32") => [Text("context", "entry", "errno=38")],
        ("syscall-surface", "needs") => _needs.Select(need => Text("need", need, "class=returned errno=0 sig=0 ns=100")),
        ("syscall-surface", _) => [Text("filter_window", "", "read")],
        ("distro-matrix", "isa-levels") => _levels.Select(level => Text("isa_level", level, "yes")),
        ("distro-matrix", "about") => [Text("os_id", "", trial.Cell.Userland.Split(':')[0]), Text("os_version_id", "", trial.Cell.Userland.Split(':')[^1])],
        ("footprint", "memory" or "memory-worked") => Fleet(trial),
        ("footprint", "storm") => _storms.SelectMany(n => Storm(trial.Cell, n)),
        ("footprint", _) => [Number("disk_bytes", "image", 80 * MiB), Number("disk_bytes", "one more", 40_000), Text("disk_measure", "", "Docker's own image store")],
        _ => [],
    };

    private static IEnumerable<Observation> Kernel(Cell cell) =>
    [
        Text("sysname", "", "Linux"), Text("release", "", ReleaseOf(cell)), Text("version", "", "#1 SMP"), Text("machine", "", "x86_64"),
        Text("boot_id", "", IsMachine(cell) ? GeneratedRun.Digest(cell.Name)[7..15] + BootId[8..] : BootId), Number("btime", "", 1_700_000_000), Text("proc_version", "", "Linux version " + ReleaseOf(cell)),
        Text("cmdline_sha256", "", GeneratedRun.Digest(cell.Kernel)[7..]), Number("monotonic_ns", "", 1_000_000_000), Number("boottime_ns", "", 1_000_000_000),
        Number("first_monotonic_ns", "", 1_000_000_000), Number("first_boottime_ns", "", 1_000_000_000), Text("vsyscall_map", "", "--xp"), Number("pid", "", 1),
    ];

    private static IEnumerable<Observation> Vsyscall() =>
        _oldCalls.SelectMany(call => new[] { Text("vsyscall_call", call, "works"), Text("vsyscall_read", call, "signal 11") });

    private static IEnumerable<Observation> Userland(Cell cell) =>
    [
        Text("os_id", "", cell.Userland.Split(':')[0]), Text("os_version_id", "", cell.Userland.Split(':')[^1]), Text("os_pretty_name", "", cell.Userland), Text("libc", "", "glibc"),
        Text("libc_version", "", "2.36"), Text("shell", "", "bash"), Text("shell_version", "", "5.2.15"), Text("bash_version", "", "5.2.15"), Text("tools", "", "coreutils"), Text("tools_version", "", "9.1"),
        Text("package_manager", "", "dpkg"), Text("package_programs", "", "dpkg apt-get"), Text("package_tool", "", "apt-get"), Number("packages", "", 89), Text("shell_release", "", ReleaseOf(cell)),
        Number("fs_files", "", 3_000), Number("fs_executables", "", 300), Number("fs_symlinks", "", 500), Number("fs_bytes", "", 80 * MiB),
    ];

    private IEnumerable<Observation> Sweep(Cell cell, string table, string filter) =>
    [
        Text("context", "release", ReleaseOf(cell)), Text("context", "boot_id", BootId), Text("context", "CapEff", "00000000a80425fb"), Text("context", "Seccomp", "2"), Text("context", "NoNewPrivs", "1"),
        .. Calls(table).Select(call => Text("syscall", call.Number, call.Call)),
        Text("symbol", "defined", "0-334 424-470"), Text("symbol", "none", "335-423"), Text("symbol", "boot_id", BootId),
        Text(filter, "allow", "0-100 102-300"), Text(filter, "errno=1", "101 301-462"), Text(filter, "errno=38", "463-4000"), Number("filter_instructions", "", 974), Number("sweep_ns", "", 150_000_000),
    ];

    private ImmutableArray<(string Number, string Call)> Calls(string table)
    {
        if (!_tables.TryGetValue(table, out var calls))
        {
            calls =
            [
                .. File.ReadLines(Path.Combine(definitions.Root, "probes", table)).Skip(1).Select(line => line.Split(',')).Select(fields =>
                    (fields[0], $"name={Known(fields[1])} since={Known(fields[2])} class=returned ret=-1 errno={(fields[1].Length % 3 == 0 ? NoSuchCall : 22)} sig=0 ns=100")),
                ("4000", $"name=- since=- class=returned ret=-1 errno={NoSuchCall} sig=0 ns=100"),
            ];
            _tables.Add(table, calls);
        }

        return calls;
    }

    private static IEnumerable<Observation> Fleet(PlannedTrial trial)
    {
        var each = IsMachine(trial.Cell) ? 90 * MiB : 9 * MiB;
        var steps = trial.Probe == "memory" ? _fleet : _workedFleet;
        return
        [
            Number("budget_bytes", "memory", 8L << 30), Text("limit", $"n={Spelled(steps[^1])} plan", "the plan's last number"), Of("mem_available_bytes", 0, 16L << 30), Of("mem_kernel_bytes", 0, 50 * MiB), Of("pss_engine_bytes", 0, 80 * MiB),
            .. steps.SelectMany(n => new[]
            {
                Of(IsMachine(trial.Cell) ? "pss_machine_bytes" : "pss_payload_bytes", n, n * each * (100 + trial.Block) / 100), Of("pss_shim_bytes", n, IsMachine(trial.Cell) ? 0 : n * MiB),
                Of("private_bytes", n, n * each), Of("cgroup_bytes", n, n * each), Of("cgroup_kernel_bytes", n, n * MiB), Of("mem_available_bytes", n, (16L << 30) - (n * each)), Of("mem_free_bytes", n, 8L << 30),
                Of("mem_file_bytes", n, 1L << 30), Of("mem_kernel_bytes", n, 50 * MiB), Of("pids", n, n), Of("pss_engine_bytes", n, 80 * MiB),
            }),
        ];
    }

    private static IEnumerable<Observation> Storm(Cell cell, int n) =>
    [
        Of("storm_ns", n, n * (IsMachine(cell) ? 2_000_000_000L : 100_000_000L)), Of("storm_failures", n, 0), Of("harness_cpu_ns", n, n * 10_000_000L), Of("machine_busy_ns", n, n * 100_000_000L), Of("machine_cpu_ns", n, n * 200_000_000L),
    ];

    private static string ReleaseOf(Cell cell) => IsMachine(cell) && cell.Kernel != "host" ? "6.1.0-" + cell.Kernel : Release;

    private static bool IsMachine(Cell cell) => KnownRuntimes.Of(cell).Kind == RuntimeKind.VirtualMachine;

    private static string Known(string field) => field.Length > 0 ? field : "-";

    private static string Spelled(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static Observation Of(string metric, int n, long value) => Number(metric, $"n={Spelled(n)}", value);

    private static Observation Text(string metric, string subject, string text) => Observation.OfText(metric, subject, text);

    private static Observation Number(string metric, string subject, long value) => Observation.Number(metric, subject, value);
}
