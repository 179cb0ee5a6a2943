using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Harness.Core.Definitions;

namespace Harness.Images.Userlands;

/// <summary>A layer that was made: its tar and what it is.</summary>
internal sealed record BootstrappedLayer(string File, Provenance Provenance);

/// <summary>Names recipes.</summary>
internal static class Recipes
{
    /// <summary>Raised when a recipe's result changes for the same packages.</summary>
    private const int Version = 2;

    // Names of files have 255 bytes at most, and others are made of this one.
    private const int LongestPrefix = 80;

    /// <summary>
    /// The recipe in one word, as cache and images have it: <c>debian-bookworm-amd64-essential-1f0c5a62b3d94e78</c>. What a reader sees of it
    /// is a help; which recipe it is, is in the hash: names hold dashes too, and lists can be long.
    /// </summary>
    internal static string Key(BootstrapRecipe recipe, string architecture)
    {
        ImmutableArray<string> words = [recipe.Kind, recipe.Suite, architecture, .. recipe.Packages.Order(StringComparer.Ordinal), .. recipe.Links.Select(link => $"{link.Key} -> {link.Value}")];
        var canonical = JsonSerializer.SerializeToUtf8Bytes(words.Prepend(Version.ToString(CultureInfo.InvariantCulture)));
        var prefix = string.Join('-', recipe.Kind switch
        {
            "debian" => ["debian", recipe.Suite, architecture, "essential", .. recipe.Packages],
            "unpacked" => ["unpacked", recipe.Suite, architecture, .. recipe.Packages],
            _ => (ImmutableArray<string>)[recipe.Kind, architecture],
        });
        return $"{prefix[..Math.Min(prefix.Length, LongestPrefix)]}-{Convert.ToHexStringLower(SHA256.HashData(canonical))[..16]}";
    }
}
