using Harness.Runtimes.Processes;

namespace Harness.Runtimes.PrivateEngine;

/// <summary>The processes that use the private daemon. Ask only while holding its mutex.</summary>
internal static class DaemonUsers
{
    /// <summary>Whether a living process holds a user's lock. Locks of dead ones are removed.</summary>
    internal static bool Any(EnginePaths paths) => !Held(paths.Users).IsEmpty;

    /// <summary>The locks of a folder that living processes hold. Those of dead ones are removed.</summary>
    internal static ImmutableArray<string> Held(string folder)
    {
        var held = ImmutableArray.CreateBuilder<string>();
        foreach (var file in Directory.Exists(folder) ? Directory.EnumerateFiles(folder, "*.lock") : [])
        {
            if (FileLock.TryAcquire(file) is { } stale)
                stale.DeleteAndRelease();
            else
                held.Add(file);
        }

        return held.ToImmutable();
    }
}
