namespace Harness.Core.Definitions;

/// <summary>Userlands that a matrix takes from the catalogue by what they are, so that a new entry runs without being listed anywhere.</summary>
/// <param name="Tier">This tier and the smaller ones within it.</param>
public sealed record UserlandSelection(UserlandTier Tier)
{
    /// <summary>One userland of each distribution: what can be made from packages before what needs a registry, the newest release of these.</summary>
    public bool OnePerDistribution { get; init; }

    /// <summary>Only userlands whose glibc is older than this upstream version; null takes every libc.</summary>
    public Version? GlibcBefore { get; init; }

    /// <summary>The ids, in the catalogue's order.</summary>
    /// <param name="catalogue">Where to look.</param>
    /// <param name="tier">What the user chose instead of <see cref="Tier"/>, or null.</param>
    public ImmutableArray<string> From(UserlandCatalogue catalogue, UserlandTier? tier)
    {
        var chosen = catalogue.Userlands.Where(userland => userland.Tier >= (tier ?? Tier) && IsOldEnough(userland)).ToImmutableArray();
        return [.. (OnePerDistribution ? Representatives(chosen) : chosen).Select(userland => userland.Id)];
    }

    private bool IsOldEnough(UserlandDefinition userland) => GlibcBefore is not { } limit
        || (userland.Libc is { Kind: LibcKind.Glibc, Version: var text } && Version.TryParse(text, out var version) && version < limit);

    private static IEnumerable<UserlandDefinition> Representatives(ImmutableArray<UserlandDefinition> userlands)
    {
        var taken = userlands
            .Where(userland => userland.Distribution.Length > 0)
            .GroupBy(userland => userland.Distribution, StringComparer.Ordinal)
            .Select(family => family
                .OrderByDescending(userland => userland.Bootstrap is { Architecture: "" })
                .ThenByDescending(userland => userland.Released?.First ?? DateOnly.MinValue)
                .First())
            .ToHashSet();
        return userlands.Where(taken.Contains);
    }
}
