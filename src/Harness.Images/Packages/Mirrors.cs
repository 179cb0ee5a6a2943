namespace Harness.Images.Packages;

/// <summary>Chooses where a distribution's packages come from.</summary>
internal static class Mirrors
{
    /// <summary>The environment variable that names Debian's mirror.</summary>
    internal const string DebianVariable = "HARNESS_DEBIAN_MIRROR";

    /// <summary>Words that mark archives which hold only part of a distribution.</summary>
    private static readonly ImmutableArray<string> Partial = ["security", "updates", "backports"];

    /// <summary>
    /// Debian's mirror: the user's <c>--mirror debian=URL</c>, else the environment's, else the archive from which
    /// this machine itself is installed, where it runs Debian or names a Debian archive. Null: none is known.
    /// </summary>
    /// <param name="options">Address by distribution.</param>
    /// <param name="environment">The value of <see cref="DebianVariable"/>, or null.</param>
    /// <param name="hostIsDebian">os-release's ID is <c>debian</c>.</param>
    /// <param name="hostCodename">os-release's VERSION_CODENAME, or null.</param>
    /// <param name="sources">The machine's apt sources.</param>
    internal static string? Debian(
        IReadOnlyDictionary<string, string> options, string? environment, bool hostIsDebian, string? hostCodename, IEnumerable<AptSource> sources)
    {
        if (options.TryGetValue("debian", out var option))
            return option;
        if (!string.IsNullOrEmpty(environment))
            return environment;
        return sources.FirstOrDefault(source => IsWholeDebian(source, hostIsDebian, hostCodename))?.Uri.TrimEnd('/');
    }

    private static bool IsWholeDebian(AptSource source, bool hostIsDebian, string? hostCodename)
    {
        var path = source.Uri.TrimEnd('/');
        if (!source.Uri.StartsWith("http", StringComparison.Ordinal) && !source.Uri.StartsWith("file:", StringComparison.Ordinal))
            return false;
        if (!source.Components.Contains("main") || Partial.Any(word => source.Suite.Contains(word, StringComparison.Ordinal) || path.Contains("-" + word, StringComparison.Ordinal)))
            return false;
        // Other vendors' archives have a "main" too: the suite must be the machine's own, or the path must say Debian.
        return path.EndsWith("/debian", StringComparison.Ordinal) || (hostIsDebian && hostCodename is not null && source.Suite == hostCodename);
    }
}
