using System.Runtime.InteropServices;
using System.Text;
using Harness.Core;
using Harness.Engines.Connecting;
using Harness.Engines.Endpoints;
using Harness.Engines.PrivateEngine;
using Harness.Host.Guarding;
using Harness.Host.Paths;
using Harness.Host.Processes;

namespace Harness.Engines.Guarding;

/// <summary>
/// The guard's side: a process of its own that reads what the harness tells it, and cleans up when the harness
/// ends without saying <c>done</c>. The kernel closes the pipe however the harness ends, SIGKILL included;
/// a parent-death signal would follow the thread that started the guard, which .NET ends when it likes.
/// </summary>
public static class Guard
{
    /// <summary>The first argument that makes the harness's executable a guard.</summary>
    public const string Argument = GuardLink.Argument;

    /// <summary>What the guard writes when it watches.</summary>
    internal const string Ready = GuardLink.Ready;

    /// <summary>The guard's whole life. Standard input is the pipe; standard output says once that it watches.</summary>
    /// <param name="args">The executable's arguments; only the first counts, more are for later versions.</param>
    public static async Task<int> RunAsync(IReadOnlyList<string> args)
    {
        ArgumentOutOfRangeException.ThrowIfZero(args.Count);
        // Ctrl-C and a closing terminal end the harness; the guard must outlive it.
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Ignore);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Ignore);
        using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, Ignore);
        if (OperatingSystem.IsLinux())
            _ = Native.SetSid();
        await using var output = Console.OpenStandardOutput();
        await output.WriteAsync(Encoding.UTF8.GetBytes(Ready + "\n"));
        await output.FlushAsync();

        await using var input = Console.OpenStandardInput();
        var duty = await ListenAsync(input);
        if (!duty.IsDone)
            await CleanUpAsync(duty);
        return 0;
    }

    /// <summary>Reads until <c>done</c> or the pipe's end.</summary>
    internal static async Task<GuardDuty> ListenAsync(Stream input)
    {
        var duty = GuardDuty.Empty;
        using var lines = new StreamReader(input, new UTF8Encoding(false));
        while (!duty.IsDone && await lines.ReadLineAsync() is { } text)
            duty = GuardLine.Parse(text) is { } line ? duty.After(line) : duty;
        return duty;
    }

    /// <summary>Each part on its own: what fails in one must not keep the others from being done.</summary>
    internal static async Task CleanUpAsync(GuardDuty duty)
    {
        foreach (var (pid, start) in duty.Processes)
        {
            if (OperatingSystem.IsLinux())
                ProcessTable.KillTree(new ProcessEntry(pid, 0, start));
        }

        // An engine elsewhere takes its time, and what is here does not wait for it.
        var engines = duty.Containers.Select(containers => (IsHere: Endpoint(containers)?.HasLocalAddress == true, Removal: RemoveContainersAsync(containers))).ToList();
        await Task.WhenAll(engines.Where(engine => engine.IsHere).Select(engine => engine.Removal));
        foreach (var root in duty.PrivateEngines)
            await Attempt(limit => StopAsync(root, limit), TimeSpan.FromSeconds(30));
        foreach (var path in duty.Paths)
            await Attempt(_ => Task.Run(() => FileTree.Delete(path), CancellationToken.None), TimeSpan.FromSeconds(5));
        await Task.WhenAll(engines.Select(engine => engine.Removal));
    }

    private static async Task RemoveContainersAsync(GuardLine.Containers containers)
    {
        if (Endpoint(containers) is not { } endpoint)
            return;
        // Each connection over ssh is a handshake of its own.
        var (connect, all) = endpoint.HasLocalAddress ? (TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(8)) : (TimeSpan.FromSeconds(15), TimeSpan.FromSeconds(60));
        await Attempt(
            async limit =>
            {
                using var connection = await EngineConnection.OpenAsync(endpoint, connect, limit);
                await EngineContainers.RemoveAsync(connection, containers.Label, limit);
            },
            all);
    }

    // Null: the line was torn.
    private static EngineEndpoint? Endpoint(GuardLine.Containers containers)
    {
        try
        {
            return EngineEndpoint.Parse(containers.Engine, "guard") with { Tls = containers.Certificates.Length > 0 ? new EngineTls(containers.Certificates) : null };
        }
        catch (HarnessException)
        {
            return null;
        }
    }

    private static async Task Attempt(Func<CancellationToken, Task> work, TimeSpan patience)
    {
        using var limit = new CancellationTokenSource(patience);
        try
        {
            await work(limit.Token);
        }
        catch (Exception e)
        {
            // Nobody is left to be told; `harness clean` finds what stayed.
            _ = e;
        }
    }

    private static async Task StopAsync(string root, CancellationToken limit)
    {
        if (OperatingSystem.IsLinux())
            await Task.WhenAll(PrivateDaemon.StopUnusedAsync(new EnginePaths(root), limit), PrivatePodman.StopUnusedAsync(new EnginePaths(root), limit));
    }

    private static void Ignore(PosixSignalContext context) => context.Cancel = true;
}
