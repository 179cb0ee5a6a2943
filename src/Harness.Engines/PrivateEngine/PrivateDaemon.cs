using System.Runtime.Versioning;
using Harness.Core;
using Harness.Engines.Connecting;
using Harness.Engines.Endpoints;
using Harness.Host.Paths;
using Harness.Host.Processes;

namespace Harness.Engines.PrivateEngine;

/// <summary>
/// This process's share in the private daemon. Joining starts the daemon where it does not run; leaving stops it
/// where nobody else uses it.
/// </summary>
[SupportedOSPlatform("linux")]
public sealed class PrivateDaemon : IAsyncDisposable
{
    private readonly EnginePaths _paths;
    private readonly FileLock _user;

    private PrivateDaemon(EnginePaths paths, FileLock user) => (_paths, _user) = (paths, user);

    /// <summary>Where the daemon of these paths listens.</summary>
    public static EngineEndpoint EndpointOf(EnginePaths paths) => new(new Uri("unix://" + paths.Socket), EngineEndpoint.ByPrivateDaemon);

    /// <summary>Uses the running daemon, or starts it after clearing what a dead one left.</summary>
    /// <exception cref="HarnessException">It does not start; the message names its log.</exception>
    public static async Task<PrivateDaemon> JoinAsync(EnginePaths paths, IProgress<string> messages, CancellationToken cancellation)
    {
        if (paths.TooDeep is { } reason)
            throw new HarnessException(reason);
        EnginePaths.CreatePrivate(paths.Users);
        OwnedPath.Check(
            paths.Root, Path.GetDirectoryName(paths.Users)!, paths.Users, paths.Data, paths.Exec,
            paths.Settings, paths.ContainerdSettings, paths.PidFile, paths.Socket, paths.ContainerdSocket);
        using var mutex = await FileLock.AcquireAsync(paths.Mutex, cancellation);
        var user = FileLock.TryAcquire(Path.Combine(paths.Users, $"{Environment.ProcessId}-{Guid.NewGuid():N}.lock"))
            ?? throw new HarnessException($"'{paths.Users}' cannot be locked: set XDG_CACHE_HOME to a local file system");
        try
        {
            if (!await DaemonProcess.AnswersAsync(paths, cancellation))
            {
                DaemonSweep.EndProcesses(paths);
                DaemonSweep.RemoveRemains(paths);
                messages.Report($"starting a private Docker daemon ({paths.Root})");
                await DaemonProcess.StartAsync(paths, cancellation);
            }
            else
            {
                DaemonProcess.Refresh(paths);
            }

            return new PrivateDaemon(paths, user);
        }
        catch
        {
            user.DeleteAndRelease();
            if (!DaemonUsers.Any(paths))
                await StopAsync(paths, CancellationToken.None);
            throw;
        }
    }

    /// <summary>
    /// Stops the daemon unless a living process uses it, and removes what is left of it. For whoever cleans up
    /// after a process that could not. False: it is in use, or was not there at all.
    /// </summary>
    public static async Task<bool> StopUnusedAsync(EnginePaths paths, CancellationToken cancellation)
    {
        if (!Directory.Exists(paths.Users))
            return false;
        using var mutex = await FileLock.AcquireAsync(paths.Mutex, cancellation);
        if (DaemonUsers.Any(paths) || !DaemonSweep.AnythingLeft(paths))
            return false;
        await StopAsync(paths, cancellation);
        return true;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        // Half a minute is far more than stopping takes; it bounds waiting for another process that starts the daemon right now.
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        using var mutex = await FileLock.AcquireAsync(_paths.Mutex, limit.Token);
        _user.DeleteAndRelease();
        if (!DaemonUsers.Any(_paths))
            await StopAsync(_paths, limit.Token);
    }

    private static async Task StopAsync(EnginePaths paths, CancellationToken cancellation)
    {
        // Shims and gVisor's processes outlive a daemon that ends with containers registered.
        await RemoveContainersAsync(paths, cancellation);
        await DaemonProcess.EndAsync(paths, cancellation);
        DaemonSweep.EndProcesses(paths);
        DaemonSweep.RemoveRemains(paths);
    }

    private static async Task RemoveContainersAsync(EnginePaths paths, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(TimeSpan.FromSeconds(5));
        try
        {
            using var connection = await EngineConnection.OpenAsync(EndpointOf(paths), TimeSpan.FromSeconds(2), limit.Token);
            var containers = await connection.Engine.ListAsync(label: null, limit.Token);
            await Parallel.ForEachAsync(containers, limit.Token, async (container, token) =>
                await EngineContainers.RemoveOneAsync(connection, container.Id, token));
        }
        catch (Exception e) when (!cancellation.IsCancellationRequested)
        {
            // A daemon that does not answer is ended all the same; what its containers leave is swept by path.
            _ = e;
        }
    }
}
