using Docker.DotNet;
using Docker.DotNet.Models;
using Harness.Core.Model;
using Harness.Core.Running;
using Harness.Runtimes.Engines;
using Harness.Runtimes.Processes;
using Harness.Runtimes.Seccomp;

namespace Harness.Runtimes.Containers;

/// <summary>One container, from its attachment to its end. Creating and removing it is its owner's affair.</summary>
/// <param name="connection">The engine.</param>
/// <param name="container">Its name.</param>
/// <param name="witness">What looks at its filter, or null.</param>
/// <param name="stamps">Told when what happens.</param>
/// <param name="timed">Whether to ask the engine nothing that can be left out.</param>
/// <param name="channel">Gets what it writes to standard output.</param>
internal sealed class ContainerRun(EngineConnection connection, string container, FilterWitness? witness, Stamps stamps, bool timed, IChannelSink channel)
{
    /// <summary>How long the streams may stay open after the container has ended: they end with it, unless the engine lost them.</summary>
    private static readonly TimeSpan Drain = TimeSpan.FromSeconds(5);

    private readonly KeptText _error = new();
    private bool _anyOutput;

    /// <summary>Attaches, starts, and waits for the end.</summary>
    /// <param name="deadline">Cancelled when the container's time is up.</param>
    internal async Task<SandboxEnd> RunAsync(CancellationToken deadline)
    {
        using var streams = await connection.Client.Containers.AttachContainerAsync(
            container, new ContainerAttachParameters { Stream = true, Stdout = true, Stderr = true }, deadline);
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(deadline);
#pragma warning disable CA2025 // Awaited in the finally block below, before both are disposed.
        var pump = PumpAsync(streams, enough);
#pragma warning restore CA2025
        try
        {
            return await StartAsync(pump, enough, deadline);
        }
        finally
        {
            await enough.CancelAsync();
            // Whatever ended the container's run, the streams are let go of only when nobody reads them.
            await pump.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        }
    }

    private async Task<SandboxEnd> StartAsync(Task pump, CancellationTokenSource enough, CancellationToken deadline)
    {
        var before = connection.Endpoint.IsLocal ? HostClock.Read() : null;
        try
        {
            stamps.Mark(Stamps.Start);
            await connection.Client.Containers.StartContainerAsync(container, new ContainerStartParameters(), deadline);
            stamps.Mark(Stamps.Started);
        }
        catch (DockerApiException e)
        {
            var reason = EngineErrors.OneLine(e);
            return EngineErrors.IsRefusal(reason) ? new SandboxEnd.Refused(reason) : new SandboxEnd.Failed(reason);
        }

        using var watching = CancellationTokenSource.CreateLinkedTokenSource(deadline);
#pragma warning disable CA2025 // Its token is cancelled below whatever happens, and it ends by that.
        var filter = WatchAsync(watching.Token);
#pragma warning restore CA2025
        long exit;
        try
        {
            exit = await WaitAsync(enough.Token, deadline);
            stamps.Mark(Stamps.Ended);
        }
        finally
        {
            await watching.CancelAsync();
        }

        var after = connection.Endpoint.IsLocal ? HostClock.Read() : null;
        enough.CancelAfter(Drain);
        await pump;
        deadline.ThrowIfCancellationRequested();
        ImmutableArray<Observation> readings = [.. HostClock.Readings(before, after), .. await filter];
        // An agent that says it did all its work was not ended by the memory limit.
        if (timed && exit == 0)
            return new SandboxEnd.Exited(0, OutOfMemory: false) { HostReadings = readings };
        var inspection = await connection.Client.Containers.InspectContainerAsync(container, deadline);
        return inspection.State is { } state
            ? _error.End((int)state.ExitCode, state.OOMKilled, _anyOutput) with { HostReadings = readings }
            : new SandboxEnd.Failed("the engine does not tell how the container ended");
    }

    /// <summary>What the witness saw of the container's filter; nothing where none was asked for or the container's process is elsewhere.</summary>
    private async Task<ImmutableArray<Observation>> WatchAsync(CancellationToken cancellation)
    {
        if (witness is null || !connection.Endpoint.IsLocal || !OperatingSystem.IsLinux())
            return [];
        try
        {
            var inspection = await connection.Client.Containers.InspectContainerAsync(container, cancellation);
            return inspection.State is { Pid: > 0 } state ? await witness.WatchAsync((int)state.Pid, cancellation) : [];
        }
        catch (Exception e) when (e is OperationCanceledException or DockerApiException or HttpRequestException)
        {
            // The container has ended, and what is wrong with the engine its end will tell.
            return [];
        }
    }

    private async Task<long> WaitAsync(CancellationToken enough, CancellationToken deadline)
    {
        try
        {
            return (await connection.Client.Containers.WaitContainerAsync(container, enough)).StatusCode;
        }
        catch (OperationCanceledException) when (!deadline.IsCancellationRequested)
        {
            // Enough was read: nothing more that the container does is of interest.
            try
            {
                await connection.Client.Containers.KillContainerAsync(container, new ContainerKillParameters(), deadline);
            }
            catch (DockerApiException)
            {
                // 409: it has ended meanwhile.
            }

            return (await connection.Client.Containers.WaitContainerAsync(container, deadline)).StatusCode;
        }
    }

    private async Task PumpAsync(MultiplexedStream streams, CancellationTokenSource enough)
    {
        var buffer = new byte[64 * 1024];
        try
        {
            while (await streams.ReadOutputAsync(buffer, 0, buffer.Length, enough.Token) is { EOF: false } read)
            {
                if (read.Target == MultiplexedStream.TargetStream.StandardError)
                    _error.Add(buffer.AsSpan(0, read.Count));
                else if (!Take(buffer.AsSpan(0, read.Count)))
                    await enough.CancelAsync();
            }
        }
        catch (OperationCanceledException)
        {
            // Time is up, or enough was read.
        }
        catch
        {
            // A sink that cannot write (a full disk) ends the container now, not at its deadline.
            await enough.CancelAsync();
            throw;
        }
    }

    private bool Take(ReadOnlySpan<byte> bytes)
    {
        _anyOutput = true;
        return channel.Write(bytes);
    }
}
