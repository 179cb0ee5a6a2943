using Harness.Core;
using Harness.Core.Definitions;
using Harness.Core.Model;
using Harness.Engines.Contract;

namespace Harness.Images.Userlands;

/// <summary>
/// Gets exactly the images of a lock: from the engine, the user's own copy, packages that give the same layer, another engine of the run, or a registry
/// by digest.
/// </summary>
internal sealed class LockedImages(EngineImages engine, ImageSources sources, PullPolicy policy, string source, IOtherEngines others)
{
    private string? _pulledAs;

    /// <summary>The image of an entry; never another one.</summary>
    internal async Task<UserlandResolution> FindAsync(UserlandDefinition definition, UserlandLock entry, CancellationToken cancellation)
    {
        var reasons = new List<string>();
        _pulledAs = null;
        var image = await InEngineAsync(engine, entry, cancellation)
            ?? await FromMirrorAsync(entry, reasons, cancellation)
            ?? await FromPackagesAsync(definition, entry, reasons, cancellation)
            ?? await FromOthersAsync(entry, reasons, cancellation)
            ?? await FromRegistryAsync(entry, reasons, cancellation);
        if (image is null)
            return new UserlandResolution.Missing(Missing(entry, reasons));
        return image.Architecture == entry.Architecture
            ? new UserlandResolution.Found(image.Id, entry with { StandIn = UserlandImages.StandInOf(image) }) { PulledAs = _pulledAs }
            : new UserlandResolution.Missing($"{source} names an image for {entry.Architecture}, and this engine gets it for {image.Architecture}: make a lock here with 'harness images lock'");
    }

    /// <summary>The reference by which an entry would be pulled; null where the engine has it, or no registry.</summary>
    internal async Task<string?> ToPullAsync(UserlandLock entry, CancellationToken cancellation) =>
        await InEngineAsync(engine, entry, cancellation) is not null ? null
        : sources.InMirror(entry.Id, entry.ImageId ?? entry.Digest) ?? (IsOfRegistry(entry) ? ByDigest(entry) : null);

    /// <summary>Whether an image is the one that is named: by its id, by its repository's digest, or by the layer that the harness made.</summary>
    internal static bool IsIt(ImageInspection image, UserlandLock entry) =>
        image.Id == entry.ImageId
        || image.Id == entry.Digest
        || image.RepositoryDigests.Any(digest => digest.EndsWith("@" + entry.Digest, StringComparison.Ordinal))
        // Engines differ in what they call an image's id; what they make of one layer does not.
        || (entry.Provenance.LayerSha256 is { } layer && image.Layers is [var only] && only == "sha256:" + layer);

    /// <summary>Whether two engines' images of a userland are one image, whatever each calls it.</summary>
    internal static bool IsSame(UserlandLock one, UserlandLock other) =>
        one.Digest == other.Digest || (one.ImageId is { } id && id == other.ImageId) || (one.Provenance.LayerSha256 is { } layer && layer == other.Provenance.LayerSha256);

    private static async Task<ImageInspection?> InEngineAsync(EngineImages engine, UserlandLock entry, CancellationToken cancellation)
    {
        string?[] names = [entry.ImageId, entry.Digest, $"{ImageReference.Parse(entry.Image).Repository}@{entry.Digest}", ImageNames.Of(entry.Id)];
        foreach (var name in names.OfType<string>().Distinct())
        {
            if (await engine.InspectAsync(name, cancellation) is { } image && IsIt(image, entry))
                return image;
        }

        return null;
    }

    private async Task<ImageInspection?> FromMirrorAsync(UserlandLock entry, List<string> reasons, CancellationToken cancellation)
    {
        if (!sources.HasMirror || (policy == PullPolicy.Never && !sources.HasLayout))
            return null;
        var (reference, failure) = await sources.FromMirrorAsync(entry.Id, entry.ImageId ?? entry.Digest, cancellation);
        if (reference is null)
        {
            reasons.Add(failure!);
            return null;
        }

        if (await engine.InspectAsync(reference, cancellation) is { } image && IsIt(image, entry))
        {
            _pulledAs = reference;
            return image;
        }

        reasons.Add("the mirror holds another image of it");
        return null;
    }

    private async Task<ImageInspection?> FromOthersAsync(UserlandLock entry, List<string> reasons, CancellationToken cancellation)
    {
        await foreach (var other in others.StoresAsync(cancellation))
        {
            try
            {
                // One digest can be the image of several architectures.
                if (await InEngineAsync(other, entry, cancellation) is not { } image || image.Architecture != entry.Architecture)
                    continue;
                // Its id and its digests are the other engine's words; the hashes of its layers are the files themselves.
                _pulledAs = await sources.FromEngineAsync(other, image.Id, entry.Id, cancellation);
                if (await engine.InspectAsync(_pulledAs, cancellation) is { } copy && copy.Layers.SequenceEqual(image.Layers))
                    return copy;
                reasons.Add("this engine made other layers of the copy");
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                // Whatever is wrong with another engine, or with what it hands over, is no reason not to ask a registry.
                reasons.Add($"the copy from another engine failed ({EngineErrors.OneLine(e)})");
            }
        }

        return null;
    }

    private async Task<ImageInspection?> FromRegistryAsync(UserlandLock entry, List<string> reasons, CancellationToken cancellation)
    {
        if (!IsOfRegistry(entry))
            return null;
        if (policy == PullPolicy.Never)
        {
            reasons.Add("the engine does not have it, and --pull never");
            return null;
        }

        if (await sources.PullAsync(ByDigest(entry), cancellation) is not { } failure)
            return await engine.InspectAsync(_pulledAs = ByDigest(entry), cancellation);
        reasons.Add(failure);
        return null;
    }

    // An image whose digest is its id came from no registry.
    private static bool IsOfRegistry(UserlandLock entry) => entry.Digest != entry.ImageId && entry.Provenance.LayerSha256 is null;

    private static string ByDigest(UserlandLock entry) => $"{ImageReference.Parse(entry.Image).Repository}@{entry.Digest}";

    private async Task<ImageInspection?> FromPackagesAsync(
        UserlandDefinition definition, UserlandLock entry, List<string> reasons, CancellationToken cancellation)
    {
        if (definition.Bootstrap is not { } recipe || entry.Provenance.LayerSha256 is null)
            return null;
        try
        {
            await sources.BootstrapAsync(definition.Id, recipe, anew: false, entry.Provenance, cancellation);
            return await InEngineAsync(engine, entry, cancellation);
        }
        catch (HarnessException e)
        {
            reasons.Add(e.Message);
            return null;
        }
    }

    private string Missing(UserlandLock entry, List<string> reasons)
    {
        var image = $"the image that {source} names for {entry.Id} ({Short(entry.Digest)}) is not available";
        return reasons.Count == 0 ? $"{image}: the engine does not have it, and it is in no registry"
            : reasons.Any(RegistryWait.IsLimit) ? RegistryWait.Join([image, .. reasons])
            : $"{image}: {string.Join("; ", reasons.Distinct())}";
    }

    private static string Short(string digest) => digest[..Math.Min(digest.Length, "sha256:".Length + 12)];
}
