using Docker.DotNet;
using DotNet.Testcontainers.Configurations;
using Harness.Core.Protocol;
using Harness.Core.Running;
using Harness.Engines.Connecting;
using Harness.Host.Processes;
using Harness.Sandboxes.Payload;

namespace Harness.Sandboxes.Containers;

/// <summary>
/// Starts a container as callers of Testcontainers do: a builder, <c>StartAsync</c> with its own waiting strategy, and an output consumer
/// as the channel. The container's settings are those of the API's path; its reaper is off, since its image would have to be pulled.
/// </summary>
internal static class TestcontainersStart
{
    // The library copies the output on its own and does not tell when it is through.
    private static readonly TimeSpan Drain = TimeSpan.FromSeconds(5);

    /// <summary>Runs one to its end and removes it.</summary>
    /// <exception cref="OperationCanceledException">Its time is up.</exception>
    internal static async Task<SandboxEnd> RunAsync(ContainerStart start, CancellationToken deadline)
    {
        var settings = start.Settings();
        using var consumer = new Consumer(start.Stamps.Watch(start.Channel));
        var builder = TestcontainersEngine.Builder(start.Connection, start.Image.ImageId, start.Run)
            .WithName(settings.Name)
            .WithLabel(EngineContainers.SandboxLabel, start.Request.SandboxId)
            .WithEntrypoint([.. settings.Entrypoint])
            .WithEnvironment(ChannelKey.Variable, start.Request.Key.ToHex())
            .WithOutputConsumer(consumer)
            .WithCreateParameterModifier(parameters =>
            {
                parameters.Healthcheck = settings.Healthcheck;
                parameters.User = settings.User;
                parameters.WorkingDir = settings.WorkingDir;
                parameters.HostConfig = settings.HostConfig;
            });
        var before = start.Elsewhere is null ? HostClock.Read() : null;
        start.Stamps.Mark(Stamps.Begin);
        var container = builder.Build();
        HostClock? after;
        long exit;
        try
        {
            await container.StartAsync(deadline);
            start.Stamps.Mark(Stamps.Started);
            exit = await container.GetExitCodeAsync(deadline);
            start.Stamps.Mark(Stamps.Ended);
            after = start.Elsewhere is null ? HostClock.Read() : null;
            await Task.WhenAny(consumer.Seen, Task.Delay(exit == 0 ? Drain : TimeSpan.FromSeconds(1), deadline));
        }
        catch (DockerApiException e)
        {
            var reason = EngineErrors.OneLine(e);
            return EngineErrors.IsRefusal(reason) ? new SandboxEnd.Refused(reason) : new SandboxEnd.Failed(reason);
        }
        finally
        {
            await container.DisposeAsync();
        }

        start.Stamps.Mark(Stamps.Removed);
        deadline.ThrowIfCancellationRequested();
        return consumer.End((int)exit) with { HostReadings = HostClock.Readings(before, after) };
    }

    private sealed class Consumer : IOutputConsumer
    {
        private readonly ByeWatch _watch = new();
        private readonly KeptText _error = new();
        private bool _anyOutput;

        internal Consumer(IChannelSink channel)
        {
            Stdout = new Taker(bytes =>
            {
                _anyOutput = true;
                channel.Write(bytes);
                _watch.Push(bytes);
            });
            Stderr = new Taker(_error.Add);
        }

        public bool Enabled => true;

        public Stream Stdout { get; }

        public Stream Stderr { get; }

        internal Task Seen => _watch.Seen;

        public void Dispose()
        {
            Stdout.Dispose();
            Stderr.Dispose();
        }

        internal SandboxEnd End(int exit) => _error.End(exit, outOfMemory: false, _anyOutput);
    }

    /// <summary>A stream to write to, which hands on what it is given.</summary>
    private sealed class Taker(ByteTaker take) : MemoryStream
    {
        public override void Write(byte[] buffer, int offset, int count) => take(buffer.AsSpan(offset, count));

        public override void Write(ReadOnlySpan<byte> buffer) => take(buffer);

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
        {
            take(buffer.AsSpan(offset, count));
            return Task.CompletedTask;
        }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            take(buffer.Span);
            return ValueTask.CompletedTask;
        }
    }

    private delegate void ByteTaker(ReadOnlySpan<byte> bytes);
}
