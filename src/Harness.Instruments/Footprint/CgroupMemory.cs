using System.Globalization;

namespace Harness.Instruments.Footprint;

/// <summary>What a container's control group accounts for. Sources: memory.txt (version 1), cgroup-v2.rst.</summary>
/// <param name="Bytes">All of it, page cache included.</param>
/// <param name="KernelBytes">The kernel's part of it; null where the hierarchy does not tell.</param>
internal sealed record CgroupMemory(long Bytes, long? KernelBytes)
{
    /// <summary>The group of a process; null where it is in none of its own, as the payload of a runtime that makes none.</summary>
    /// <param name="id">A process of it.</param>
    /// <param name="root">Where the hierarchies are mounted.</param>
    internal static CgroupMemory? Read(int id, string root = "/sys/fs/cgroup")
    {
        try
        {
            var groups = File.ReadAllText($"/proc/{id.ToString(CultureInfo.InvariantCulture)}/cgroup");
            var (folder, first) = Folder(groups, root);
            return folder is null || !IsContainers(folder) ? null
                : first ? ReadFirst(folder) : ReadSecond(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Where a process's memory is accounted, and whether by version 1, from its <c>/proc/N/cgroup</c>.</summary>
    internal static (string? Folder, bool IsFirst) Folder(string groups, string root)
    {
        string? second = null;
        foreach (var line in groups.Split('\n'))
        {
            if (line.Split(':', 3) is not [_, var controllers, var path])
                continue;
            if (controllers.Split(',').Contains("memory"))
                return (root + "/memory" + path, true);
            if (controllers.Length == 0)
                second = root + path;
        }

        return (second, false);
    }

    // An engine names a container's group by its 64 hex digits; a shared one would count others.
    private static bool IsContainers(string folder) =>
        Path.GetFileName(folder) is { Length: >= 64 } name && name.Count(char.IsAsciiHexDigitLower) >= 64;

    private static CgroupMemory ReadFirst(string folder) => new(
        Number(Path.Combine(folder, "memory.usage_in_bytes")) ?? throw new IOException("no memory.usage_in_bytes"),
        Number(Path.Combine(folder, "memory.kmem.usage_in_bytes")));

    private static CgroupMemory ReadSecond(string folder)
    {
        var kernel = File.ReadLines(Path.Combine(folder, "memory.stat")).FirstOrDefault(line => line.StartsWith("kernel ", StringComparison.Ordinal));
        return new CgroupMemory(
            Number(Path.Combine(folder, "memory.current")) ?? throw new IOException("no memory.current"),
            kernel is null ? null : long.Parse(kernel["kernel ".Length..], CultureInfo.InvariantCulture));
    }

    private static long? Number(string file) =>
        File.Exists(file) && long.TryParse(File.ReadAllText(file).Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : null;
}
