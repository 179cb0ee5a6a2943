using System.Globalization;
using Harness.Core.Model;
using Harness.Core.Planning;
using Harness.Core.Running;
using Harness.Host.Processes;
using Harness.Sandboxes.Treatments;

namespace Harness.Sandboxes.Direct;

/// <summary>What was done to a sandbox that the harness started without an engine.</summary>
internal static class DirectTreatment
{
    private static readonly ImmutableArray<string> UserLimits = ["nofile", "nproc"];

    private const string Started = "the program that the harness started";

    /// <summary>A plain process of the host.</summary>
    internal static ImmutableArray<TreatmentReading> Host(TreatmentFacts facts, CacheDrop? drop) =>
    [
        Aspect.Judge("runtime", "host", [SandboxAspects.Namespaces(facts, own: false) is { } word ? word with { Seen = word.Holds == true ? "host" : "namespaces of its own" } : null]),
        .. Limits(facts), .. CacheAspect.Of(drop),
    ];

    /// <summary>A process in namespaces, behind the short filter.</summary>
    /// <param name="facts">What its agent saw.</param>
    /// <param name="isRootless">Whether it is an ordinary user's.</param>
    /// <param name="drop">How caches were dropped before the start.</param>
    internal static ImmutableArray<TreatmentReading> Namespaces(TreatmentFacts facts, bool isRootless, CacheDrop? drop) =>
    [
        Aspect.Judge("runtime", "namespaces", [Named(SandboxAspects.Namespaces(facts, own: true), "namespaces"), new Word(true, "namespaces", Started)]),
        Aspect.Judge("seccomp", "a short filter", [SandboxAspects.Seccomp(facts, isFilterAsked: true)]),
        .. Confined(facts, KernelCapabilities.Default & ~KernelCapabilities.Mknod, KnownRuntimes.Find("namespaces")!, isRootless), .. Limits(facts), .. CacheAspect.Of(drop),
    ];

    /// <summary>A container by an OCI runtime.</summary>
    /// <param name="facts">What its agent saw.</param>
    /// <param name="runtime">The runtime that was asked for.</param>
    /// <param name="itself">What the program of that name calls itself; null where it does not say.</param>
    /// <param name="request">What was started.</param>
    /// <param name="drop">How caches were dropped before the start.</param>
    internal static ImmutableArray<TreatmentReading> Oci(TreatmentFacts facts, string runtime, string? itself, SandboxRequest request, CacheDrop? drop)
    {
        var definition = KnownRuntimes.Of(request.Cell);
        var isRootless = DirectVariant.IsRootless(request.Cell);
        var (isRead, whose) = SandboxAspects.KernelLog(facts);
        var log = !isRead ? null
            : definition.KernelLog is not null ? new Word(whose?.Name == runtime, $"another than {definition.Title}", "the log of the sandbox's kernel")
            : new Word(whose is null, whose?.Name ?? runtime, "the log of the sandbox's kernel");
        return
        [
            Aspect.Judge("runtime", runtime, [itself is null ? null : new Word(itself == runtime, itself, "the program's own --version"), new Word(true, runtime, Started), log is { Holds: true } ? log with { Seen = runtime } : log]),
            Aspect.Judge("seccomp", "none", [definition.HasOwnKernel ? null : SandboxAspects.Seccomp(facts, isFilterAsked: false)]),
            .. definition.HasOwnKernel ? [] : ImmutableArray.Create(Aspect.Judge("namespaces", "its own", [SandboxAspects.Namespaces(facts, own: true)])),
            .. Confined(facts, KernelCapabilities.Default, definition, isRootless),
            // Where limits are not enforced (UnlimitedBy) there is no cgroup to be seen. An ordinary user's container has no cgroup of its own.
            .. isRootless ? [] : ImmutableArray.Create(
            Aspect.Judge("memory limit", request.Limits.MemoryBytes.ToString(CultureInfo.InvariantCulture), [SandboxAspects.Limit(facts, "memory limit", request.Limits.MemoryBytes)]),
            Aspect.Judge("process limit", request.Limits.Pids.ToString(CultureInfo.InvariantCulture), [SandboxAspects.Limit(facts, "process limit", request.Limits.Pids)])),
            .. Limits(facts), .. CacheAspect.Of(drop),
        ];
    }

    private static ImmutableArray<TreatmentReading> Confined(TreatmentFacts facts, ulong capabilities, RuntimeDefinition runtime, bool isRootless) =>
    [
        Aspect.Judge("capabilities", KernelCapabilities.Text(capabilities), [SandboxAspects.Capabilities(facts, capabilities, runtime)]),
        Aspect.Judge("no-new-privileges", "on", [runtime.HasOwnKernel ? null : SandboxAspects.NoNewPrivileges(facts)]),
        Aspect.Judge("user namespace", isRootless ? "its own" : "none", [SandboxAspects.Users(facts, isRootless, SandboxAspects.OwnUsers())]),
        Aspect.Judge("network", "none", [SandboxAspects.Network(facts, "none")]),
        Aspect.Judge("/.harness", "read-only", [SandboxAspects.ReadOnly(facts)]),
        Aspect.Judge("init", "none", [SandboxAspects.Init(facts)]),
    ];

    private static IEnumerable<TreatmentReading> Limits(TreatmentFacts facts) => UserLimits
        .Where(name => facts[name] is not null)
        .Select(name => Aspect.Judge(name, "the harness's own", [new Word(true, facts[name]!, "prlimit in the sandbox")]));

    private static Word? Named(Word? word, string runtime) => word is { Holds: true } ? word with { Seen = runtime } : word;
}
