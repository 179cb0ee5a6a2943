using Harness.Core.Definitions;
using Harness.Core.Model;
using Harness.Core.Planning;

namespace Harness.Images.Userlands;

/// <summary>
/// Which userlands somebody here vouches for: those of the repository's catalogue, and those made here from a distribution's packages. Any other
/// image may be hostile, so it runs only where it is confined as in an engine's container, unless the user wants it otherwise. A digest does not
/// make an image known: it says which one it is, not whose.
/// </summary>
/// <param name="repository">The repository's own catalogue.</param>
/// <param name="images">The lock in use, which may name other images than the catalogue does; or null.</param>
/// <param name="mirror">The user's own copy, which the user vouches for; or null.</param>
public sealed class Origins(UserlandCatalogue repository, ImageLock? images = null, ImageMirror? mirror = null)
{
    /// <summary>The option by which a user runs unknown images in spite of that.</summary>
    public const string Option = "--allow-unconfined";

    private readonly ImmutableHashSet<string> _known = [.. repository.Userlands.SelectMany(userland => userland.Images).Select(Name)];

    /// <summary>The first image of a userland that nobody vouches for; null where there is none.</summary>
    public string? Unknown(UserlandDefinition userland)
    {
        return userland.Images.FirstOrDefault(image => !_known.Contains(Name(image)))
            ?? images?.FindAll(userland.Id).Select(entry => entry.Image).FirstOrDefault(image => !IsKnown(userland, image));
    }

    /// <summary>Why a cell must not run, in one line with the remedy; null where it may.</summary>
    /// <param name="cell">The cell.</param>
    /// <param name="catalogue">The userlands that can be run.</param>
    public string? Refusal(Cell cell, UserlandCatalogue catalogue) =>
        Confinement.Gap(cell) is { } gap && catalogue.Find(cell.Userland) is { } userland && Unknown(userland) is { } image
            ? $"the image '{image}' is in no catalogue of the repository, and {cell.Engine}/{cell.Runtime} confines it less than an engine's container does ({gap}): add {Option} if you trust it"
            : null;

    private bool IsKnown(UserlandDefinition userland, string image) =>
        _known.Contains(Name(image))
        || image == ImageNames.Of(userland.Id)
        || (mirror is ImageMirror.InRegistry own && image.StartsWith(own.Prefix + "/", StringComparison.Ordinal));

    // Without tag and digest: who can write one of a repository's can write the others.
    private static string Name(string image) => ImageReference.Parse(image).Familiar;
}
