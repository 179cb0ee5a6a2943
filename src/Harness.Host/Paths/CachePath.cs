using System.Buffers;
using System.Text;
using Harness.Core;

namespace Harness.Host.Paths;

/// <summary>
/// Makes paths of text that came from outside: an index, a registry, a layout, a lock. .NET takes <c>..</c> out of a path before the
/// system sees it, so a name with one leaves its folder even where no folder between exists.
/// </summary>
internal static class CachePath
{
    /// <summary>What Linux allows, bytes.</summary>
    private const int LongestName = 255;

    private static readonly SearchValues<char> Forbidden = SearchValues.Create("/\\:*?\"<>|");

    /// <summary>The path of a file or folder directly below a folder.</summary>
    /// <exception cref="HarnessException">The name is not one name: it is empty, too long, leads elsewhere or holds a control character.</exception>
    internal static string Below(string root, string name) => IsName(name)
        ? Path.Combine(root, name)
        : throw new HarnessException($"'{name}' cannot be a file's name below {root}: what it was read from is damaged or hostile");

    /// <summary>Whether a text is one name of a file, on every platform.</summary>
    internal static bool IsName(string name) =>
        name.Length > 0
        && name is not ("." or "..")
        && !name.AsSpan().ContainsAny(Forbidden)
        && !name.Any(char.IsControl)
        && Encoding.UTF8.GetByteCount(name) <= LongestName;
}
