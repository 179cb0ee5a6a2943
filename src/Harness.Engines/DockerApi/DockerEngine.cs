using Docker.DotNet;
using Docker.DotNet.Models;
using Harness.Core.Model;
using Harness.Core.Planning;
using Harness.Engines.Contract;
using Harness.Engines.Endpoints;

namespace Harness.Engines.DockerApi;

/// <summary>An engine that speaks Docker's API: Docker, or Podman's service. It is spoken to in its own version: a newer one is refused, an older one may be too.</summary>
internal sealed class DockerEngine : IContainerEngine
{
    private readonly DockerClient _client;
    private readonly bool _isPodman;

    private DockerEngine(EngineEndpoint endpoint, DockerClient client, string apiVersion, bool isPodman)
    {
        (Endpoint, _client, ApiVersion, _isPodman) = (endpoint, client, apiVersion, isPodman);
        Images = new DockerImages(client, endpoint, apiVersion);
    }

    /// <inheritdoc/>
    public string Name => _isPodman ? RuntimeNames.Podman : RuntimeNames.Docker;

    /// <inheritdoc/>
    public IImageStore Images { get; }

    /// <summary>Where it is.</summary>
    internal EngineEndpoint Endpoint { get; }

    /// <summary>The API version in use.</summary>
    internal string ApiVersion { get; }

    /// <summary>Asks whoever listens there for its version. Whoever answers speaks Docker's API.</summary>
    internal static async Task<IContainerEngine?> OpenAsync(EngineEndpoint endpoint, CancellationToken cancellation)
    {
        using var unversioned = DockerClients.Create(endpoint, version: null);
        var version = await DockerCalls.Of(unversioned.System.GetVersionAsync(cancellation), answer => answer);
        var isPodman = version.Components?.Any(component => component.Name.Contains(RuntimeNames.Podman, StringComparison.OrdinalIgnoreCase)) == true;
        return new DockerEngine(endpoint, DockerClients.Create(endpoint, System.Version.Parse(version.APIVersion)), version.APIVersion, isPodman);
    }

    /// <inheritdoc/>
    public Task<EngineFacts> FactsAsync(CancellationToken cancellation) => DockerFacts.ReadAsync(_client, Endpoint, ApiVersion, _isPodman, cancellation);

    /// <inheritdoc/>
    public Task<string> ArchitectureAsync(CancellationToken cancellation) => DockerCalls.AskAsync(_client.System.GetVersionAsync(cancellation), version => version.Arch);

    /// <inheritdoc/>
    public Task<bool> HasNetworkAsync(string name, CancellationToken cancellation) =>
        DockerCalls.AskAsync(_client.Networks.ListNetworksAsync(null, cancellation), networks => networks.Any(network => network.Name == name));

    /// <inheritdoc/>
    public EngineCall PingAsync(CancellationToken cancellation) => DockerCalls.Of(_client.System.PingAsync(cancellation));

    /// <inheritdoc/>
    public EngineCall<string> CreateAsync(ContainerRequest request, CancellationToken cancellation) =>
        DockerCalls.Of(_client.Containers.CreateContainerAsync(DockerRequests.Of(request), cancellation), created => created.ID);

    /// <inheritdoc/>
    public EngineCall CopyInAsync(string container, Stream archive, CancellationToken cancellation) =>
        DockerCalls.Of(_client.Containers.ExtractArchiveToContainerAsync(container, new CopyToContainerParameters { Path = "/" }, archive, cancellation));

    /// <inheritdoc/>
    public EngineCall<IContainerOutput> AttachAsync(string container, CancellationToken cancellation) => DockerCalls.Of<MultiplexedStream, IContainerOutput>(
        _client.Containers.AttachContainerAsync(container, new ContainerAttachParameters { Stream = true, Stdout = true, Stderr = true }, cancellation),
        streams => new DockerOutput(streams));

    /// <inheritdoc/>
    public EngineCall StartAsync(string container, CancellationToken cancellation) =>
        DockerCalls.Of(_client.Containers.StartContainerAsync(container, new ContainerStartParameters(), cancellation));

    /// <inheritdoc/>
    public EngineCall<long> WaitAsync(string container, CancellationToken cancellation) =>
        DockerCalls.Of(_client.Containers.WaitContainerAsync(container, cancellation), ended => ended.StatusCode);

    /// <inheritdoc/>
    public EngineCall KillAsync(string container, CancellationToken cancellation) =>
        DockerCalls.Of(_client.Containers.KillContainerAsync(container, new ContainerKillParameters(), cancellation));

    /// <inheritdoc/>
    public EngineCall RemoveAsync(string container, CancellationToken cancellation) =>
        DockerCalls.Of(_client.Containers.RemoveContainerAsync(container, new ContainerRemoveParameters { Force = true, RemoveVolumes = true }, cancellation));

    /// <inheritdoc/>
    public Task<ContainerState?> StateAsync(string container, CancellationToken cancellation) =>
        DockerCalls.AskAsync(_client.Containers.InspectContainerAsync(container, cancellation), DockerAnswers.State);

    /// <inheritdoc/>
    public async Task<ContainerInspection> InspectAsync(string container, CancellationToken cancellation)
    {
        var told = await DockerCalls.Of(_client.Containers.InspectContainerAsync(container, cancellation), DockerAnswers.Container);
        // Podman is asked twice: its Docker API does not tell the runtime.
        return _isPodman ? DockerAnswers.OfPodman(told, await DockerCalls.Of(Libpod.RuntimeAsync(Endpoint, container, cancellation), runtime => runtime)) : told;
    }

    /// <inheritdoc/>
    public Task<ContainerDisk> DiskAsync(string container, CancellationToken cancellation) => DockerCalls.AskAsync(
        _client.Containers.InspectContainerAsync(container, new ContainerInspectParameters { IncludeSize = true }, cancellation),
        told => new ContainerDisk(told.Image, told.SizeRw));

    /// <inheritdoc/>
    public Task<Stream> ExportAsync(string container, CancellationToken cancellation) =>
        DockerCalls.AskAsync(_client.Containers.ExportContainerAsync(container, cancellation), content => content);

    /// <inheritdoc/>
    public Task<ImmutableArray<ContainerSummary>> ListAsync(string? label, CancellationToken cancellation) => DockerCalls.AskAsync(
        _client.Containers.ListContainersAsync(new ContainersListParameters { All = true, Filters = DockerRequests.Label(label) }, cancellation),
        list => list.Select(DockerAnswers.Summary).ToImmutableArray());

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();
}
