using System.Globalization;
using Harness.Core.Model;
using Harness.Core.Planning;
using Harness.Core.Running;
using Harness.Engines.Contract;
using Harness.Host.Processes;
using Harness.Sandboxes.Treatments;

namespace Harness.Sandboxes.Containers;

/// <summary>What was done to a container, against what the engine was asked for.</summary>
internal sealed record ContainerTreatment
{
    /// <summary>The container.</summary>
    internal required ContainerStart Start { get; init; }

    /// <summary>What the engine was asked for.</summary>
    internal required ContainerRequest Asked { get; init; }

    /// <summary>What it says that it made; null where it was not asked.</summary>
    internal ContainerInspection? Told { get; init; }

    /// <summary>What this machine shows of it; null where it shows nothing.</summary>
    internal ContainerLook? Look { get; init; }

    /// <summary>How the caches were dropped before the start; null where they were not to be.</summary>
    internal CacheDrop? Dropped { get; init; }

    private RuntimeDefinition Definition => KnownRuntimes.Of(Start.Request.Cell);

    // What it says of Linux's filters, namespaces and limits is its own kernel's word.
    private bool HasOwnKernel => Definition.HasOwnKernel;

    /// <summary>One reading an aspect.</summary>
    internal ImmutableArray<TreatmentReading> Judge(TreatmentFacts facts) =>
    [
        Runtime(facts),
        Aspect.Judge("image", Asked.Image, [Look?.Image], Image()),
        Seccomp(facts),
        Capabilities(facts),
        .. Start.Variant.MayGainPrivileges ? [] : ImmutableArray.Create(Aspect.Judge("no-new-privileges", "on", [HasOwnKernel ? null : SandboxAspects.NoNewPrivileges(facts)], Says(told => told.SecurityOptions?.Any(option => option.StartsWith("no-new-privileges", StringComparison.Ordinal) && !option.EndsWith("false", StringComparison.Ordinal)) == true, "on", "off"))),
        Aspect.Judge("privileged", "no", [], Says(told => !told.IsPrivileged, "no", "yes")),
        Users(facts),
        Aspect.Judge("network", Start.Variant.Network, [SandboxAspects.Network(facts, Start.Variant.Network)], Says(told => told.Network == Asked.Network, Asked.Network!, Told?.Host?.Network ?? "")),
        .. Namespaces(facts),
        // An engine that keeps none is asked for none.
        .. Asked.Memory > 0 ? [Limit(facts, "memory limit", Asked.Memory, told => told.Memory)] : ImmutableArray<TreatmentReading>.Empty,
        .. Asked.Processes is { } processes ? [Limit(facts, "process limit", processes, told => told.Processes)] : ImmutableArray<TreatmentReading>.Empty,
        Ulimit(facts, "nofile"),
        Ulimit(facts, "nproc"),
        .. Start.Mounted is null ? [] : ImmutableArray.Create(Aspect.Judge("/.harness", "read-only", [SandboxAspects.ReadOnly(facts)], Says(told => told.MountsAreReadOnly, "read-only", "writable"))),
        Aspect.Judge("init", "none", [SandboxAspects.Init(facts)], Says(told => !told.HasInit, "none", "one of the engine's")),
        Aspect.Judge("health check", "none", [], Told is { TellsHealthCheck: true } made ? new Word(made.HealthCheck is [] or ["NONE"], made.HealthCheck is [] or ["NONE"] ? "none" : string.Join(' ', made.HealthCheck), Aspect.Inspect) : null),
        .. CacheAspect.Of(Dropped),
        .. Start.Trace is { } trace ? ImmutableArray.Create(Aspect.Judge("trace", "on", [trace.IsWhole ? new Word(true, "on", "the kernel's process events") : null])) : [],
    ];

    private TreatmentReading Runtime(TreatmentFacts facts)
    {
        var asked = Start.Request.Cell.Runtime;
        var (isRead, whose) = SandboxAspects.KernelLog(facts);
        var log = whose is not null ? new Word(whose.Name == asked, whose.Name, $"{whose.Title}'s own log")
            : isRead && Definition.KernelLog is not null ? new Word(false, $"another than {Definition.Title}", "the log of the sandbox's kernel")
            // For the others that is no proof: it only is none of those.
            : null;
        var look = Look is null ? null : new Word(RuntimePrograms.IsProgram(Start.Programs, asked, Look), Look.Runtime == asked ? asked : $"{Look.Runtime}{(Look.State is { } state && state != Look.Runtime ? $", with the state of {state}" : "")}", Look.Witness);
        return Aspect.Judge("runtime", asked, [look, log], Says(told => told.Runtime == Start.Runtime, asked, Told?.Host?.Runtime ?? ""));
    }

    private Word? Image() => Told is null ? null
        // Some image stores name the image otherwise than by the id that they were asked for.
        : Told.Image == Asked.Image || Told.AskedImage == Asked.Image ? new Word(true, Asked.Image, Aspect.Inspect)
        : new Word(false, Told.Image ?? "", Aspect.Inspect);

