using System.Diagnostics;
using Harness.Core.Model;
using Harness.Core.Planning;
using Harness.Core.Running;
using Harness.Engines.Contract;
using Harness.Host.Processes;
using Harness.Sandboxes.Payload;
using Harness.Sandboxes.Seccomp;

namespace Harness.Sandboxes.Containers;

/// <summary>One container, from its attachment to its end. Creating and removing it is its owner's affair.</summary>
/// <param name="start">What it is.</param>
/// <param name="witness">What looks at its filter, or null.</param>
/// <param name="channel">Gets what it writes to standard output.</param>
internal sealed class ContainerRun(ContainerStart start, FilterWitness? witness, IChannelSink channel)
{
    // How long the first process may still be the runtime's own after the engine calls the container started.
    private static readonly TimeSpan Handover = TimeSpan.FromSeconds(5);

    /// <summary>How long the streams may stay open after the container has ended: they end with it, unless the engine lost them.</summary>
    private static readonly TimeSpan Drain = TimeSpan.FromSeconds(5);

    private readonly IContainerEngine _engine = start.Connection.Engine;
    private readonly KeptText _error = new();
    private bool _anyOutput;

    /// <summary>Attaches, starts, and waits for the end.</summary>
    /// <param name="deadline">Cancelled when the container's time is up.</param>
    internal async Task<SandboxEnd> RunAsync(CancellationToken deadline)
    {
        using var output = await _engine.AttachAsync(start.Name, deadline);
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(deadline);
#pragma warning disable CA2025 // Awaited in the finally block below, before both are disposed.
        var pump = PumpAsync(output, enough);
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
        var before = start.Elsewhere is null ? HostClock.Read() : null;
        try
        {
            start.Stamps.Mark(Stamps.Start);
            await _engine.StartAsync(start.Name, deadline);
            start.Stamps.Mark(Stamps.Started);
        }
        catch (EngineException e)
        {
            return EngineErrors.IsRefusal(e.Message) ? new SandboxEnd.Refused(e.Message) : new SandboxEnd.Failed(e.Message);
        }

        using var watching = CancellationTokenSource.CreateLinkedTokenSource(deadline);
#pragma warning disable CA2025 // Its token is cancelled below whatever happens, and it ends by that.
        var filter = WatchAsync(watching.Token);
#pragma warning restore CA2025
        long exit;
        try
        {
            exit = await WaitAsync(enough.Token, deadline);
            start.Stamps.Mark(Stamps.Ended);
        }
        finally
        {
            await watching.CancelAsync();
        }

        var after = start.Elsewhere is null ? HostClock.Read() : null;
        enough.CancelAfter(Drain);
        await pump;
        deadline.ThrowIfCancellationRequested();
        ImmutableArray<Observation> readings = [.. HostClock.Readings(before, after), .. await filter];
        // An agent that says it did all its work was not ended by the memory limit.
        if (start.Request.Timed && exit == 0)
            return new SandboxEnd.Exited(0, OutOfMemory: false) { HostReadings = readings };
        return await _engine.StateAsync(start.Name, deadline) is { } state
            ? _error.End(state.ExitCode, state.WasOutOfMemory, _anyOutput) with { HostReadings = readings }
            : new SandboxEnd.Failed("the engine does not tell how the container ended");
    }

    /// <summary>What the witness saw of the container's filter; nothing where none was asked for.</summary>
    private async Task<ImmutableArray<Observation>> WatchAsync(CancellationToken cancellation)
    {
        // A container of gVisor has no processes here, and no filter of the kernel's.
        if (witness is null || !OperatingSystem.IsLinux() || KnownRuntimes.Of(start.Request.Cell).HasOwnKernel)
            return [];
        if (start.Elsewhere is { } elsewhere)
            return [FilterWitness.Unavailable(elsewhere)];
        try
        {
            if (await _engine.StateAsync(start.Name, cancellation) is not { Process: > 0 and var pid })
                return [];
            return await IsAgentAsync(pid, cancellation)
                ? await witness.WatchAsync(pid, cancellation)
                : [FilterWitness.Unavailable($"process {pid}, which the engine calls the container's first, is none of an agent here: the engine counts processes otherwise than this host")];
        }
        catch (Exception e) when (e is OperationCanceledException or EngineException)
        {
            // The container has ended, and what is wrong with the engine its end will tell.
            return [];
        }
    }

    // An engine in a container on this very kernel has process ids of its own. Nothing is attached to that is not the agent.
    private static async Task<bool> IsAgentAsync(int pid, CancellationToken cancellation)
    {
        var began = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(began) < Handover)
        {
            if (ProcessTable.Arguments(pid) is [SandboxArchive.Agent, ..])
                return true;
            await Task.Delay(5, cancellation);
        }

        return false;
    }

    private async Task<long> WaitAsync(CancellationToken enough, CancellationToken deadline)
    {
        try
        {
            return await _engine.WaitAsync(start.Name, enough);
        }
        catch (OperationCanceledException) when (!deadline.IsCancellationRequested)
        {
            // Enough was read: nothing more that the container does is of interest.
            try
            {
                await _engine.KillAsync(start.Name, deadline);
            }
            catch (EngineException e) when (e.Status is not null)
            {
                // 409: it has ended meanwhile.
            }

            return await _engine.WaitAsync(start.Name, deadline);
        }
    }

    private async Task PumpAsync(IContainerOutput output, CancellationTokenSource enough)
    {
        try
        {
            if (!await output.PumpAsync(Take, Keep, enough.Token))
                await enough.CancelAsync();
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

    private bool Keep(ReadOnlySpan<byte> bytes)
    {
        _error.Add(bytes);
        return true;
    }
}
