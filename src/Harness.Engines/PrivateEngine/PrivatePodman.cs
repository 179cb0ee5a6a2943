using System.Runtime.Versioning;
using Harness.Core;
using Harness.Engines.Connecting;
using Harness.Engines.Endpoints;
using Harness.Host.Paths;

namespace Harness.Engines.PrivateEngine;

/// <summary>
/// This process's share in a Podman of the harness's own. It is as many services as there are OCI runtimes, over one store: Podman runs every container
/// of a service under the runtime of that one's settings, whatever its API is asked for.
/// </summary>
[SupportedOSPlatform("linux")]
public sealed class PrivatePodman : IAsyncDisposable
{
    private readonly PrivateShare _share;

    private PrivatePodman(PrivateShare share) => _share = share;

    /// <summary>Uses the running services, and starts those that do not run.</summary>
    /// <exception cref="HarnessException">They do not start; the message names their log.</exception>
    public static async Task<PrivatePodman> JoinAsync(EnginePaths paths, IProgress<string> messages, CancellationToken cancellation) =>
        new(await PrivateShare.JoinAsync(new Kind(new PodmanPaths(paths)), messages, cancellation));

    /// <summary>Stops it unless a living process uses it, and removes what is left of it. False: it is in use, or was not there at all.</summary>
    public static Task<bool> StopUnusedAsync(EnginePaths paths, CancellationToken cancellation) =>
        PrivateShare.StopUnusedAsync(new Kind(new PodmanPaths(paths)), cancellation);

    /// <summary>Connects to all its services. The first one answers for images and facts.</summary>
    /// <exception cref="HarnessException">One does not answer.</exception>
    public static async Task<EngineConnection> OpenAsync(EnginePaths paths, CancellationToken cancellation)
    {
        var podman = new PodmanPaths(paths);
        var services = ImmutableSortedDictionary.CreateBuilder<string, EngineConnection>(StringComparer.Ordinal);
        foreach (var runtime in PodmanServices.Runtimes())
            services[runtime] = await EngineConnection.OpenAsync(PodmanServices.EndpointOf(podman, runtime), TimeSpan.FromSeconds(10), cancellation);
        var first = PodmanServices.Runtimes()[0];
        return new EngineConnection(services[first].Endpoint, services[first].Engine) { ByRuntime = services.ToImmutable() };
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _share.DisposeAsync();

    private sealed class Kind(PodmanPaths paths) : IPrivateKind
    {
        public string Mutex => paths.Mutex;

        public string Users => paths.Users;

        // Its sockets are no deeper than those of the private Docker.
        public string? TooDeep => paths.Engine.TooDeep;

        public ImmutableArray<string> Trusted =>
        [
            paths.Engine.Root, paths.Folder, paths.Users, paths.Store, paths.Run, paths.Temporary, paths.States, paths.Networks, paths.Storage,
            .. PodmanServices.Runtimes().SelectMany(runtime => new[] { paths.Settings(runtime), paths.Socket(runtime) }),
        ];

        public async Task EnsureAsync(bool isShared, IProgress<string> messages, CancellationToken cancellation)
        {
            var runtimes = PodmanServices.Runtimes();
            if (runtimes.IsEmpty)
                throw new HarnessException("a private Podman needs an OCI runtime: install runc or crun, or run as root with --provision");
            // Where others use it, only what is missing is started: their run may have begun with fewer runtimes than there are now.
            if (!isShared && !await PodmanServices.AnswersAsync(paths, runtimes[0], cancellation))
            {
                PodmanSweep.EndProcesses(paths);
                PodmanSweep.RemoveRemains(paths);
                messages.Report($"starting a private Podman ({paths.Folder})");
                await PodmanServices.StartAsync(paths, runtimes[0], cancellation);
                // Nobody else uses it: what its store still lists is a killed run's.
                await EngineContainers.RemoveAllAsync(PodmanServices.EndpointOf(paths, runtimes[0]), cancellation);
            }

            foreach (var runtime in isShared ? runtimes : runtimes.Skip(1))
            {
                if (await PodmanServices.AnswersAsync(paths, runtime, cancellation))
                    continue;
                if (isShared && PodmanSweep.HasService(paths, runtime))
                    throw new HarnessException($"the private Podman in {paths.Folder} does not answer for {runtime}, and another run uses it: wait for that run's end, or name a Podman of yours with --engine podman=unix:///PATH");
                await PodmanServices.StartAsync(paths, runtime, cancellation);
            }
        }

        public bool AnythingLeft() => PodmanSweep.AnythingLeft(paths);

        public async Task StopAsync(CancellationToken cancellation)
        {
            // A conmon and its container outlive the services.
            if (PodmanServices.Runtimes() is [var first, ..])
                await EngineContainers.RemoveAllAsync(PodmanServices.EndpointOf(paths, first), cancellation);
            await PodmanSweep.EndServicesAsync(paths, cancellation);
            PodmanSweep.EndProcesses(paths);
            PodmanSweep.RemoveRemains(paths);
        }
    }
}
