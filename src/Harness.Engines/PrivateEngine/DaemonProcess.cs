using System.Diagnostics;
using System.Runtime.Versioning;
using Harness.Core;
using Harness.Engines.Connecting;
using Harness.Host.Paths;
using Harness.Host.Processes;

namespace Harness.Engines.PrivateEngine;

/// <summary>Starts and ends dockerd and its containerd. Call only while holding the daemon's mutex.</summary>
[SupportedOSPlatform("linux")]
internal static class DaemonProcess
{
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(40);
    private static readonly TimeSpan EndPatience = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan BusyPatience = TimeSpan.FromSeconds(20);

    /// <summary>Whether a daemon listens on the socket.</summary>
    internal static async Task<bool> AnswersAsync(EnginePaths paths, CancellationToken cancellation)
    {
        if (!File.Exists(paths.Socket))
            return false;
        try
        {
            using var connection = await EngineConnection.OpenAsync(PrivateDaemon.EndpointOf(paths), TimeSpan.FromSeconds(3), cancellation);
            return true;
        }
        catch (HarnessException)
        {
            return false;
        }
    }

    /// <summary>
    /// Waits for a daemon that others use, and that lives but does not answer: the host may be busy, and ending it would end their containers. False:
    /// its process is gone, so that they have lost them already.
    /// </summary>
    /// <exception cref="HarnessException">It lives and says nothing.</exception>
    internal static async Task<bool> AnswersLateAsync(EnginePaths paths, CancellationToken cancellation)
    {
        var began = Stopwatch.GetTimestamp();
        while (!DaemonSweep.Daemons(paths, "dockerd").IsEmpty)
        {
            if (await AnswersAsync(paths, cancellation))
                return true;
            if (Stopwatch.GetElapsedTime(began) > BusyPatience)
                throw new HarnessException($"the private Docker daemon in {paths.Root} does not answer, and another run uses it: wait for that run's end, or name an engine with --engine URI");
            await Task.Delay(100, cancellation);
        }

        return false;
    }

    /// <summary>Starts containerd and dockerd in sessions of their own, and waits until the API answers.</summary>
    internal static async Task StartAsync(EnginePaths paths, CancellationToken cancellation)
    {
        EnginePaths.CreatePrivate(paths.Data);
        EnginePaths.CreatePrivate(Path.GetDirectoryName(paths.ContainerdSocket)!);
        DaemonSpawn.WriteOwn(paths.Settings, DaemonSettings.Json());
        DaemonSpawn.WriteOwn(paths.ContainerdSettings, DaemonSettings.Containerd(paths));
        DaemonSpawn.WriteOwn(paths.Log, "");
        using var containerd = Spawn(paths, "containerd", ["--config", paths.ContainerdSettings, "--log-level", "warn"]);
        await WaitAsync(paths, containerd, () => Task.FromResult(File.Exists(paths.ContainerdSocket)), cancellation);
        // Without one, cells on a bridge are unavailable and all others run.
        var bridge = DaemonBridge.TryAdd(paths) ? DaemonBridge.Name(paths) : null;
        using var docker = Spawn(paths, "dockerd", DaemonSettings.Arguments(paths, bridge));
        await WaitAsync(paths, docker, () => AnswersAsync(paths, cancellation), cancellation);
    }

    /// <summary>Tells a running daemon of runtimes that were installed since it was started.</summary>
    internal static void Refresh(EnginePaths paths)
    {
        var wanted = DaemonSettings.Json();
        if (File.Exists(paths.Settings) && File.ReadAllText(paths.Settings) == wanted)
            return;
        File.WriteAllText(paths.Settings, wanted);
        foreach (var process in DaemonSweep.Daemons(paths, "dockerd"))
            ProcessTable.Signal(process, Native.SigHup);
    }

    /// <summary>Asks dockerd, then containerd, to end, and makes them.</summary>
    internal static async Task EndAsync(EnginePaths paths, CancellationToken cancellation)
    {
        await EndAsync(DaemonSweep.Daemons(paths, "dockerd"), cancellation);
        await EndAsync(DaemonSweep.Daemons(paths, "containerd"), cancellation);
    }

    private static async Task EndAsync(ImmutableArray<ProcessEntry> processes, CancellationToken cancellation)
    {
        foreach (var process in processes)
            ProcessTable.Signal(process, Native.SigTerm);
        if (await ProcessTable.WaitGoneAsync(processes, EndPatience, cancellation))
            return;
        foreach (var process in processes)
            ProcessTable.Signal(process, Native.SigKill);
        await ProcessTable.WaitGoneAsync(processes, EndPatience, cancellation);
    }

    private static Process Spawn(EnginePaths paths, string program, ImmutableArray<string> arguments) =>
        DaemonSpawn.Start(program, arguments, paths.Log, [], $"{program} is not installed: install docker.io, or run as root with --provision");

    private static async Task WaitAsync(EnginePaths paths, Process process, Func<Task<bool>> isReady, CancellationToken cancellation)
    {
        var began = Stopwatch.GetTimestamp();
        while (!await isReady())
        {
            if (process.HasExited || Stopwatch.GetElapsedTime(began) > StartPatience)
                throw new HarnessException($"the private daemon did not start ({DaemonSpawn.LastError(paths.Log)}): see {paths.Log}, or name an engine with --engine URI");
            await Task.Delay(50, cancellation);
        }
    }
}
