using System.Globalization;

namespace Harness.Sandboxes.Treatments;

/// <summary>Sets of capabilities as the kernel shows them. Source: include/uapi/linux/capability.h.</summary>
internal static class KernelCapabilities
{
    /// <summary>Docker's default set, and with it that of <c>/runc</c> and <c>/crun</c>.</summary>
    internal const ulong Default = 0xa80425fb;

    /// <summary>CAP_MKNOD: the runtime <c>namespaces</c> keeps it from its sandboxes.</summary>
    internal const ulong Mknod = 1UL << 27;

    private static readonly ImmutableArray<string> Names =
    [
        "CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID", "SETPCAP", "LINUX_IMMUTABLE", "NET_BIND_SERVICE", "NET_BROADCAST",
        "NET_ADMIN", "NET_RAW", "IPC_LOCK", "IPC_OWNER", "SYS_MODULE", "SYS_RAWIO", "SYS_CHROOT", "SYS_PTRACE", "SYS_PACCT", "SYS_ADMIN", "SYS_BOOT", "SYS_NICE",
        "SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG", "MKNOD", "LEASE", "AUDIT_WRITE", "AUDIT_CONTROL", "SETFCAP", "MAC_OVERRIDE", "MAC_ADMIN", "SYSLOG", "WAKE_ALARM",
        "BLOCK_SUSPEND", "AUDIT_READ", "PERFMON", "BPF", "CHECKPOINT_RESTORE",
    ];

    /// <summary>The bit of a capability by its name without <c>CAP_</c>; null where none is known.</summary>
    internal static ulong? Bit(string name) => Names.IndexOf(name) is >= 0 and var number ? 1UL << number : null;

    /// <summary>The set of capabilities by their names, with <c>CAP_</c> or without.</summary>
    internal static ulong Set(IEnumerable<string> names) =>
        names.Aggregate(0UL, (set, name) => set | (Bit(name.StartsWith("CAP_", StringComparison.Ordinal) ? name[4..] : name) ?? 0));

    /// <summary>A line of /proc/PID/status.</summary>
    internal static ulong? Parse(string? text) => ulong.TryParse(text, NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var set) ? set : null;

    /// <summary>As a reader wants it: what differs from Docker's default.</summary>
    internal static string Text(ulong set)
    {
        if (set == 0)
            return "none";
        var (more, less) = (Listed(set & ~Default), Listed(Default & ~set));
        return string.Join(' ', new[] { "Docker's default", more.Length > 0 ? $"with {more}" : "", less.Length > 0 ? $"without {less}" : "" }.Where(part => part.Length > 0));
    }

    private static string Listed(ulong set)
    {
        var names = Enumerable.Range(0, 64).Where(bit => (set >> bit & 1) == 1).Select(bit => bit < Names.Length ? Names[bit] : bit.ToString(CultureInfo.InvariantCulture)).ToList();
        return names.Count > 6 ? $"{string.Join(", ", names.Take(5))} and {(names.Count - 5).ToString(CultureInfo.InvariantCulture)} more" : string.Join(", ", names);
    }
}
