using Harness.Core;
using Harness.Engines.Contract;

namespace Harness.Images.Userlands;

/// <summary>Copies locked images to the user's own registry, or into a folder.</summary>
internal sealed class MirrorCopy(EngineImages engine, DockerCredentials credentials, ImageMirror to)
{
    /// <summary>Copies one image that the engine has. Returns the name under which it is there, with its digest.</summary>
    /// <exception cref="HarnessException">It could not be copied.</exception>
    internal Task<string> CopyAsync(UserlandResolution.Found image, CancellationToken cancellation) => to switch
    {
        ImageMirror.InRegistry at => PushAsync(at, image, cancellation),
        ImageMirror.InLayout at => AddAsync(at, image, cancellation),
        _ => throw new InvalidOperationException("an unknown kind of mirror"),
    };

    private async Task<string> AddAsync(ImageMirror.InLayout at, UserlandResolution.Found image, CancellationToken cancellation)
    {
        await using var archive = await engine.SaveAsync(image.ImageId, cancellation);
        return $"{at} {image.Lock.Id}@{await new OciLayout(at.Folder).AddAsync(image.Lock.Id, archive, cancellation)}";
    }

    private async Task<string> PushAsync(ImageMirror.InRegistry at, UserlandResolution.Found image, CancellationToken cancellation)
    {
        // The readable name moves with every copy; the exact one is what a lock asks for.
        var exact = await PushAsync(image.ImageId, ImageReference.Parse(ImageNames.Exact(image.Lock.Id, at.Prefix, image.Lock.ImageId ?? image.ImageId)), cancellation);
        await PushAsync(image.ImageId, ImageReference.Parse(ImageNames.Of(image.Lock.Id, at.Prefix)), cancellation);
        return $"{ImageNames.Of(image.Lock.Id, at.Prefix)}@{exact}";
    }

    private async Task<string> PushAsync(string imageId, ImageReference name, CancellationToken cancellation)
    {
        var words = new EngineProgress();
        await engine.TagAsync(imageId, name, cancellation);
        try
        {
            await engine.PushAsync(name, await credentials.FindAsync(name.Host, cancellation), words, cancellation);
        }
        catch (EngineException e)
        {
            throw new HarnessException($"{name.Full} cannot be pushed: {EngineErrors.OneLine(e)}", e);
        }

        if (words.Error is { } error)
            throw new HarnessException($"{name.Full} cannot be pushed: {error}");
        var image = await engine.InspectAsync(imageId, cancellation);
        var digest = image?.RepositoryDigests.FirstOrDefault(text => text.StartsWith(name.Familiar + "@", StringComparison.Ordinal));
        // Only the name that the copying gave: the image itself stays under its own.
        await engine.UntagAsync(name.Full, cancellation);
        return digest is null ? imageId : digest[(digest.IndexOf('@', StringComparison.Ordinal) + 1)..];
    }
}
