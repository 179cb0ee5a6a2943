using System.Globalization;

namespace Harness.Images.Userlands;

/// <summary>An image that a run would pull.</summary>
/// <param name="Reference">Where it is.</param>
/// <param name="Userlands">The userlands that are this image.</param>
internal sealed record NeededImage(ImageReference Reference, ImmutableHashSet<string> Userlands);

/// <summary>
/// What the images of a run need: bytes to fetch, and room on the disk, which is that of the most images that lie there at once. Sizes that
/// are not known are estimated: as the median of those that are, else as a usual base image.
/// </summary>
/// <param name="Known">Images whose size a manifest told.</param>
/// <param name="Estimated">Images whose size was not asked or not told in time.</param>
/// <param name="Each">Compressed bytes that each of these was taken for.</param>
/// <param name="Bytes">Compressed bytes of all of them; layers that images share count once.</param>
/// <param name="AtOnce">Bytes on the disk at most.</param>
internal sealed record PullNeed(int Known, int Estimated, long Each, long Bytes, long AtOnce)
{
    /// <summary>Unpacked layers take up to some three times their compressed size; beside them the compressed ones lie while they are unpacked.</summary>
    private const double Unpacked = 3;

    /// <summary>A base image, where no size is known: minimal ones have 2 to 10 MB, full ones 30 to 100.</summary>
    private const long Usual = 60_000_000;

    /// <summary>Adds up.</summary>
    /// <param name="images">The images that can be pulled.</param>
    /// <param name="manifests">What is known of them.</param>
    /// <param name="waves">Which userlands lie on the disk at the same time; empty: all of them.</param>
    internal static PullNeed Of(
        ImmutableArray<NeededImage> images, IReadOnlyDictionary<ImageReference, RegistryManifest> manifests, ImmutableArray<ImmutableHashSet<string>> waves)
    {
        ImmutableArray<long> known = [.. images.Where(image => manifests.ContainsKey(image.Reference)).Select(image => manifests[image.Reference].Layers.Sum(layer => layer.Bytes)).Order()];
        var each = known.IsEmpty ? Usual : (known[(known.Length - 1) / 2] + known[known.Length / 2]) / 2;
        var atOnce = waves.IsEmpty ? Compressed(images) : waves.Max(wave => Compressed(images.Where(image => image.Userlands.Overlaps(wave))));
        return new PullNeed(known.Length, images.Length - known.Length, each, Compressed(images), (long)(atOnce * Unpacked));

        long Compressed(IEnumerable<NeededImage> some)
        {
            var layers = new Dictionary<string, long>(StringComparer.Ordinal);
            var estimated = 0L;
            foreach (var image in some)
            {
                if (!manifests.TryGetValue(image.Reference, out var manifest))
                    estimated += each;
                foreach (var layer in manifest?.Layers ?? [])
                    layers[layer.Digest] = layer.Bytes;
            }

            return estimated + layers.Values.Sum();
        }
    }

    /// <summary>In words: <c>1.2 GB compressed, about 0.4 GB on the disk at once</c>.</summary>
    public override string ToString()
    {
        var need = $"{Size(Bytes)} compressed, about {Size(AtOnce)} on the disk at once";
        return Estimated == 0 ? need
            : Known == 0 ? $"an estimated {need} (no size is known: {Size(Each)} for each, a usual base image)"
            : string.Create(CultureInfo.InvariantCulture, $"an estimated {need} ({Known} sizes are known; their median, {Size(Each)}, for each of the other {Estimated})");
    }

    /// <summary>Bytes in words.</summary>
    internal static string Size(long bytes) => bytes >= 1e9
        ? string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e9:0.0} GB")
        : string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:0.0} MB");
}
