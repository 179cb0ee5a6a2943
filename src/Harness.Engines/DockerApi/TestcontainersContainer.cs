using DotNet.Testcontainers.Builders;
using DotNet.Testcontainers.Configurations;
using DotNet.Testcontainers.Containers;
using Harness.Engines.Contract;
using Microsoft.Extensions.Logging.Abstractions;

namespace Harness.Engines.DockerApi;

/// <summary>
/// A container as callers of Testcontainers have it, with the settings of a request. The one place that touches the library: its settings belong to
/// the whole process. It reads the API version from the environment when its types are first used, and 1.44, its own choice, is refused by
/// engines of 20.10.
/// </summary>
internal sealed class TestcontainersContainer : IAsyncDisposable
{
    private readonly ContainerBuilder _builder;
    private readonly Consumer _consumer;
    private IContainer? _container;

    private TestcontainersContainer(ContainerBuilder builder, Consumer consumer) => (_builder, _consumer) = (builder, consumer);

    private IContainer Container => _container ?? throw new InvalidOperationException("the container was not built");

    /// <summary>Sets up the library's builder.</summary>
    /// <remarks>Its reaper is turned off: the image of it would have to be pulled, and labels and the guard do its work.</remarks>
    /// <param name="engine">Where it will run.</param>
    /// <param name="request">What it is.</param>
    /// <param name="output">Takes what it writes to standard output.</param>
    /// <param name="error">Takes what it writes to standard error.</param>
    internal static TestcontainersContainer Prepare(DockerEngine engine, ContainerRequest request, OutputTaker output, OutputTaker error)
    {
        Environment.SetEnvironmentVariable("DOCKER_API_VERSION", engine.ApiVersion);
        TestcontainersSettings.ResourceReaperEnabled = false;
        var consumer = new Consumer(output, error);
        var builder = new ContainerBuilder(request.Image)
            // It writes its progress to the console, which is the harness's.
            .WithLogger(NullLogger.Instance)
            .WithDockerEndpoint(new DockerEndpointAuthenticationConfiguration(engine.Endpoint.Address, engine.Endpoint.Tls is { } tls ? DockerClients.Credentials(tls) : null))
            .WithOutputConsumer(consumer)
            .WithCreateParameterModifier(parameters => DockerRequests.Set(parameters, request));
        if (request.Name is { } called)
            builder = builder.WithName(called);
        if (!request.EntryPoint.IsDefault)
            builder = builder.WithEntrypoint([.. request.EntryPoint]);
        foreach (var (name, value) in request.Labels)
            builder = builder.WithLabel(name, value);
        foreach (var variable in request.Environment.IsDefault ? [] : request.Environment)
            builder = variable.Split('=', 2) is [var name, var value] ? builder.WithEnvironment(name, value) : builder;
        return new TestcontainersContainer(builder, consumer);
    }

    /// <summary>Builds it: part of what its callers do. Nothing is asked of the engine yet.</summary>
    internal void Build() => _container = _builder.Build();

    /// <summary>Makes and starts it, by the library's own waiting strategy.</summary>
    internal EngineCall StartAsync(CancellationToken cancellation) => DockerCalls.Of(Container.StartAsync(cancellation));

    /// <summary>Waits for its end.</summary>
    internal EngineCall<long> ExitCodeAsync(CancellationToken cancellation) => DockerCalls.Of(Container.GetExitCodeAsync(cancellation), code => code);

    /// <summary>Removes it.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_container is not null)
            await DockerCalls.Of(_container.DisposeAsync().AsTask());
        _consumer.Dispose();
    }

    private sealed class Consumer(OutputTaker output, OutputTaker error) : IOutputConsumer
    {
        public bool Enabled => true;

        public Stream Stdout { get; } = new Taker(output);

        public Stream Stderr { get; } = new Taker(error);

        public void Dispose()
        {
            Stdout.Dispose();
            Stderr.Dispose();
        }
    }

    /// <summary>A stream to write to, which hands on what it is given.</summary>
    private sealed class Taker(OutputTaker take) : MemoryStream
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
}
