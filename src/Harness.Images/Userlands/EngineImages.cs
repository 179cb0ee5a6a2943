using System.Net;
using System.Text.Json;
using Docker.DotNet;
using Docker.DotNet.Models;
using Harness.Core;
using Harness.Core.Definitions;
using Harness.Engines.Connecting;

namespace Harness.Images.Userlands;

/// <summary>An engine's images: looking at them, and putting them in.</summary>
/// <param name="connection">The engine.</param>
/// <param name="messages">Told that a login was not sent; null where none can be held back.</param>
internal sealed class EngineImages(EngineConnection connection, IProgress<string>? messages = null)
{
    private int _told;

    /// <summary>The image of a reference, an id, or a repository and digest; null where there is none.</summary>
    internal async Task<ImageInspectResponse?> InspectAsync(string reference, CancellationToken cancellation)
    {
        try
        {
            return await connection.Client.Images.InspectImageAsync(reference, cancellation);
        }
        catch (DockerApiException e) when (e.StatusCode is HttpStatusCode.NotFound)
        {
            return null;
        }
    }

    /// <summary>Loads an archive as <c>docker save</c> makes it.</summary>
    /// <exception cref="HarnessException">The engine does not take it.</exception>
    internal async Task LoadAsync(Stream archive, CancellationToken cancellation)
    {
        var progress = new EngineProgress();
        try
        {
            await connection.Client.Images.LoadImageAsync(new ImageLoadParameters { Quiet = true }, archive, progress, cancellation);
        }
        catch (Exception e) when (e is DockerApiException or HttpRequestException or IOException or JsonException or InvalidOperationException)
        {
            throw new HarnessException($"the engine did not take the image ({EngineErrors.OneLine(e)}): see its log", e);
        }

        if (progress.Error is { } error)
            throw new HarnessException($"the engine did not take the image ({error}): see its log");
    }

    /// <summary>Writes an image as an archive.</summary>
    internal Task<Stream> SaveAsync(string image, CancellationToken cancellation) => connection.Client.Images.SaveImageAsync(image, cancellation);

    /// <summary>Has the engine pull one.</summary>
    internal Task PullAsync(string reference, AuthConfig login, IProgress<JSONMessage> progress, CancellationToken cancellation) =>
        connection.Client.Images.CreateImageAsync(new ImagesCreateParameters { FromImage = reference }, Allowed(login), progress, cancellation);

    /// <summary>Names an image.</summary>
    internal Task TagAsync(string image, ImageReference name, CancellationToken cancellation) => connection.Client.Images.TagImageAsync(
        image, new ImageTagParameters { RepositoryName = name.Repository, Tag = name.Full[(name.Repository.Length + 1)..] }, cancellation);

    /// <summary>Takes a name away; the image goes with its last one.</summary>
    internal Task UntagAsync(string name, CancellationToken cancellation) =>
        connection.Client.Images.DeleteImageAsync(name, new ImageDeleteParameters { NoPrune = true }, cancellation);

    /// <summary>The ids of all images, those without a name included.</summary>
    internal async Task<IEnumerable<string>> IdsAsync(CancellationToken cancellation) =>
        (await connection.Client.Images.ListImagesAsync(new ImagesListParameters { All = true }, cancellation)).Select(image => image.ID);

    /// <summary>Where the engine keeps images, where that is a folder of this machine; else null.</summary>
    internal async Task<string?> StoreAsync(CancellationToken cancellation)
    {
        var folder = connection.Endpoint.Address.Scheme == "unix" ? (await connection.Client.System.GetSystemInfoAsync(cancellation)).DockerRootDir : null;
        return Directory.Exists(folder) ? folder : null;
    }

    /// <summary>Takes one name away, and the image where that was its last and no container has it; nothing where there is none.</summary>
    internal async Task RemoveReferenceAsync(string reference, CancellationToken cancellation)
    {
        try
        {
            await connection.Client.Images.DeleteImageAsync(reference, new ImageDeleteParameters { Force = false }, cancellation);
        }
        catch (DockerApiException e) when (e.StatusCode is HttpStatusCode.NotFound)
        {
            // Somebody else removed it.
        }
    }

    /// <summary>Removes an image with all its names and layers; nothing where there is none.</summary>
    internal async Task RemoveAsync(string image, CancellationToken cancellation)
    {
        try
        {
            await connection.Client.Images.DeleteImageAsync(image, new ImageDeleteParameters { Force = true }, cancellation);
        }
        catch (DockerApiException e) when (e.StatusCode is HttpStatusCode.NotFound)
        {
            // It was not there.
        }
    }

    /// <summary>Pushes an image by its name.</summary>
    internal Task PushAsync(ImageReference name, AuthConfig login, IProgress<JSONMessage> progress, CancellationToken cancellation) =>
        connection.Client.Images.PushImageAsync(
            name.Repository, new ImagePushParameters { Tag = name.Full[(name.Repository.Length + 1)..] }, Allowed(login), progress, cancellation);

    /// <summary>What the harness noted in an image that it made; null for any other.</summary>
    internal async Task<Provenance?> ProvenanceAsync(string image, CancellationToken cancellation)
    {
        var history = await connection.Client.Images.GetImageHistoryAsync(image, cancellation);
        return history.Select(entry => ImageArchive.ReadProvenance(entry.Comment)).FirstOrDefault(provenance => provenance is not null);
    }

    // The engine gets logins as they are: over a wire that others read along they do not go.
    private AuthConfig Allowed(AuthConfig login)
    {
        var hasLogin = !string.IsNullOrEmpty(login.Password) || !string.IsNullOrEmpty(login.IdentityToken) || !string.IsNullOrEmpty(login.RegistryToken);
        if (!hasLogin || !connection.Endpoint.IsOpenWire)
            return login;
        if (Interlocked.Exchange(ref _told, 1) == 0)
            messages?.Report($"logins are not sent to the engine at {connection.Endpoint.Shown}, whose connection is not encrypted: set {EngineTls.VerifyVariable}=1 and {EngineTls.FolderVariable}, or reach it by a socket");
        return new AuthConfig();
    }

    /// <summary>The architecture that a recipe is made for: its own, else the engine's.</summary>
    internal async Task<string> ArchitectureAsync(BootstrapRecipe recipe, CancellationToken cancellation) =>
        recipe.Architecture.Length > 0 ? recipe.Architecture : await ArchitectureAsync(cancellation);

    /// <summary>The engine's own architecture.</summary>
    internal async Task<string> ArchitectureAsync(CancellationToken cancellation) => (await connection.Client.System.GetVersionAsync(cancellation)).Arch;
}
