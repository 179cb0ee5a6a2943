namespace Harness.Images.Userlands;

/// <summary>What a registry says an image consists of, for one architecture.</summary>
/// <param name="Digest">Of what was asked for: an index of architectures, or the manifest itself.</param>
/// <param name="Names">All digests that an engine may call the image's id: of the index, the manifest and the configuration.</param>
/// <param name="Layers">Each layer once, in order.</param>
internal sealed record RegistryManifest(string Digest, ImmutableArray<string> Names, ImmutableArray<RegistryLayer> Layers)
{
    /// <summary>What has to be fetched of an image of which nothing is there, bytes.</summary>
    internal long Bytes => Layers.Sum(layer => layer.Bytes);
}

/// <summary>A layer as a registry keeps it.</summary>
/// <param name="Digest">Of the compressed layer.</param>
/// <param name="Bytes">Its size, compressed.</param>
internal sealed record RegistryLayer(string Digest, long Bytes);
