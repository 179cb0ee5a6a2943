using System.Globalization;
using Harness.Core.Planning;
using Harness.Core.Running;

namespace Harness.Sandboxes.Treatments;

/// <summary>What the agent's own kernel says of the aspects that all sandboxes have. Null: it says nothing.</summary>
internal static class SandboxAspects
{
    /// <summary>A limit so large that it is none: what version 1 of control groups shows where nothing is set.</summary>
    private const long NoLimit = 1L << 60;

    private static readonly ImmutableArray<string> Separate = ["mnt", "pid", "net", "ipc", "uts"];

    // Made by modules in every network namespace, whether or not anybody asks for one.
    private static readonly ImmutableArray<string> Fallback =
        ["tunl0", "gre0", "gretap0", "erspan0", "ip_vti0", "ip6_vti0", "sit0", "ip6tnl0", "ip6gre0", "ip6erspan0"];

    /// <summary>Whose kernel wrote the sandbox's log.</summary>
    /// <param name="facts">What the agent saw.</param>
    /// <returns>Whether the log was read, and of the runtimes whose kernel names itself there the one that did; null where none did.</returns>
    internal static (bool IsRead, RuntimeDefinition? Whose) KernelLog(TreatmentFacts facts)
    {
        var told = KnownRuntimes.All.Where(runtime => runtime.KernelLog is { } name && facts[name] is not null).ToImmutableArray();
        return (!told.IsEmpty, told.FirstOrDefault(runtime => facts[runtime.KernelLog!]!.StartsWith("in", StringComparison.Ordinal)));
    }

    /// <summary>Which capabilities there are.</summary>
    internal static Word? Capabilities(TreatmentFacts facts, ulong asked, RuntimeDefinition runtime)
    {
        var ignored = KernelCapabilities.Set(runtime.WithheldCapabilities);
        if (KernelCapabilities.Parse(facts["CapBnd"]) is not { } bounding || KernelCapabilities.Parse(facts["CapEff"]) is not { } effective)
            return null;
        var odd = (bounding & ~ignored) != (asked & ~ignored) ? bounding : effective;
        return new Word((odd & ~ignored) == (asked & ~ignored), KernelCapabilities.Text(odd), Aspect.Status);
    }

    /// <summary>Whether system calls are filtered. A kernel of the runtime's own shows none of Linux's filters.</summary>
    internal static Word? Seccomp(TreatmentFacts facts, bool isFilterAsked) => facts["Seccomp"] switch
    {
        "2" => new Word(isFilterAsked, "a filter", Aspect.Status),
        "0" => new Word(!isFilterAsked, "no filter", Aspect.Status),
        _ => null,
    };

    /// <summary>Whether programs can gain rights.</summary>
    internal static Word? NoNewPrivileges(TreatmentFacts facts) =>
        facts["NoNewPrivs"] is { } text ? new Word(text == "1", text == "1" ? "on" : "off", "prctl in the sandbox") : null;

    /// <summary>Which interfaces there are.</summary>
    /// <param name="facts">What the agent saw.</param>
    /// <param name="asked"><c>none</c> or <c>bridge</c>.</param>
    internal static Word? Network(TreatmentFacts facts, string asked)
    {
        if (facts["interfaces"] is not { } text)
            return null;
        var there = text.Split(',', StringSplitOptions.RemoveEmptyEntries).Except(["lo"], StringComparer.Ordinal).Except(Fallback, StringComparer.Ordinal).ToImmutableArray();
        var seen = there.IsEmpty ? "none but lo" : $"{string.Join(", ", there.Take(5))}{(there.Length > 5 ? ", …" : "")}";
        return new Word(asked == "none" ? there.IsEmpty : there is ["eth0"], seen, "the interfaces in the sandbox");
    }

    /// <summary>A limit of its control group.</summary>
    internal static Word? Limit(TreatmentFacts facts, string fact, long asked)
    {
        if (facts[fact] is not { } text)
            return null;
        if (text == "max" || (long.TryParse(text, CultureInfo.InvariantCulture, out var value) && value >= NoLimit))
            return new Word(false, "none", "its control group");
        if (!long.TryParse(text, CultureInfo.InvariantCulture, out value))
            return null;
        // A kernel keeps whole pages.
        return new Word(value <= asked && value > asked - 65536, value.ToString(CultureInfo.InvariantCulture), "its control group");
    }

    /// <summary>Whether the agent is the first process.</summary>
    internal static Word? Init(TreatmentFacts facts) =>
        facts["process"] is { } id ? new Word(id == "1", id == "1" ? "none" : "another first process", "the agent's process id") : null;

    /// <summary>Whether the folder with the agent is read-only.</summary>
    internal static Word? ReadOnly(TreatmentFacts facts)
    {
        if (facts["mount /.harness"]?.Split(' ') is not { Length: > 5 } fields)
            return null;
        var isReadOnly = fields[5].Split(',').Contains("ro");
        return new Word(isReadOnly, isReadOnly ? "read-only" : "writable", "the mounts in the sandbox");
    }

    /// <summary>Whose user ids it has.</summary>
    /// <param name="facts">What the agent saw.</param>
    /// <param name="isMapped">Whether the sandbox is to have a user namespace of its own.</param>
    /// <param name="own">The harness's own map where it has the same kernel; else null.</param>
    internal static Word? Users(TreatmentFacts facts, bool isMapped, string? own)
    {
        if (facts["uid_map"] is not { } text)
            return null;
        var map = string.Join(' ', text.Replace("\\n", ";", StringComparison.Ordinal).Split(' ', StringSplitOptions.RemoveEmptyEntries));
        var isWhole = map == "0 0 4294967295";
        if (isMapped)
            return new Word(!isWhole, isWhole ? "none" : $"its own ({map})", "uid_map in the sandbox");
        // One that is in another namespace itself shows that one's map: without its own kernel's knowledge nothing follows from it.
        return isWhole || own == map ? new Word(true, "none", "uid_map in the sandbox")
            : own is null ? null
            : new Word(false, $"its own ({map})", "uid_map in the sandbox");
    }

    /// <summary>Which namespaces are its own and not the harness's; both must be of one kernel.</summary>
    /// <param name="facts">What the agent saw.</param>
    /// <param name="own">Whether it is to have its own.</param>
    internal static Word? Namespaces(TreatmentFacts facts, bool own)
    {
        var pairs = Separate.Select(name => (Name: name, Its: facts["namespace " + name], Ours: Link("/proc/self/ns/" + name))).ToImmutableArray();
        if (pairs.Any(pair => pair.Its is null || pair.Ours is null))
            return null;
        var differing = pairs.Where(pair => pair.Its != pair.Ours).Select(pair => pair.Name).ToImmutableArray();
        return new Word(
            own ? differing.Length == pairs.Length : differing.IsEmpty,
            differing.IsEmpty ? "the host's" : differing.Length == pairs.Length ? "its own" : $"the host's {string.Join(", ", Separate.Except(differing))}",
            "/proc/self/ns in the sandbox and outside of it");
    }

    /// <summary>The harness's own map of user ids.</summary>
    internal static string? OwnUsers()
    {
        try
        {
            return string.Join(' ', File.ReadAllText("/proc/self/uid_map").TrimEnd('\n').Replace("\n", " ;", StringComparison.Ordinal).Split(' ', StringSplitOptions.RemoveEmptyEntries));
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static string? Link(string path)
    {
        try
        {
            return new FileInfo(path).LinkTarget;
        }
        catch (IOException)
        {
            return null;
        }
    }
}
