namespace Harness.Engines.Contract;

/// <summary>An image, as an engine has it.</summary>
internal sealed record ImageInspection
{
    /// <summary>The engine's id of it: <c>sha256:…</c>, also where the engine leaves out the word.</summary>
    internal required string Id { get; init; }

    /// <summary>As engines name it: <c>amd64</c>.</summary>
    internal string Architecture { get; init; } = "";

    /// <summary>Bytes: what that counts, <see cref="ImageMeasure"/> says.</summary>
    internal long Size { get; init; }

    /// <summary><c>REPOSITORY@sha256:…</c>, one for each repository that it came from.</summary>
    internal ImmutableArray<string> RepositoryDigests { get; init; } = [];

    /// <summary>The hashes of its layers' files, from the bottom.</summary>
    internal ImmutableArray<string> Layers { get; init; } = [];

    /// <summary>Folders that it declares as volumes.</summary>
    internal ImmutableArray<string> Volumes { get; init; } = [];

    /// <summary>Its labels.</summary>
    internal ImmutableSortedDictionary<string, string> Labels { get; init; } = ImmutableSortedDictionary<string, string>.Empty;
}

/// <summary>An image in a list.</summary>
/// <param name="Id">The engine's id.</param>
/// <param name="Tags">Its names.</param>
internal sealed record ImageSummary(string Id, ImmutableArray<string> Tags);

/// <summary>An image's layers on disk, bytes.</summary>
/// <param name="Shared">Those that another image of the engine has too.</param>
/// <param name="Own">Those of this image alone.</param>
internal sealed record LayerBytes(long Shared, long Own);
