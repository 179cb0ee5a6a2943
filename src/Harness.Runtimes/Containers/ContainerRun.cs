using System.Buffers;
using System.Text;
using Docker.DotNet;
using Docker.DotNet.Models;
using Harness.Core.Running;
using Harness.Runtimes.Engines;
using Harness.Runtimes.Processes;

namespace Harness.Runtimes.Containers;

/// <summary>One container, from its attachment to its end. Creating and removing it is its owner's affair.</summary>
internal sealed class ContainerRun(EngineConnection connection, string container, IChannelSink channel)
{
    private const int KeptError = 4096;

    /// <summary>How long the streams may stay open after the container has ended: they end with it, unless the engine lost them.</summary>
    private static readonly TimeSpan Drain = TimeSpan.FromSeconds(5);

    private readonly ArrayBufferWriter<byte> _error = new();
    private bool _anyOutput;

    /// <summary>Attaches, starts, and waits for the end.</summary>
    /// <param name="deadline">Cancelled when the container's time is up.</param>
    internal async Task<SandboxEnd> RunAsync(CancellationToken deadline)
    {
        using var streams = await connection.Client.Containers.AttachContainerAsync(
            container, new ContainerAttachParameters { Stream = true, Stdout = true, Stderr = true }, deadline);
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(deadline);
#pragma warning disable CA2025 // The task is awaited in the finally block below, before what it uses goes.
        var pump = PumpAsync(streams, enough);
#pragma warning restore CA2025
        try
        {
            return await RunAsync(pump, enough, deadline);
        }
        finally
        {
            // Also where starting or waiting threw: the streams must not go while they are being read.
            await enough.CancelAsync();
            await pump;
        }
    }

    private async Task<SandboxEnd> RunAsync(Task pump, CancellationTokenSource enough, CancellationToken deadline)
    {
        var before = connection.Endpoint.IsLocal ? HostClock.Read() : null;
        try
        {
            await connection.Client.Containers.StartContainerAsync(container, new ContainerStartParameters(), deadline);
        }
        catch (DockerApiException e)
        {
            var reason = EngineErrors.OneLine(e);
            return EngineErrors.IsRefusal(reason) ? new SandboxEnd.Refused(reason) : new SandboxEnd.Failed(reason);
        }

        await WaitAsync(enough.Token, deadline);
        var after = connection.Endpoint.IsLocal ? HostClock.Read() : null;
        enough.CancelAfter(Drain);
        await pump;
        deadline.ThrowIfCancellationRequested();
        var state = (await connection.Client.Containers.InspectContainerAsync(container, deadline)).State
            ?? throw new InvalidOperationException("the engine reports no state of the container");
        return End(state) with { HostReadings = HostClock.Readings(before, after) };
    }

    /// <summary>What the agent or the OCI runtime wrote to standard error, in one line.</summary>
    private string ErrorText =>
        string.Join(' ', Encoding.UTF8.GetString(_error.WrittenSpan).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    private SandboxEnd End(State state)
    {
        var error = ErrorText;
        // runc has started the container by the time the kernel refuses the program; it says so and exits with 1.
        if (!_anyOutput && state.ExitCode != 0 && EngineErrors.IsRefusal(error))
            return new SandboxEnd.Refused(error);
        if (!_anyOutput && state.ExitCode != 0 && !state.OOMKilled && error.Length > 0)
            return new SandboxEnd.Failed($"exit status {state.ExitCode}: {error}");
        return new SandboxEnd.Exited((int)state.ExitCode, state.OOMKilled);
    }

    private async Task WaitAsync(CancellationToken enough, CancellationToken deadline)
    {
        try
        {
            await connection.Client.Containers.WaitContainerAsync(container, enough);
        }
        catch (OperationCanceledException) when (!deadline.IsCancellationRequested)
        {
            // The sink has enough: nothing more that the container does is of interest.
            await connection.Client.Containers.KillContainerAsync(container, new ContainerKillParameters(), deadline);
            await connection.Client.Containers.WaitContainerAsync(container, deadline);
        }
    }

    private async Task PumpAsync(MultiplexedStream streams, CancellationTokenSource enough)
    {
        var buffer = new byte[64 * 1024];
        try
        {
            while (true)
            {
                var read = await streams.ReadOutputAsync(buffer, 0, buffer.Length, enough.Token);
                if (read.EOF)
                    return;
                if (read.Target == MultiplexedStream.TargetStream.StandardError)
                    _error.Write(buffer.AsSpan(0, Math.Min(read.Count, KeptError - _error.WrittenCount)));
                else if (!Take(buffer.AsSpan(0, read.Count)))
                    await enough.CancelAsync();
            }
        }
        catch (OperationCanceledException)
        {
            // Time is up, or enough was read.
        }
    }

    private bool Take(ReadOnlySpan<byte> bytes)
    {
        _anyOutput = true;
        return channel.Write(bytes);
    }
}