    private TreatmentReading Seccomp(TreatmentFacts facts)
    {
        var isUnconfined = Asked.SecurityOptions.Contains("seccomp=unconfined");
        var hasProfile = Start.SecurityOptions.Any(option => option.StartsWith("name=seccomp", StringComparison.Ordinal) && !option.EndsWith("=unconfined", StringComparison.Ordinal));
        var asked = isUnconfined ? "unconfined" : hasProfile ? "the engine's default profile" : "the engine's default profile (none)";
        return Aspect.Judge(
            "seccomp", asked, [HasOwnKernel ? null : SandboxAspects.Seccomp(facts, !isUnconfined && hasProfile)],
            Says(told => SameSet(told.SecurityOptions?.Where(IsSeccomp), Asked.SecurityOptions.Where(IsSeccomp)), asked, string.Join(", ", Told?.Host?.SecurityOptions?.Where(IsSeccomp) ?? []) is { Length: > 0 } other ? other : "the engine's default profile"));

        static bool IsSeccomp(string option) => option.StartsWith("seccomp", StringComparison.Ordinal);
    }

    private TreatmentReading Capabilities(TreatmentFacts facts)
    {
        var added = Start.Variant.AddedCapabilities.Select(KernelCapabilities.Bit).ToImmutableArray();
        var set = (Start.Variant.DropsCapabilities ? 0 : Start.DefaultCapabilities) | added.Aggregate(0UL, (sum, bit) => sum | (bit ?? 0));
        var asked = KernelCapabilities.Text(set);
        return Aspect.Judge(
            "capabilities", asked, [added.Contains(null) ? null : SandboxAspects.Capabilities(facts, set, Definition)],
            Says(told => SameSet(told.AddedCapabilities.Select(Short), Asked.AddedCapabilities.Select(Short)) && (SameSet(told.DroppedCapabilities.Select(Short), Asked.DroppedCapabilities.Select(Short)) || DropsAll(told)), asked, "others"));

        // Podman tells ALL by the names of what there was to drop.
        bool DropsAll(ContainerHost told) => Start.Variant.DropsCapabilities && KernelCapabilities.Set(told.DroppedCapabilities.Select(Short)) is var dropped && dropped == Start.DefaultCapabilities;

        static string Short(string name) => name.StartsWith("CAP_", StringComparison.OrdinalIgnoreCase) ? name[4..].ToUpperInvariant() : name.ToUpperInvariant();
    }

    private TreatmentReading Users(TreatmentFacts facts)
    {
        var isMapped = Start.SecurityOptions.Any(option => option is "name=userns" or "name=rootless");
        return Aspect.Judge(
            "user namespace", isMapped ? "the engine's own" : "none", [SandboxAspects.Users(facts, isMapped, Start.Elsewhere is null ? SandboxAspects.OwnUsers() : null)],
            Says(told => string.IsNullOrEmpty(told.UserMode), isMapped ? "the engine's own" : "none", Told?.Host?.UserMode ?? ""));
    }

    // Numbers of namespaces mean something within one kernel alone; another one makes up its own.
    private ImmutableArray<TreatmentReading> Namespaces(TreatmentFacts facts) =>
        Start.Elsewhere is null && !HasOwnKernel
            ? [Aspect.Judge("namespaces", "its own", [SandboxAspects.Namespaces(facts, own: true)], Says(told => string.IsNullOrEmpty(told.PidMode) && told.IpcMode is null or "" or "private" or "shareable" or "none" && string.IsNullOrEmpty(told.UtsMode), "its own", "shared ones"))]
            : [];

    private TreatmentReading Limit(TreatmentFacts facts, string name, long asked, Func<ContainerHost, long> told)
    {
        var text = asked.ToString(CultureInfo.InvariantCulture);
        return Aspect.Judge(name, text, [SandboxAspects.Limit(facts, name, asked)], Says(host => told(host) == asked, text, Told?.Host is { } host ? told(host) is > 0 and var other ? other.ToString(CultureInfo.InvariantCulture) : "none" : ""));
    }

    /// <summary>None is asked for: the engine's own limits hold, and what they are is the reading.</summary>
    private TreatmentReading Ulimit(TreatmentFacts facts, string name)
    {
        const string Own = "the engine's own";
        if (facts[name] is not { } seen)
            return new TreatmentReading(name, Own, "", TreatmentState.OnlyAsked, "");
        var told = Told?.Host?.Ulimits.FirstOrDefault(limit => limit.Name == name);
        var asTold = told is null ? null : $"{Value(told.Soft)}:{Value(told.Hard)}";
        // A kernel of the runtime's own has limits of its own, to which it takes over what it is told.
        return Aspect.Judge(name, asTold is null ? Own : $"{Own} ({asTold})", [new Word(asTold is null || HasOwnKernel || asTold == seen, seen, "prlimit in the sandbox")]);

        static string Value(long limit) => limit < 0 ? "unlimited" : limit.ToString(CultureInfo.InvariantCulture);
    }

    private Word? Says(Func<ContainerHost, bool> holds, string seen, string otherwise) =>
        Told?.Host is not { } host ? null : holds(host) ? new Word(true, seen, Aspect.Inspect) : new Word(false, otherwise, Aspect.Inspect);

    private static bool SameSet(IEnumerable<string>? told, IEnumerable<string> asked) => new HashSet<string>(told ?? [], StringComparer.Ordinal).SetEquals(asked);
}
