using Harness.Images.Userlands;

namespace Harness.Instruments.Pulling;

/// <summary>Where a userland's image can be pulled from.</summary>
internal abstract record PullSource
{
    private PullSource()
    {
    }

    /// <summary>A registry has this very image.</summary>
    /// <param name="Reference">By digest.</param>
    /// <param name="ImageId">What the engine calls it: what has to come.</param>
    /// <param name="Manifest">What it consists of.</param>
    internal sealed record Found(ImageReference Reference, string ImageId, RegistryManifest Manifest) : PullSource;

    /// <summary>None has.</summary>
    /// <param name="Reason">One line, with the remedy.</param>
    internal sealed record Missing(string Reason) : PullSource;
}

/// <summary>Reads an image's manifest from its registry: it, or why not.</summary>
internal delegate Task<(RegistryManifest? Manifest, string? Reason)> ReadManifest(ImageReference reference, string architecture, CancellationToken cancellation);

/// <summary>Looks for a registry that has an image of the run's: the user's own copy, then where it came from.</summary>
internal sealed class PullSources(ReadManifest read, ImageMirror? mirror, PullPolicy policy)
{
    /// <summary>Asks, and pulls nothing.</summary>
    internal async Task<PullSource> FindAsync(UserlandResolution.Found image, CancellationToken cancellation)
    {
        if (policy == PullPolicy.Never)
            return new PullSource.Missing("--pull never: no registry is asked");
        var reasons = new List<string>();
        foreach (var reference in References(image))
        {
            var (manifest, reason) = await read(reference, image.Lock.Architecture, cancellation);
            if (manifest is null)
                reasons.Add(reason!);
            // Another image would be another measurement, whatever its name.
            else if (!manifest.Names.Contains(image.ImageId))
                reasons.Add($"{reference.Full} is another image than the run's");
            else
                return new PullSource.Found(ImageReference.Parse($"{reference.Repository}@{manifest.Digest}"), image.ImageId, manifest);
        }

        return new PullSource.Missing(reasons.Count > 0
            ? string.Join("; ", reasons.Distinct())
            : $"{image.Lock.Id} came from no registry: copy it to one with 'harness images lock' and 'images mirror', and name that with --mirror images=HOST:PORT/PREFIX");
    }

    private IEnumerable<ImageReference> References(UserlandResolution.Found image)
    {
        if (mirror is ImageMirror.InRegistry at)
            yield return ImageReference.Parse(ImageNames.Exact(image.Lock.Id, at.Prefix, image.Lock.ImageId ?? image.ImageId));
        // An image whose digest is its id came from no registry.
        if (image.Lock.Digest != image.ImageId && image.Lock.Digest != image.Lock.ImageId)
            yield return ImageReference.Parse($"{ImageReference.Parse(image.Lock.Image).Repository}@{image.Lock.Digest}");
    }
}
