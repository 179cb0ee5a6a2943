using System.Text.RegularExpressions;
using Harness.Host.Processes;
using Harness.Sandboxes.Tracing;

namespace Harness.Sandboxes.Containers;

/// <summary>By what a container is started.</summary>
internal enum ContainerPath
{
    /// <summary>The engine's API, called by the harness.</summary>
    Api,

    /// <summary><c>docker run</c>.</summary>
    Cli,

    /// <summary>Testcontainers for .NET.</summary>
    Testcontainers,
}

/// <summary>What a cell's variant changes about its container.</summary>
internal sealed partial record ContainerVariant
{
    // Docker's, as confine.h of the agent has them.
    private static readonly ImmutableArray<string> DefaultCapabilities =
    [
        "AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE", "NET_RAW", "SETFCAP", "SETGID", "SETPCAP",
        "SETUID", "SYS_CHROOT",
    ];

    /// <summary><c>none</c> or <c>bridge</c>.</summary>
    internal string Network { get; init; } = "none";

    /// <summary>Passed to the engine in addition to no-new-privileges.</summary>
    internal ImmutableArray<string> SecurityOptions { get; init; } = [];

    /// <summary>Whether no-new-privileges is left out. No cell can ask for that: it finds out what an engine refuses.</summary>
    internal bool MayGainPrivileges { get; init; }

    /// <summary>Whether all capabilities are taken away.</summary>
    internal bool DropsCapabilities { get; init; }

    /// <summary>Capabilities beside the engine's default ones, as the engine spells them: <c>SYS_PTRACE</c>.</summary>
    internal ImmutableArray<string> AddedCapabilities { get; init; } = [];

    /// <summary>
    /// Why no program of the image's can be run with these settings; null where it can. With capabilities beyond the engine's default ones a program
    /// could take over the agent, so the agent gives them up for it, and what then ran would not be what the variant names.
    /// </summary>
    internal string? BuiltinsOnly => AddedCapabilities.Except(DefaultCapabilities, StringComparer.Ordinal).ToImmutableArray() is { IsEmpty: false } beyond
        ? $"caps=+{beyond[0].ToLowerInvariant()} holds for the agent's own probes only: the agent gives up {beyond[0]} before it runs a program of the image's, which could otherwise write readings of its own"
        : null;

    /// <summary>By what it is started.</summary>
    internal ContainerPath Path { get; init; }

    /// <summary>Whether the kernel's caches are dropped before each start.</summary>
    internal bool IsCold { get; init; }

    /// <summary>Whether its start is watched from outside, which costs something: never in a contest with one that is not.</summary>
    internal bool IsTraced { get; init; }

    /// <summary>Reads <c>key=value;…</c>. Null with a reason where a setting is not known to this runtime.</summary>
    internal static ContainerVariant? Parse(string variant, out string reason)
    {
        var result = new ContainerVariant();
        reason = "";
        foreach (var setting in variant.Split(';', StringSplitOptions.RemoveEmptyEntries))
        {
            ContainerVariant? next = setting switch
            {
                "seccomp=unconfined" => result with { SecurityOptions = result.SecurityOptions.Add("seccomp=unconfined") },
                "caps=none" => result with { DropsCapabilities = true },
                _ when Capability().Match(setting) is { Success: true } match =>
                    result with { AddedCapabilities = result.AddedCapabilities.Add(match.Groups[1].Value.ToUpperInvariant()) },
                "net=none" => result,
                "net=bridge" => result with { Network = "bridge" },
                "path=api" => result,
                "path=cli" => result with { Path = ContainerPath.Cli },
                "path=testcontainers" => result with { Path = ContainerPath.Testcontainers },
                ColdCache.Setting => result with { IsCold = true },
                StartTrace.Setting => result with { IsTraced = true },
                _ => null,
            };
            if (next is null)
            {
                reason = $"containers have no setting '{setting}': known are seccomp=unconfined, caps=none, caps=+NAME, net=bridge, path=cli, path=testcontainers, cache=cold, trace=on";
                return null;
            }

            result = next;
        }

        return result;
    }

    [GeneratedRegex("^caps=\\+([a-z][a-z0-9_]*)$")]
    private static partial Regex Capability();
}
