namespace Harness.Images.Userlands;

/// <summary>An image reference as users write it.</summary>
/// <param name="Registry">Host and port, or empty for the engine's default registry.</param>
/// <param name="Full">With <c>:latest</c> where it names neither tag nor digest: without one, an engine pulls every tag.</param>
internal sealed record ImageReference(string Registry, string Full)
{
    /// <summary>What engines take a reference without a registry to mean.</summary>
    internal const string DefaultRegistry = "docker.io";

    /// <summary>The registry's name, with one spelling for the default one.</summary>
    internal string Host => Registry is "" or "index.docker.io" ? DefaultRegistry : Registry;

    /// <summary>Without tag and digest.</summary>
    internal string Repository
    {
        get
        {
            var name = Full.Split('@')[0];
            var colon = name.LastIndexOf(':');
            return colon > name.LastIndexOf('/') ? name[..colon] : name;
        }
    }

    /// <summary>The repository as engines list it: without the default registry and its <c>library/</c>.</summary>
    internal string Familiar
    {
        get
        {
            var name = Host == DefaultRegistry && Registry.Length > 0 ? Repository[(Registry.Length + 1)..] : Repository;
            return Host == DefaultRegistry && name.StartsWith("library/", StringComparison.Ordinal) ? name["library/".Length..] : name;
        }
    }

    /// <summary>The tag or the digest.</summary>
    internal string Version => Full[(Repository.Length + 1)..];

    /// <summary>The repository as its registry's API names it.</summary>
    internal string Path => Host != DefaultRegistry ? Repository[(Registry.Length + 1)..]
        : Familiar.Contains('/', StringComparison.Ordinal) ? Familiar : "library/" + Familiar;

    /// <summary>Takes a reference apart.</summary>
    internal static ImageReference Parse(string reference)
    {
        var slash = reference.IndexOf('/', StringComparison.Ordinal);
        var first = slash < 0 ? "" : reference[..slash];
        var registry = first == "localhost" || first.Contains('.', StringComparison.Ordinal) || first.Contains(':', StringComparison.Ordinal) ? first : "";
        var name = reference[(reference.LastIndexOf('/') + 1)..];
        var isComplete = name.Contains(':', StringComparison.Ordinal) || name.Contains('@', StringComparison.Ordinal);
        return new ImageReference(registry, isComplete ? reference : reference + ":latest");
    }
}
