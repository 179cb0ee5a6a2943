using Docker.DotNet;
using Docker.DotNet.Models;
using Harness.Engines.Contract;
using Harness.Engines.Endpoints;

namespace Harness.Engines.DockerApi;

/// <summary>An engine's images by Docker's API.</summary>
internal sealed class DockerImages(DockerClient client, EngineEndpoint endpoint, string apiVersion) : IImageStore
{
    /// <inheritdoc/>
    public async Task<ImageInspection?> FindAsync(string image, CancellationToken cancellation)
    {
        try
        {
            return await DockerCalls.Of(client.Images.InspectImageAsync(image, cancellation), DockerAnswers.Image);
        }
        catch (EngineException e) when (e.IsNotFound)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public Task<ImmutableArray<ImageSummary>> ListAsync(string? label, bool parents, CancellationToken cancellation) => DockerCalls.AskAsync(
        client.Images.ListImagesAsync(new ImagesListParameters { All = parents, Filters = DockerRequests.Label(label) }, cancellation),
        list => list.Select(DockerAnswers.Summary).ToImmutableArray());

    /// <inheritdoc/>
    public Task<ImmutableArray<string>> CommentsAsync(string image, CancellationToken cancellation) =>
        DockerCalls.AskAsync(client.Images.GetImageHistoryAsync(image, cancellation), history => history.Select(entry => entry.Comment ?? "").ToImmutableArray());

    /// <inheritdoc/>
    public Task<LayerBytes> LayersAsync(string image, CancellationToken cancellation) =>
        DockerCalls.AskAsync(DockerDisk.ReadAsync(endpoint, apiVersion, image, cancellation), layers => layers);

    /// <inheritdoc/>
    public Task<string> RegistryDigestAsync(string reference, CancellationToken cancellation) =>
        DockerCalls.AskAsync(client.Distribution.InspectAsync(reference, cancellation), answer => answer.Descriptor.Digest);

    /// <inheritdoc/>
    public Task<string?> FolderAsync(CancellationToken cancellation) =>
        DockerCalls.AskAsync(client.System.GetSystemInfoAsync(cancellation), info => (string?)info.DockerRootDir);

    /// <inheritdoc/>
    public async Task LoadAsync(Stream archive, CancellationToken cancellation)
    {
        var progress = new EngineProgress();
        await DockerCalls.Of(client.Images.LoadImageAsync(new ImageLoadParameters { Quiet = true }, archive, new Words(progress), cancellation));
        if (progress.Error is { } error)
            throw new EngineException(error);
    }

    /// <inheritdoc/>
    public Task<Stream> SaveAsync(string image, CancellationToken cancellation) =>
        DockerCalls.AskAsync(client.Images.SaveImageAsync(image, cancellation), content => content);

    /// <inheritdoc/>
    public EngineCall PullAsync(string reference, RegistryLogin login, IProgress<EngineWord> words, CancellationToken cancellation) =>
        DockerCalls.Of(client.Images.CreateImageAsync(new ImagesCreateParameters { FromImage = reference }, DockerRequests.Of(login), new Words(words), cancellation));

    /// <inheritdoc/>
    public Task PushAsync(string repository, string tag, RegistryLogin login, IProgress<EngineWord> words, CancellationToken cancellation) =>
        DockerCalls.AskAsync(client.Images.PushImageAsync(repository, new ImagePushParameters { Tag = tag }, DockerRequests.Of(login), new Words(words), cancellation));

    /// <inheritdoc/>
    public Task TagAsync(string image, string repository, string tag, CancellationToken cancellation) =>
        DockerCalls.AskAsync(client.Images.TagImageAsync(image, new ImageTagParameters { RepositoryName = repository, Tag = tag }, cancellation));

    /// <inheritdoc/>
    public Task RemoveAsync(string image, ImageRemoval removal, CancellationToken cancellation) => DockerCalls.AskAsync(client.Images.DeleteImageAsync(
        image,
        new ImageDeleteParameters { Force = removal == ImageRemoval.Everything, NoPrune = removal == ImageRemoval.NameOnly },
        cancellation));

    private sealed class Words(IProgress<EngineWord> next) : IProgress<JSONMessage>
    {
        public void Report(JSONMessage value) => next.Report(DockerAnswers.Word(value));
    }
}
