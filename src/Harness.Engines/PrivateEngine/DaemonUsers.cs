using Harness.Host.Paths;
using Harness.Host.Processes;

namespace Harness.Engines.PrivateEngine;

/// <summary>The processes that use the private daemon. Ask only while holding its mutex.</summary>
internal static class DaemonUsers
{
    /// <summary>Whether a living process holds a user's lock. Locks of dead ones are removed.</summary>
    internal static bool Any(EnginePaths paths) => !FileLock.Held(paths.Users).IsEmpty;
}
