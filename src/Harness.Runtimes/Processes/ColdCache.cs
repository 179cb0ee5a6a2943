namespace Harness.Runtimes.Processes;

/// <summary>
/// Starting with cold caches: the kernel gives back its page cache, directory entries and inodes. Whatever is kept in memory of
/// programs that run stays, and so do the device's own caches.
/// </summary>
internal static class ColdCache
{
    /// <summary>The cells' setting.</summary>
    internal const string Setting = "cache=cold";

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

    /// <summary>Writes back what is dirty, then drops everything that is clean.</summary>
    /// <exception cref="IOException">It is not permitted.</exception>
    internal static void Drop()
    {
        if (!OperatingSystem.IsLinux())
            throw new PlatformNotSupportedException();
        Native.Sync();
        // 3: page cache, and directory entries and inodes.
        using var file = Open();
        file.Write("3\n"u8);
    }

    // Shared: .NET would lock the file otherwise, and cells are prepared side by side.
    private static FileStream Open() => new(File, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
}
