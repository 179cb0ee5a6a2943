using System.Runtime.Versioning;

namespace Harness.Engines.PrivateEngine;

/// <summary>A kind of engine that the harness starts on this host: its files, and how it is started and ended. All calls are made holding its mutex.</summary>
[SupportedOSPlatform("linux")]
internal interface IPrivateKind
{
    /// <summary>Held for the short time in which it is started or stopped.</summary>
    string Mutex { get; }

    /// <summary>The folder with one locked file a process that uses it.</summary>
    string Users { get; }

    /// <summary>Why it cannot live in its folder; null where it can.</summary>
    string? TooDeep { get; }

    /// <summary>What must be the user's own before it is trusted.</summary>
    ImmutableArray<string> Trusted { get; }

    /// <summary>Starts what of it does not run, after clearing what a dead one left.</summary>
    /// <param name="isShared">Whether others use it: what of it lives is theirs too, and is not ended because it is slow to answer.</param>
    /// <param name="messages">Told what takes time.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="Core.HarnessException">It does not start, and the message names its log; or others use it, and it does not answer.</exception>
    Task EnsureAsync(bool isShared, IProgress<string> messages, CancellationToken cancellation);

    /// <summary>Whether processes, mounts or a socket of it are there.</summary>
    bool AnythingLeft();

    /// <summary>Ends it, and removes all but its images.</summary>
    Task StopAsync(CancellationToken cancellation);
}
