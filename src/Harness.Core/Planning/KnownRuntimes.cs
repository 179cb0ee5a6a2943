using Harness.Core.Model;

namespace Harness.Core.Planning;

/// <summary>
/// The table of runtimes. An OCI runtime is a row of it; any other is a row and its code, which <c>Harness.Runtimes/RuntimeComposition.cs</c>
/// names. docs/adding-a-runtime.md says how.
/// </summary>
public static class KnownRuntimes
{
    private const string NoFilter = "it has no seccomp filter";

    // Before the table, which is made of it.
    private static readonly RuntimeCost _oci = new(0.3, 0.05) { EngineStart = 0.6 };

    /// <summary>All of them, as they are listed.</summary>
    public static ImmutableArray<RuntimeDefinition> All { get; } =
    [
        new("host", RuntimeKind.Process, "no container") { Cost = new RuntimeCost(0.1, 0.05) },
        new("namespaces", RuntimeKind.Container, "namespaces alone") { Gap = "it has no limits of memory and processes and a short seccomp filter", RootlessArguments = [] },
        new("runc", RuntimeKind.Container, "runc")
        {
            IsOci = true, IsDefault = true, IsUsual = true, Gap = NoFilter, Tool = ("runc", "runc"), StateFile = "{id}/state.json", Cost = _oci, RootlessArguments = [],
        },
        new("runsc", RuntimeKind.Container, "gVisor")
        {
            IsOci = true,
            HasOwnKernel = true,
            Tool = ("runsc", "runsc"),
            // What it needs to run inside containers and VMs: no KVM, no cgroups of its own, no network stack.
            Arguments = ["--platform=ptrace", "--ignore-cgroups", "--network=none"],
            UnlimitedBy = "--ignore-cgroups",
            KernelLog = "gVisor",
            // It takes this one from its sandboxes unless it is told otherwise.
            WithheldCapabilities = ["NET_RAW"],
            Helpers = [("gofer", "gofer"), ("boot", "sentry")],
            StateFile = "{id}_sandbox:{id}.state",
            Cost = new RuntimeCost(1.5, 0.2),
        },
        new("crun", RuntimeKind.Container, "crun")
        {
            IsOci = true, IsUsual = true, Gap = NoFilter, Tool = ("crun", "crun"), StateFile = "{id}/status", Cost = _oci,
            // Cgroups are root's; without this it makes one.
            RootlessArguments = ["--cgroup-manager=disabled"],
        },
        new("qemu", RuntimeKind.VirtualMachine, "QEMU")
        {
            HasOwnKernel = true,
            Tool = ("qemu-system-x86_64", "qemu-system-x86"),
            // A guest's kernel has memory of its own beside what its programs may use, and QEMU code that it translated.
            OverheadBytes = 512L << 20,
            Cost = new RuntimeCost(1.5, 0.1) { Emulated = (3, 0.3), Crowded = 2 },
        },
    ];

    /// <summary>Those that an engine can drive.</summary>
    public static ImmutableArray<RuntimeDefinition> Oci { get; } = [.. All.Where(runtime => runtime.IsOci)];

    /// <summary>The one that engines bring.</summary>
    public static RuntimeDefinition Default { get; } = All.Single(runtime => runtime.IsDefault);

    /// <summary>The runtime of that name, or null.</summary>
    public static RuntimeDefinition? Find(string name) => All.FirstOrDefault(runtime => runtime.Name == name);

    /// <summary>A cell's runtime. One that this version does not have, as in a run of another version, is taken for a container about which nothing is known.</summary>
    public static RuntimeDefinition Of(Cell cell) => Find(cell.Runtime) ?? new RuntimeDefinition(cell.Runtime, RuntimeKind.Container, cell.Runtime) { Gap = NoFilter };

    /// <summary>Whether a definition or the command line names a runtime of that kind, whichever engine it names.</summary>
    public static bool Is(string name, RuntimeKind kind) => Find(name[(name.IndexOf('/', StringComparison.Ordinal) + 1)..])?.Kind == kind;
}
