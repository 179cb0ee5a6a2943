namespace Harness.Core.Definitions;

/// <summary>A userland of the catalogue, or one that the user named with <c>--image</c>.</summary>
public sealed record UserlandDefinition
{
    /// <summary><c>distro:version</c>, as <c>debian:12</c>, whatever the image reference is.</summary>
    public required string Id { get; init; }

    /// <summary>Image references that hold it, best first.</summary>
    public ImmutableArray<string> Images { get; init; } = [];

    /// <summary>How to make it from packages, or null.</summary>
    public BootstrapRecipe? Bootstrap { get; init; }
}

/// <summary>How a userland is made from the distribution's packages.</summary>
/// <param name="Kind"><c>debian</c> (mmdebstrap) or <c>busybox</c> (one static program).</param>
/// <param name="Suite">Debian's code name; empty for busybox.</param>
/// <param name="Architecture">Debian's name of the architecture; empty for the machine's own.</param>
public sealed record BootstrapRecipe(string Kind, string Suite, string Architecture);
