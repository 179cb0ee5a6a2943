using Harness.Core;
using Harness.Core.Definitions;
using Harness.Engines.Connecting;
using Harness.Engines.Contract;
using Harness.Engines.Endpoints;

namespace Harness.Images.Userlands;

/// <summary>An engine's images: looking at them, and putting them in.</summary>
/// <param name="connection">The engine.</param>
/// <param name="messages">Told that a login was not sent; null where none can be held back.</param>
internal sealed class EngineImages(EngineConnection connection, IProgress<string>? messages = null)
{
    private int _told;

    private IImageStore Store => connection.Engine.Images;

    /// <summary>The image of a reference, an id, or a repository and digest; null where there is none.</summary>
    internal Task<ImageInspection?> InspectAsync(string reference, CancellationToken cancellation) => Store.FindAsync(reference, cancellation);

    /// <summary>Loads an archive as <c>docker save</c> makes it.</summary>
    /// <exception cref="HarnessException">The engine does not take it.</exception>
    internal async Task LoadAsync(Stream archive, CancellationToken cancellation)
    {
        try
        {
            await Store.LoadAsync(archive, cancellation);
        }
        catch (EngineException e)
        {
            throw new HarnessException($"the engine did not take the image ({e.Message}): see its log", e);
        }
    }

    /// <summary>Writes an image as an archive.</summary>
    internal Task<Stream> SaveAsync(string image, CancellationToken cancellation) => Store.SaveAsync(image, cancellation);

    /// <summary>Has the engine pull one.</summary>
    internal EngineCall PullAsync(string reference, RegistryLogin login, IProgress<EngineWord> words, CancellationToken cancellation) =>
        Store.PullAsync(reference, Allowed(login), words, cancellation);

    /// <summary>Names an image.</summary>
    internal Task TagAsync(string image, ImageReference name, CancellationToken cancellation) => Store.TagAsync(image, name.Repository, TagOf(name), cancellation);

    /// <summary>Takes a name away; the image goes with its last one.</summary>
    internal Task UntagAsync(string name, CancellationToken cancellation) => Store.RemoveAsync(name, ImageRemoval.NameOnly, cancellation);

    /// <summary>The ids of all images, those without a name included.</summary>
    internal async Task<IEnumerable<string>> IdsAsync(CancellationToken cancellation) =>
        (await Store.ListAsync(label: null, parents: true, cancellation)).Select(image => image.Id);

    /// <summary>Where the engine keeps images, where that is a folder of this machine; else null.</summary>
    internal async Task<string?> StoreAsync(CancellationToken cancellation)
    {
        var folder = connection.Endpoint.Address.Scheme == "unix" ? await Store.FolderAsync(cancellation) : null;
        return Directory.Exists(folder) ? folder : null;
    }

    /// <summary>Takes one name away, and the image where that was its last and no container has it; nothing where there is none.</summary>
    internal Task RemoveReferenceAsync(string reference, CancellationToken cancellation) => RemoveAsync(reference, ImageRemoval.Name, cancellation);

    /// <summary>Removes an image with all its names and layers; nothing where there is none.</summary>
    internal Task RemoveAsync(string image, CancellationToken cancellation) => RemoveAsync(image, ImageRemoval.Everything, cancellation);

    /// <summary>Pushes an image by its name.</summary>
    internal Task PushAsync(ImageReference name, RegistryLogin login, IProgress<EngineWord> words, CancellationToken cancellation) =>
        Store.PushAsync(name.Repository, TagOf(name), Allowed(login), words, cancellation);

    /// <summary>What the harness noted in an image that it made; null for any other.</summary>
    internal async Task<Provenance?> ProvenanceAsync(string image, CancellationToken cancellation)
    {
        var comments = await Store.CommentsAsync(image, cancellation);
        return comments.Select(ImageArchive.ReadProvenance).FirstOrDefault(provenance => provenance is not null);
    }

    // The engine gets logins as they are: over a wire that others read along they do not go.
    private RegistryLogin Allowed(RegistryLogin login)
    {
        if (!login.IsSecret || !connection.Endpoint.IsOpenWire)
            return login;
        if (Interlocked.Exchange(ref _told, 1) == 0)
            messages?.Report($"logins are not sent to the engine at {connection.Endpoint.Shown}, whose connection is not encrypted: set {EngineTls.VerifyVariable}=1 and {EngineTls.FolderVariable}, or reach it by a socket");
        return RegistryLogin.None;
    }

    /// <summary>The architecture that a recipe is made for: its own, else the engine's.</summary>
    internal async Task<string> ArchitectureAsync(BootstrapRecipe recipe, CancellationToken cancellation) =>
        recipe.Architecture.Length > 0 ? recipe.Architecture : await ArchitectureAsync(cancellation);

    /// <summary>The engine's own architecture.</summary>
    internal Task<string> ArchitectureAsync(CancellationToken cancellation) => connection.Engine.ArchitectureAsync(cancellation);

    private async Task RemoveAsync(string image, ImageRemoval removal, CancellationToken cancellation)
    {
        try
        {
            await Store.RemoveAsync(image, removal, cancellation);
        }
        catch (EngineException e) when (e.IsNotFound)
        {
            // It was not there, or somebody else removed it.
        }
    }

    private static string TagOf(ImageReference name) => name.Full[(name.Repository.Length + 1)..];
}
