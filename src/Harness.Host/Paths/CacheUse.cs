using System.Globalization;
using Harness.Core;
using Harness.Host.Processes;

namespace Harness.Host.Paths;

/// <summary>
/// Says that a process uses the cache, by a lock that the kernel releases with the process: it holds for cleaning in another PID
/// namespace too, where the process has another number or none.
/// </summary>
internal static class CacheUse
{
    /// <summary>Taken as long as a process uses the cache.</summary>
    /// <exception cref="HarnessException">The folder cannot be locked.</exception>
    internal static FileLock Begin(EnginePaths paths)
    {
        EnginePaths.CreatePrivate(Folder(paths));
        return FileLock.TryAcquire(Path.Combine(Folder(paths), string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessId}-{Guid.NewGuid():N}.lock")))
            ?? throw new HarnessException($"'{paths.Root}' cannot be locked: set XDG_CACHE_HOME to a local file system");
    }

    /// <summary>The process ids, each in its own namespace, of those that use the cache. Locks of dead ones are removed.</summary>
    internal static ImmutableHashSet<int> Processes(EnginePaths paths) =>
        [.. FileLock.Held(Folder(paths)).Select(file => int.TryParse(Path.GetFileName(file).Split('-')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var process) ? process : 0)];

    private static string Folder(EnginePaths paths) => Path.Combine(paths.Root, "users");
}
