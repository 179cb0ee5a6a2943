using System.Runtime.Versioning;
using Harness.Core;
using Harness.Engines.Connecting;
using Harness.Engines.Endpoints;
using Harness.Host.Paths;

namespace Harness.Engines.PrivateEngine;

/// <summary>This process's share in the private Docker daemon.</summary>
[SupportedOSPlatform("linux")]
public sealed class PrivateDaemon : IAsyncDisposable
{
    private readonly PrivateShare _share;

    private PrivateDaemon(PrivateShare share) => _share = share;

    /// <summary>Where the daemon of these paths listens.</summary>
    public static EngineEndpoint EndpointOf(EnginePaths paths) => new(new Uri("unix://" + paths.Socket), EngineEndpoint.ByPrivateDaemon);

    /// <summary>Uses the running daemon, or starts it after clearing what a dead one left.</summary>
    /// <exception cref="HarnessException">It does not start; the message names its log.</exception>
    public static async Task<PrivateDaemon> JoinAsync(EnginePaths paths, IProgress<string> messages, CancellationToken cancellation) =>
        new(await PrivateShare.JoinAsync(new Kind(paths), messages, cancellation));

    /// <summary>
    /// Stops the daemon unless a living process uses it, and removes what is left of it. For whoever cleans up
    /// after a process that could not. False: it is in use, or was not there at all.
    /// </summary>
    public static Task<bool> StopUnusedAsync(EnginePaths paths, CancellationToken cancellation) => PrivateShare.StopUnusedAsync(new Kind(paths), cancellation);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _share.DisposeAsync();

    private sealed class Kind(EnginePaths paths) : IPrivateKind
    {
        public string Mutex => paths.Mutex;

        public string Users => paths.Users;

        public string? TooDeep => paths.TooDeep;

        public ImmutableArray<string> Trusted =>
        [
            paths.Root, Path.GetDirectoryName(paths.Users)!, paths.Users, paths.Data, paths.Exec,
            paths.Settings, paths.ContainerdSettings, paths.PidFile, paths.Socket, paths.ContainerdSocket,
        ];

        public async Task EnsureAsync(bool isShared, IProgress<string> messages, CancellationToken cancellation)
        {
            if (await DaemonProcess.AnswersAsync(paths, cancellation) || (isShared && await DaemonProcess.AnswersLateAsync(paths, cancellation)))
            {
                DaemonProcess.Refresh(paths);
                return;
            }

            DaemonSweep.EndProcesses(paths);
            DaemonSweep.RemoveRemains(paths);
            messages.Report($"starting a private Docker daemon ({paths.Root})");
            await DaemonProcess.StartAsync(paths, cancellation);
        }

        public bool AnythingLeft() => DaemonSweep.AnythingLeft(paths);

        public async Task StopAsync(CancellationToken cancellation)
        {
            // Shims and gVisor's processes outlive a daemon that ends with containers registered.
            await EngineContainers.RemoveAllAsync(EndpointOf(paths), cancellation);
            await DaemonProcess.EndAsync(paths, cancellation);
            DaemonSweep.EndProcesses(paths);
            DaemonSweep.RemoveRemains(paths);
        }
    }
}
