using System.Collections.Immutable;
using Harness.Core.Model;
using Harness.Engines.Connecting;
using Harness.Engines.Contract;
using Harness.Engines.Endpoints;
using Harness.Images.Userlands;

namespace Harness.Tests.Supply;

/// <summary>An engine that is nothing but the names of its images and a list of containers.</summary>
internal sealed class MemoryEngine : IContainerEngine, IImageStore
{
    /// <param name="address">Where it would listen.</param>
    internal MemoryEngine(string address = "unix:///a/socket") => Connection = new EngineConnection(EngineEndpoint.Parse(address, EngineEndpoint.ByOption), this);

    internal EngineConnection Connection { get; }

    internal EngineImages Store => new(Connection);

    /// <summary>The image's id by each name.</summary>
    internal Dictionary<string, string> Ids { get; } = new(StringComparer.Ordinal);

    /// <summary>Of its images.</summary>
    internal string Architecture { get; set; } = "";

    internal List<ContainerSummary> Containers { get; } = [];

    public string Name => "docker";

    public IImageStore Images => this;

    public Task<ImageInspection?> FindAsync(string image, CancellationToken cancellation) =>
        Task.FromResult(Ids.FirstOrDefault(name => name.Key == image || name.Value == image) is { Value: { } id } ? new ImageInspection { Id = id, Architecture = Architecture } : null);

    public Task<ImmutableArray<ImageSummary>> ListAsync(string? label, bool parents, CancellationToken cancellation) =>
        Task.FromResult(Ids.Select(name => new ImageSummary(name.Value, [name.Key])).ToImmutableArray());

    public Task RemoveAsync(string image, ImageRemoval removal, CancellationToken cancellation) => Task.FromResult(Ids.Remove(image));

    public Task<ImmutableArray<ContainerSummary>> ListAsync(string? label, CancellationToken cancellation) => Task.FromResult(
        Containers.Where(container => label is null || container.Labels.Any(known => label == known.Key || label == $"{known.Key}={known.Value}")).ToImmutableArray());

    public EngineCall RemoveAsync(string container, CancellationToken cancellation)
    {
        lock (Containers)
            Containers.RemoveAll(known => known.Id == container);
        return new EngineCall(Task.CompletedTask, _ => { });
    }

    public void Dispose()
    {
    }

    public Task<EngineFacts> FactsAsync(CancellationToken cancellation) =>
        Task.FromResult(new EngineFacts { Name = Name, Version = "1", ApiVersion = "1", FoundBy = EngineEndpoint.ByOption, Runtimes = ["runc"] });

    Task<string> IContainerEngine.ArchitectureAsync(CancellationToken cancellation) => throw new NotSupportedException();

    Task<bool> IContainerEngine.HasNetworkAsync(string name, CancellationToken cancellation) => throw new NotSupportedException();

    EngineCall IContainerEngine.PingAsync(CancellationToken cancellation) => throw new NotSupportedException();

    EngineCall<string> IContainerEngine.CreateAsync(ContainerRequest request, CancellationToken cancellation) => throw new NotSupportedException();

    EngineCall IContainerEngine.CopyInAsync(string container, Stream archive, CancellationToken cancellation) => throw new NotSupportedException();

    EngineCall<IContainerOutput> IContainerEngine.AttachAsync(string container, CancellationToken cancellation) => throw new NotSupportedException();

    EngineCall IContainerEngine.StartAsync(string container, CancellationToken cancellation) => throw new NotSupportedException();

    EngineCall<long> IContainerEngine.WaitAsync(string container, CancellationToken cancellation) => throw new NotSupportedException();

    EngineCall IContainerEngine.KillAsync(string container, CancellationToken cancellation) => throw new NotSupportedException();

    Task<ContainerState?> IContainerEngine.StateAsync(string container, CancellationToken cancellation) => throw new NotSupportedException();

    Task<ContainerInspection> IContainerEngine.InspectAsync(string container, CancellationToken cancellation) => throw new NotSupportedException();

    Task<ContainerDisk> IContainerEngine.DiskAsync(string container, CancellationToken cancellation) => throw new NotSupportedException();

    Task<Stream> IContainerEngine.ExportAsync(string container, CancellationToken cancellation) => throw new NotSupportedException();

    Task<ImmutableArray<string>> IImageStore.CommentsAsync(string image, CancellationToken cancellation) => throw new NotSupportedException();

    Task<LayerBytes> IImageStore.LayersAsync(string image, CancellationToken cancellation) => throw new NotSupportedException();

    Task<string> IImageStore.RegistryDigestAsync(string reference, CancellationToken cancellation) => throw new NotSupportedException();

    Task<string?> IImageStore.FolderAsync(CancellationToken cancellation) => throw new NotSupportedException();

    Task IImageStore.LoadAsync(Stream archive, CancellationToken cancellation) => throw new NotSupportedException();

    Task<Stream> IImageStore.SaveAsync(string image, CancellationToken cancellation) => throw new NotSupportedException();

    EngineCall IImageStore.PullAsync(string reference, RegistryLogin login, IProgress<EngineWord> words, CancellationToken cancellation) => throw new NotSupportedException();

    Task IImageStore.PushAsync(string repository, string tag, RegistryLogin login, IProgress<EngineWord> words, CancellationToken cancellation) => throw new NotSupportedException();

    Task IImageStore.TagAsync(string image, string repository, string tag, CancellationToken cancellation) => throw new NotSupportedException();
}
