using Harness.Core.Running;
using Harness.Engines.Contract;
using Harness.Engines.DockerApi;
using Harness.Host.Processes;
using Harness.Sandboxes.Payload;

namespace Harness.Sandboxes.Containers;

/// <summary>
/// Starts a container as callers of Testcontainers do: a builder, <c>StartAsync</c> with its own waiting strategy, and an output consumer
/// as the channel. The container's settings are those of the API's path; its reaper is off, since its image would have to be pulled.
/// </summary>
internal static class TestcontainersStart
{
    /// <summary>Why an engine that has another API cannot be used by this path.</summary>
    private const string OnlyDocker = "path=testcontainers speaks Docker's API, which this engine does not";

    // The library copies the output on its own and does not tell when it is through.
    private static readonly TimeSpan Drain = TimeSpan.FromSeconds(5);

    /// <summary>Runs one to its end and removes it.</summary>
    /// <exception cref="OperationCanceledException">Its time is up.</exception>
    internal static async Task<SandboxEnd> RunAsync(ContainerStart start, CancellationToken deadline)
    {
        if (start.Connection.Engine is not DockerEngine engine)
            return new SandboxEnd.Failed(OnlyDocker);
        var consumer = new Consumer(start.Stamps.Watch(start.Channel));
        var container = TestcontainersContainer.Prepare(engine, start.Settings(), consumer.Take, consumer.Keep);
        var before = start.Elsewhere is null ? HostClock.Read() : null;
        start.Stamps.Mark(Stamps.Begin);
        container.Build();
        HostClock? after;
        long exit;
        try
        {
            await container.StartAsync(deadline);
            start.Stamps.Mark(Stamps.Started);
            exit = await container.ExitCodeAsync(deadline);
            start.Stamps.Mark(Stamps.Ended);
            after = start.Elsewhere is null ? HostClock.Read() : null;
            await Task.WhenAny(consumer.Seen, Task.Delay(exit == 0 ? Drain : TimeSpan.FromSeconds(1), deadline));
        }
        catch (EngineException e)
        {
            return EngineErrors.IsRefusal(e.Message) ? new SandboxEnd.Refused(e.Message) : new SandboxEnd.Failed(e.Message);
        }
        finally
        {
            await container.DisposeAsync();
        }

        start.Stamps.Mark(Stamps.Removed);
        deadline.ThrowIfCancellationRequested();
        return consumer.End((int)exit) with { HostReadings = HostClock.Readings(before, after) };
    }

    /// <summary>Takes what the container writes.</summary>
    private sealed class Consumer(IChannelSink channel)
    {
        private readonly ByeWatch _watch = new();
        private readonly KeptText _error = new();
        private bool _anyOutput;

        internal Task Seen => _watch.Seen;

        internal bool Take(ReadOnlySpan<byte> bytes)
        {
            _anyOutput = true;
            channel.Write(bytes);
            _watch.Push(bytes);
            return true;
        }

        internal bool Keep(ReadOnlySpan<byte> bytes)
        {
            _error.Add(bytes);
            return true;
        }

        internal SandboxEnd End(int exit) => _error.End(exit, outOfMemory: false, _anyOutput);
    }
}
