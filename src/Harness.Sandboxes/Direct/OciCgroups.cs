using System.Globalization;
using System.Runtime.Versioning;
using Harness.Host.Processes;

namespace Harness.Sandboxes.Direct;

/// <summary>The cgroups of containers that were started without an engine.</summary>
[SupportedOSPlatform("linux")]
internal static class OciCgroups
{
    /// <summary>What their names begin with; the harness's process id follows.</summary>
    internal const string Prefix = "harness-";

    private const string Root = "/sys/fs/cgroup";

    /// <summary>Removes those of harnesses that are gone: an OCI runtime that is killed leaves its container's.</summary>
    internal static void Sweep()
    {
        if (!Directory.Exists(Root))
            return;
        // Version 2 has one hierarchy, version 1 one a controller.
        foreach (var hierarchy in Directory.EnumerateDirectories(Root).Prepend(Root))
        {
            foreach (var group in Directory.EnumerateDirectories(hierarchy, Prefix + "*"))
            {
                var owner = Path.GetFileName(group)[Prefix.Length..].Split('-')[0];
                if (int.TryParse(owner, NumberStyles.None, CultureInfo.InvariantCulture, out var id) && ProcessTable.Find(id) is null)
                    TryRemove(group);
            }
        }
    }

    private static void TryRemove(string group)
    {
        try
        {
            // A cgroup's files are no files: the folder alone is removed, and only where no process is in it.
            Directory.Delete(group);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Processes live in it, or another harness was faster.
        }
    }
}
