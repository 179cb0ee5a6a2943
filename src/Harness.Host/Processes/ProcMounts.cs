using Harness.Core.Model;

namespace Harness.Host.Processes;

/// <summary>
/// Which facts about the kernel are not the kernel's own here: container managers (LXC, Incus, systemd-nspawn) mount files of their own over
/// some of /proc's, and a process of the host then reads those.
/// </summary>
internal static class ProcMounts
{
    private const string Proc = "/proc";

    private static readonly ImmutableArray<(string Metric, string Path)> _facts =
        [("boot_id", "/proc/sys/kernel/random/boot_id"), ("btime", "/proc/stat"), ("cmdline_sha256", "/proc/cmdline")];

    /// <summary>Readings <c>mounted_over</c> as this process sees its mounts: the subject is the metric that is not the kernel's word.</summary>
    internal static ImmutableArray<Observation> Readings() => OperatingSystem.IsLinux() ? Readings([.. File.ReadLines("/proc/self/mountinfo")]) : [];

    /// <summary>The same over given lines of mountinfo.</summary>
    internal static ImmutableArray<Observation> Readings(ImmutableArray<string> mountinfo)
    {
        var mounts = mountinfo.Select(Mount.Parse).OfType<Mount>().ToList();
        return
        [
            .. _facts
                .Select(fact => (fact.Metric, fact.Path, Mount: Read(mounts, fact.Path)))
                .Where(fact => fact.Mount is { } mount && !mount.IsProcAt(fact.Path))
                .Select(fact => Observation.OfText("mounted_over", fact.Metric, $"{fact.Path}: {fact.Mount!.Type} is mounted at {fact.Mount.Target}")),
        ];
    }

    // The way that a path takes: from the root through each mount that lies on it. Neither the order of lines nor the longest target tells:
    // the root may stand last, and a mount hides those that were made below its place before.
    private static Mount? Read(List<Mount> mounts, string path)
    {
        var ids = mounts.Select(mount => mount.Id).ToHashSet(StringComparer.Ordinal);
        var at = mounts.Find(mount => mount.Target == "/" && (!ids.Contains(mount.Parent) || mount.Parent == mount.Id));
        // No longer way than there are mounts, whatever the lines say.
        for (var steps = 0; at is not null && steps < mounts.Count; steps++)
        {
            var next = mounts.Where(mount => mount.Parent == at.Id && mount.Id != at.Id && mount.Holds(path)).MinBy(mount => mount.Target.Length);
            if (next is null)
            {
                break;
            }

            at = next;
        }

        return at;
    }

    /// <summary>One mount: what of its file system it shows, and where.</summary>
    private sealed record Mount(string Id, string Parent, string Root, string Target, string Type)
    {
        // id parent major:minor root target options [optional…] - type source options
        internal static Mount? Parse(string line)
        {
            var fields = line.Split(' ');
            var dash = Array.IndexOf(fields, "-");
            return dash >= 6 && fields.Length > dash + 1 ? new Mount(fields[0], fields[1], fields[3], fields[4], fields[dash + 1]) : null;
        }

        internal bool Holds(string path) => Target == "/" || path == Target || path.StartsWith(Target + "/", StringComparison.Ordinal);

        // A part of proc that is mounted where it stands anyway, as managers do to make it read-only, hides nothing.
        internal bool IsProcAt(string path) => Type == "proc" && Root.TrimEnd('/') + path[(Target == "/" ? 0 : Target.Length)..] == path[Proc.Length..];
    }
}
