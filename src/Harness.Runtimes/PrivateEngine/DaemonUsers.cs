using Harness.Runtimes.Processes;

namespace Harness.Runtimes.PrivateEngine;

/// <summary>The processes that use the private daemon. Ask only while holding its mutex.</summary>
internal static class DaemonUsers
{
    /// <summary>Whether a living process holds a user's lock. Locks of dead ones are removed.</summary>
    internal static bool Any(EnginePaths paths)
    {
        if (!Directory.Exists(paths.Users))
            return false;
        var alive = false;
        foreach (var file in Directory.EnumerateFiles(paths.Users, "*.lock"))
        {
            if (FileLock.TryAcquire(file) is { } stale)
                stale.DeleteAndRelease();
            else
                alive = true;
        }

        return alive;
    }
}
