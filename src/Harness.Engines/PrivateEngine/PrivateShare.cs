using System.Runtime.Versioning;
using Harness.Core;
using Harness.Host.Paths;
using Harness.Host.Processes;

namespace Harness.Engines.PrivateEngine;

/// <summary>
/// This process's share in a private engine. Joining starts the engine where it does not run; leaving stops it where nobody else uses it.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed class PrivateShare : IAsyncDisposable
{
    private readonly IPrivateKind _kind;
    private readonly FileLock _user;

    private PrivateShare(IPrivateKind kind, FileLock user) => (_kind, _user) = (kind, user);

    /// <summary>Uses the running engine, or starts it.</summary>
    /// <exception cref="HarnessException">It does not start; the message names its log.</exception>
    internal static async Task<PrivateShare> JoinAsync(IPrivateKind kind, IProgress<string> messages, CancellationToken cancellation)
    {
        if (kind.TooDeep is { } reason)
            throw new HarnessException(reason);
        EnginePaths.CreatePrivate(kind.Users);
        OwnedPath.Check([.. kind.Trusted]);
        using var mutex = await FileLock.AcquireAsync(kind.Mutex, cancellation);
        var isShared = IsUsed(kind);
        var user = FileLock.TryAcquire(Path.Combine(kind.Users, $"{Environment.ProcessId}-{Guid.NewGuid():N}.lock"))
            ?? throw new HarnessException($"'{kind.Users}' cannot be locked: set XDG_CACHE_HOME to a local file system");
        try
        {
            await kind.EnsureAsync(isShared, messages, cancellation);
            return new PrivateShare(kind, user);
        }
        catch
        {
            user.DeleteAndRelease();
            if (!IsUsed(kind))
                await kind.StopAsync(CancellationToken.None);
            throw;
        }
    }

    /// <summary>
    /// Stops the engine unless a living process uses it, and removes what is left of it. For whoever cleans up after a process that could not.
    /// False: it is in use, or was not there at all.
    /// </summary>
    internal static async Task<bool> StopUnusedAsync(IPrivateKind kind, CancellationToken cancellation)
    {
        if (!Directory.Exists(kind.Users))
            return false;
        using var mutex = await FileLock.AcquireAsync(kind.Mutex, cancellation);
        if (IsUsed(kind) || !kind.AnythingLeft())
            return false;
        await kind.StopAsync(cancellation);
        return true;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        // Half a minute is far more than stopping takes; it bounds waiting for another process that starts the engine right now.
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        using var mutex = await FileLock.AcquireAsync(_kind.Mutex, limit.Token);
        _user.DeleteAndRelease();
        if (!IsUsed(_kind))
            await _kind.StopAsync(limit.Token);
    }

    // Locks of dead processes are removed.
    private static bool IsUsed(IPrivateKind kind) => !FileLock.Held(kind.Users).IsEmpty;
}
