namespace Harness.Engines.Contract;

/// <summary>An engine's images, each given by a reference, an id, or a repository and digest. Errors are those of <see cref="IContainerEngine"/>.</summary>
internal interface IImageStore
{
    /// <summary>An image; null where there is none.</summary>
    Task<ImageInspection?> FindAsync(string image, CancellationToken cancellation);

    /// <summary>The images with a label; null: all of them.</summary>
    /// <param name="label">As <c>name</c> or <c>name=value</c>.</param>
    /// <param name="parents">Whether those are listed too that only others are built on.</param>
    /// <param name="cancellation">Ends it.</param>
    Task<ImmutableArray<ImageSummary>> ListAsync(string? label, bool parents, CancellationToken cancellation);

    /// <summary>The comments in an image's history, the youngest first.</summary>
    Task<ImmutableArray<string>> CommentsAsync(string image, CancellationToken cancellation);

    /// <summary>An image's layers on disk.</summary>
    Task<LayerBytes> LayersAsync(string image, CancellationToken cancellation);

    /// <summary>The digest by which a registry has a reference: the engine asks, and pulls nothing.</summary>
    Task<string> RegistryDigestAsync(string reference, CancellationToken cancellation);

    /// <summary>The folder of the engine's machine that images lie in; null where it does not tell.</summary>
    Task<string?> FolderAsync(CancellationToken cancellation);

    /// <summary>Loads an archive as <c>docker save</c> makes it.</summary>
    Task LoadAsync(Stream archive, CancellationToken cancellation);

    /// <summary>An image as such an archive.</summary>
    Task<Stream> SaveAsync(string image, CancellationToken cancellation);

    /// <summary>Has the engine pull an image. An error may come as a word.</summary>
    EngineCall PullAsync(string reference, RegistryLogin login, IProgress<EngineWord> words, CancellationToken cancellation);

    /// <summary>Has the engine push an image. An error may come as a word.</summary>
    Task PushAsync(string repository, string tag, RegistryLogin login, IProgress<EngineWord> words, CancellationToken cancellation);

    /// <summary>Names an image.</summary>
    Task TagAsync(string image, string repository, string tag, CancellationToken cancellation);

    /// <summary>Removes a name, and the image with its last one.</summary>
    Task RemoveAsync(string image, ImageRemoval removal, CancellationToken cancellation);
}

/// <summary>What of an image is removed.</summary>
internal enum ImageRemoval
{
    /// <summary>One name; the image with its last one, where no container has it.</summary>
    Name,

    /// <summary>One name; the layers that nothing else has stay.</summary>
    NameOnly,

    /// <summary>All names, and the image.</summary>
    Everything,
}
