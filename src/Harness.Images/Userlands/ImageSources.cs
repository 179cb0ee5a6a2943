using Harness.Core;
using Harness.Core.Definitions;
using Harness.Engines.Contract;

namespace Harness.Images.Userlands;

/// <summary>The ways by which an image gets into an engine. Each answers null, or one line that says why not.</summary>
/// <param name="engine">The engine.</param>
/// <param name="registry">Pulls.</param>
/// <param name="beforePull">To be done before each reference is pulled.</param>
/// <param name="beforeCopy">The same before another engine's image is loaded under a name.</param>
/// <param name="layers">Makes layers from packages.</param>
/// <param name="mirror">The user's own copy, or null.</param>
/// <param name="messages">Told what takes time.</param>
internal sealed class ImageSources(
    EngineImages engine, RegistryPull registry, Func<string, CancellationToken, Task> beforePull, Func<string, CancellationToken, Task> beforeCopy, LayerCache layers,
    ImageMirror? mirror, IProgress<string> messages)
{
    /// <summary>From a registry, by tag or digest.</summary>
    internal async Task<string?> PullAsync(string reference, CancellationToken cancellation)
    {
        await beforePull(reference, cancellation);
        return await registry.PullAsync(ImageReference.Parse(reference), cancellation);
    }

    /// <summary>The reference by which the user's own copy is pulled; null where there is none in a registry.</summary>
    internal string? InMirror(string userland, string? imageId) => mirror is not ImageMirror.InRegistry at ? null
        : imageId is null ? ImageNames.Of(userland, at.Prefix) : ImageNames.Exact(userland, at.Prefix, imageId);

    /// <summary>Whether the user's own copy is in a folder: it is no registry, so <c>--pull never</c> does not mean it.</summary>
    internal bool HasLayout => mirror is ImageMirror.InLayout;

    /// <summary>Whether there is a copy of the user's own.</summary>
    internal bool HasMirror => mirror is not null;

    /// <summary>The user's own copy.</summary>
    /// <param name="userland">The userland's id.</param>
    /// <param name="imageId">The image it must be, or null for the current one.</param>
    /// <param name="cancellation">Ends the fetching.</param>
    /// <returns>The image's name in the engine, or why it is not there.</returns>
    internal async Task<(string? Reference, string? Failure)> FromMirrorAsync(string userland, string? imageId, CancellationToken cancellation)
    {
        switch (mirror)
        {
            case ImageMirror.InRegistry:
                var reference = InMirror(userland, imageId)!;
                return await PullAsync(reference, cancellation) is { } failure ? (null, failure) : (reference, null);
            case ImageMirror.InLayout at:
                return await FromLayoutAsync(new OciLayout(at.Folder), at, userland, imageId, cancellation);
            default:
                return (null, null);
        }
    }

    /// <summary>Makes it from packages and loads it.</summary>
    /// <param name="userland">The userland's id.</param>
    /// <param name="recipe">How.</param>
    /// <param name="anew">Not from the cache.</param>
    /// <param name="locked">What must come out, or null.</param>
    /// <param name="cancellation">Ends the making.</param>
    /// <exception cref="HarnessException">It cannot be made, or something else comes out.</exception>
    internal async Task<BootstrappedLayer> BootstrapAsync(string userland, BootstrapRecipe recipe, bool anew, Provenance? locked, CancellationToken cancellation)
    {
        var architecture = await engine.ArchitectureAsync(recipe, cancellation);
        var layer = await layers.GetAsync(recipe, architecture, anew, locked, messages, cancellation);
        await layers.WithArchiveAsync(
            layer, ImageNames.Of(userland), Recipes.Key(recipe, architecture), architecture, archive => engine.LoadAsync(archive, cancellation), cancellation);
        return layer;
    }

    /// <summary>A copy of another engine's image.</summary>
    /// <param name="other">That engine's images.</param>
    /// <param name="imageId">The image's id there.</param>
    /// <param name="userland">The userland's id.</param>
    /// <param name="cancellation">Ends the copying.</param>
    /// <returns>The image's name in this engine.</returns>
    /// <exception cref="HarnessException">It was not taken, or the archive is damaged.</exception>
    /// <exception cref="EngineException">The other engine did not hand it over.</exception>
    internal async Task<string> FromEngineAsync(EngineImages other, string imageId, string userland, CancellationToken cancellation)
    {
        // A name that means this image alone: under the userland's own the engine may have another one.
        var tag = ImageNames.Exact(userland, ImageNames.Own, imageId);
        messages.Report($"copying {userland} from another engine of the run");
        await beforeCopy(tag, cancellation);
        await layers.WithFolderAsync(async folder =>
        {
            var layout = new OciLayout(folder);
            await using (var saved = await other.SaveAsync(imageId, cancellation))
                await layout.AddAsync(userland, saved, cancellation);
            await LoadAsync(layout, layout.Find(userland, imageId: null, await engine.ArchitectureAsync(cancellation))!, tag, cancellation);
        });
        return tag;
    }

    private Task LoadAsync(OciLayout layout, LayoutImage image, string tag, CancellationToken cancellation) =>
        layers.WithTemporaryAsync(async archive =>
        {
            await layout.WriteArchiveAsync(archive, image, tag, cancellation);
            archive.Position = 0;
            await engine.LoadAsync(archive, cancellation);
        });

    private async Task<(string? Reference, string? Failure)> FromLayoutAsync(
        OciLayout layout, ImageMirror.InLayout at, string userland, string? imageId, CancellationToken cancellation)
    {
        try
        {
            if (layout.Find(userland, imageId, await engine.ArchitectureAsync(cancellation)) is not { } image)
                return (null, $"{at} does not hold it");
            messages.Report($"loading {userland} from {at}");
            var tag = ImageNames.Of(userland);
            await LoadAsync(layout, image, tag, cancellation);
            return (tag, null);
        }
        catch (HarnessException e)
        {
            return (null, e.Message);
        }
    }
}
