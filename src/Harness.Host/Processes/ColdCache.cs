using Harness.Core.Model;

namespace Harness.Host.Processes;

/// <summary>
/// Starting with cold caches: the kernel gives back its page cache, directory entries and inodes. Whatever is kept in memory of
/// programs that run stays, and so do the device's own caches.
/// </summary>
internal static class ColdCache
{
    /// <summary>The cells' setting.</summary>
    internal const string Setting = Cell.ColdCaches;

    private const string File = "/proc/sys/vm/drop_caches";

    /// <summary>Why it cannot be done here; null where it can. Trying is the only way to know: a container's root may be refused.</summary>
    internal static string? Missing()
    {
        if (!OperatingSystem.IsLinux())
            return "caches are dropped on Linux only";
        try
        {
            using var file = Open();
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"caches cannot be dropped ({File} is not writable): run the harness as root, not in a container";
        }
    }

    /// <summary>Writes back what is dirty, then drops everything that is clean. Returns what was cached before and after.</summary>
    /// <param name="files">Files that the start reads, to be looked at afterwards; none where starting is measured, since looking finds their inodes again.</param>
    /// <exception cref="IOException">It is not permitted.</exception>
    internal static CacheDrop Drop(params ImmutableArray<string> files)
    {
        if (!OperatingSystem.IsLinux())
            throw new PlatformNotSupportedException();
        Native.Sync();
        // 3: page cache, and directory entries and inodes.
        var before = Cached();
        using (var file = Open())
            file.Write("3\n"u8);
        return new CacheDrop(before, Cached(), CachedPages.Of(files));
    }

    // In memory that files alone are in: what tmpfs holds is counted with it, and cannot be dropped.
    private static long Cached()
    {
        var lines = System.IO.File.ReadLines("/proc/meminfo").Select(line => line.Split([':', ' '], StringSplitOptions.RemoveEmptyEntries)).ToLookup(fields => fields[0], fields => long.Parse(fields[1], System.Globalization.CultureInfo.InvariantCulture), StringComparer.Ordinal);
        return (lines["Cached"].FirstOrDefault() - lines["Shmem"].FirstOrDefault()) << 10;
    }

    // Shared: .NET would lock the file otherwise, and cells are prepared side by side.
    private static FileStream Open() => new(File, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
}

/// <summary>Bytes of files that were cached before and after a drop.</summary>
/// <param name="Before">Of all files.</param>
/// <param name="After">Of all files.</param>
/// <param name="Own">Of the files that the start reads, after the drop; null where they were not looked at.</param>
internal sealed record CacheDrop(long Before, long After, CachedPages? Own = null)
{
    /// <summary>Whether there was less afterwards.</summary>
    internal bool Shrank => After < Before;

    /// <summary>In words.</summary>
    internal string Text => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{Before >> 20} MiB cached before, {After >> 20} MiB after");
}
