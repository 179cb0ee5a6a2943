using Harness.Core.Definitions;

namespace Harness.Runtimes.Userlands;

/// <summary>A layer that was made: its tar and what it is.</summary>
internal sealed record BootstrappedLayer(string File, Provenance Provenance);

/// <summary>Names recipes.</summary>
internal static class Recipes
{
    /// <summary>Raised when a recipe's result changes for the same packages.</summary>
    private const int Version = 1;

    /// <summary>The recipe in one word, as cache and images have it: <c>debian-bookworm-amd64-essential-1</c>.</summary>
    internal static string Key(BootstrapRecipe recipe, string architecture) => recipe.Kind == "debian"
        ? $"debian-{recipe.Suite}-{architecture}-{string.Join('-', ["essential", .. recipe.Packages])}-{Version}"
        : $"{recipe.Kind}-{architecture}-{Version}";
}
