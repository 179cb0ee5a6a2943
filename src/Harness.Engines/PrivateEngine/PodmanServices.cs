using System.Diagnostics;
using System.Runtime.Versioning;
using Harness.Core;
using Harness.Core.Planning;
using Harness.Engines.Connecting;
using Harness.Engines.Endpoints;
using Harness.Host.Paths;
using Harness.Host.Processes;

namespace Harness.Engines.PrivateEngine;

/// <summary>Starts the services of the private Podman, one an OCI runtime. Call only while holding its mutex.</summary>
[SupportedOSPlatform("linux")]
internal static class PodmanServices
{
    /// <summary>Its program.</summary>
    internal const string Program = "podman";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(40);

    /// <summary>The OCI runtimes that this machine has, that which every engine has first.</summary>
    internal static ImmutableArray<string> Runtimes() =>
        [.. KnownRuntimes.Oci.Where(runtime => Path(runtime) is not null).OrderByDescending(runtime => runtime.IsDefault).Select(runtime => runtime.Name)];

    /// <summary>Where the service of a runtime listens.</summary>
    internal static EngineEndpoint EndpointOf(PodmanPaths paths, string runtime) => new(new Uri("unix://" + paths.Socket(runtime)), EngineEndpoint.ByPrivatePodman);

    /// <summary>Whether the service of a runtime answers.</summary>
    internal static async Task<bool> AnswersAsync(PodmanPaths paths, string runtime, CancellationToken cancellation)
    {
        if (!File.Exists(paths.Socket(runtime)))
            return false;
        try
        {
            using var connection = await EngineConnection.OpenAsync(EndpointOf(paths, runtime), TimeSpan.FromSeconds(10), cancellation);
            return true;
        }
        catch (HarnessException)
        {
            return false;
        }
    }

    /// <summary>Starts the service of a runtime in a session of its own, and waits until it answers.</summary>
    internal static async Task StartAsync(PodmanPaths paths, string runtime, CancellationToken cancellation)
    {
        EnginePaths.CreatePrivate(paths.Store);
        EnginePaths.CreatePrivate(paths.States);
        EnginePaths.CreatePrivate(paths.Networks);
        File.Delete(paths.Socket(runtime));
        DaemonSpawn.WriteOwn(paths.Settings(runtime), PodmanSettings.Containers(runtime, Path(KnownRuntimes.Find(runtime)!)!));
        DaemonSpawn.WriteOwn(paths.Storage, PodmanSettings.Storage(paths));
        DaemonSpawn.WriteOwn(paths.Log, "");
        using var service = DaemonSpawn.Start(
            Program, PodmanSettings.Arguments(paths, KnownRuntimes.Find(runtime)!), paths.Log,
            [("CONTAINERS_CONF", paths.Settings(runtime)), ("CONTAINERS_STORAGE_CONF", paths.Storage)],
            $"{Program} is not installed: install {Program}, run as root with --provision, or name a Podman of yours with --engine podman=unix:///PATH");
        var began = Stopwatch.GetTimestamp();
        // It listens before it is ready.
        while (!await AnswersAsync(paths, runtime, cancellation))
        {
            if (service.HasExited || Stopwatch.GetElapsedTime(began) > Patience)
                throw new HarnessException($"the private Podman did not start ({DaemonSpawn.LastError(paths.Log)}): see {paths.Log}, or name a Podman of yours with --engine podman=unix:///PATH");
            await Task.Delay(50, cancellation);
        }
    }

    private static string? Path(RuntimeDefinition runtime) => runtime.Tool is { } tool ? Machine.FindProgram(tool.Program) : null;
}
