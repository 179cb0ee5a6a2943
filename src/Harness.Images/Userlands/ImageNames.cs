namespace Harness.Images.Userlands;

/// <summary>The names under which the harness itself keeps a userland's image, in an engine, a registry or a layout.</summary>
internal static class ImageNames
{
    /// <summary>The prefix within an engine.</summary>
    internal const string Own = "harness";

    /// <summary><c>harness/debian:12</c>, for <c>debian:12</c>. Characters that no reference may have become <c>-</c>.</summary>
    internal static string Of(string userland, string prefix = Own)
    {
        var (repository, tag) = Parts(userland);
        return $"{prefix}/{repository}:{tag}";
    }

    /// <summary>
    /// The name that means this very image: a tag made of its id. A tag such as <c>debian:12</c> is moved by the
    /// next copy; this one never is, so that an old lock still finds what it names.
    /// </summary>
    internal static string Exact(string userland, string prefix, string imageId) =>
        $"{prefix}/{Parts(userland).Repository}:{imageId.Replace(':', '-')}";

    private static (string Repository, string Tag) Parts(string userland)
    {
        var parts = userland.ToLowerInvariant().Split(':', 2);
        return (Legal(parts[0], "/"), parts.Length > 1 && parts[1].Length > 0 ? Legal(parts[1], "") : "latest");
    }

    private static string Legal(string text, string also) =>
        string.Concat(text.Select(character => char.IsAsciiLetterOrDigit(character) || "._-".Contains(character, StringComparison.Ordinal) || also.Contains(character, StringComparison.Ordinal) ? character : '-'));
}
