using Harness.Engines.Endpoints;
using Harness.Host.Processes;

namespace Harness.Sandboxes.Containers;

/// <summary>Whether an engine sees this machine's files, so that a folder can be mounted instead of copied.</summary>
/// <param name="cache">The cache's folder: what is mounted lies in it.</param>
/// <param name="prove">Runs a container with such a mount. Null: it worked; else why it did not.</param>
/// <param name="owner">Ends the proof.</param>
internal sealed class SharedFiles(string cache, Func<CancellationToken, Task<string?>> prove, CancellationToken owner)
{
    private readonly AsyncOnce<string?> _proof = new(prove, owner);

    /// <summary>Null: it does; else why not. Asked of an engine once.</summary>
    internal async Task<string?> MissingAsync(EngineEndpoint endpoint, CancellationToken cancellation)
    {
        if (!OperatingSystem.IsLinux() || (endpoint.Address.Scheme != "unix" && !endpoint.IsInOwnMachine))
            return "the engine is not on this host";
        // A mount has the flags of what it shows.
        if (ExecutableFolder.Missing(cache) is { } noexec)
            return noexec;
        // An engine behind a local socket may still be in a machine or a container with other files.
        return endpoint.IsPrivate ? null : await _proof.GetAsync(cancellation);
    }
}
