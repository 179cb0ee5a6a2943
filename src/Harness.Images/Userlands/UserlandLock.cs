using Harness.Core.Definitions;
using Harness.Core.Model;
using Harness.Engines.Contract;

namespace Harness.Images.Userlands;

/// <summary>Which image a userland was in this run: one entry of <c>userlands.lock.json</c>.</summary>
public sealed record UserlandLock
{
    /// <summary>The userland's id.</summary>
    public required string Id { get; init; }

    /// <summary>The reference that was used.</summary>
    public required string Image { get; init; }

    /// <summary><c>sha256:…</c>: the repository's digest where a registry gave one, else the image's id.</summary>
    public required string Digest { get; init; }

    /// <summary><c>sha256:…</c>: the image's id in the engine that had it; the same for the same image wherever it came from.</summary>
    public string? ImageId { get; init; }

    /// <summary>The engine's name of the architecture: <c>amd64</c>.</summary>
    public required string Architecture { get; init; }

    /// <summary>What the image says of itself where it only stands in for the userland (<see cref="StandIn"/>); null for any other.</summary>
    public string? StandIn { get; init; }

    /// <summary>How it came here.</summary>
    public required Provenance Provenance { get; init; }
}

/// <summary>Where an image came from. Stored within the images that the harness makes, so that it is there whenever they are.</summary>
public sealed record Provenance
{
    /// <summary><c>registry</c>, <c>engine</c> (was there already), <c>debian</c>, <c>unpacked</c>, <c>busybox</c> or <c>empty</c> (made here).</summary>
    public required string Kind { get; init; }

    /// <summary>Debian's code name.</summary>
    public string? Suite { get; init; }

    /// <summary>The date of the suite's Release file.</summary>
    public DateTimeOffset? SourceDate { get; init; }

    /// <summary>SHA-256 of the layer's tar: the same for the same packages, wherever it is made.</summary>
    public string? LayerSha256 { get; init; }

    /// <summary>Version by package.</summary>
    public ImmutableSortedDictionary<string, string> Packages { get; init; } = ImmutableSortedDictionary<string, string>.Empty;
}

/// <summary>What became of a userland.</summary>
public abstract record UserlandResolution
{
    private UserlandResolution()
    {
    }

    /// <summary>The engine has an image of it.</summary>
    /// <param name="ImageId">The image's id in the engine, by which containers are made.</param>
    /// <param name="Lock">For the run's lock file.</param>
    public sealed record Found(string ImageId, UserlandLock Lock) : UserlandResolution
    {
        /// <summary>The reference by which the engine got it, where it is not the lock's own.</summary>
        public string? PulledAs { get; init; }

        /// <summary>What an engine has under a reference.</summary>
        internal static Found Of(UserlandDefinition definition, string reference, ImageInspection image, Provenance provenance)
        {
            // An image can be in several repositories; the digest is that of the one it was asked from.
            var repository = ImageReference.Parse(reference).Familiar + "@";
            var digest = image.RepositoryDigests.FirstOrDefault(text => text.StartsWith(repository, StringComparison.Ordinal))?[repository.Length..];
            return new Found(image.Id, new UserlandLock
            {
                Id = definition.Id,
                Image = reference,
                Digest = digest ?? image.Id,
                ImageId = image.Id,
                Architecture = image.Architecture,
                StandIn = UserlandImages.StandInOf(image),
                Provenance = provenance,
            });
        }
    }

    /// <summary>It is not available.</summary>
    /// <param name="Reason">One line, with the remedy.</param>
    public sealed record Missing(string Reason) : UserlandResolution;
}

/// <summary>When registries are asked.</summary>
public enum PullPolicy
{
    /// <summary>Never: what the engine has, or what can be made from packages.</summary>
    Never,

    /// <summary>For images that the engine has not.</summary>
    Missing,

    /// <summary>For every image once a run; images made from packages are made anew.</summary>
    Always,
}
