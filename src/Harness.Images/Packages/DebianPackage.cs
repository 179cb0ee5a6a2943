using System.Globalization;
using System.Text.RegularExpressions;
using Harness.Core;

namespace Harness.Images.Packages;

/// <summary>A package as an index lists it. Its name, version and path become parts of addresses and file names, so each is what Debian's policy allows.</summary>
internal sealed partial record DebianPackage(string Name, string Version, string Path, long Size, string Sha256)
{
    /// <summary>What is fetched at most: no kernel's package comes near it, that with its debugging symbols is larger.</summary>
    internal const long Largest = 1L << 30;

    /// <summary>The package of a stanza's fields.</summary>
    /// <exception cref="HarnessException">A field is missing or is not what Debian's policy allows.</exception>
    internal static DebianPackage Of(IReadOnlyDictionary<string, string> fields)
    {
        var name = Checked(fields, "Package", "", NamePattern().IsMatch);
        var size = Checked(fields, "Size", name, text => Count(text) >= 0);
        return new DebianPackage(
            name,
            Checked(fields, "Version", name, VersionPattern().IsMatch),
            Checked(fields, "Filename", name, path => path.Split('/').All(part => PartPattern().IsMatch(part))),
            Count(size),
            Checked(fields, "SHA256", name, text => Sha256Digest.IsHex(text)));
    }

    private static long Count(string text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? count : -1;

    private static string Checked(IReadOnlyDictionary<string, string> fields, string field, string package, Func<string, bool> isValid)
    {
        var value = fields.TryGetValue(field, out var text) ? text.TrimEnd('\r') : "";
        return isValid(value)
            ? value
            : throw new HarnessException($"the index lists {(package.Length > 0 ? package : "a package")} with the invalid {field} '{value}': the mirror is damaged or hostile; give another with --mirror debian=URL");
    }

    // Debian policy, 5.6.1 and 5.6.7.
    [GeneratedRegex(@"\A[a-z0-9][a-z0-9+.-]{1,127}\z")]
    private static partial Regex NamePattern();

    // Debian policy, 5.6.12: an epoch, an upstream version that begins with a digit, a revision.
    [GeneratedRegex(@"\A([0-9]{1,10}:)?[0-9][A-Za-z0-9.+~-]{0,127}\z")]
    private static partial Regex VersionPattern();

    // A folder or a file of a pool; none of them hidden, none of them "..".
    [GeneratedRegex(@"\A[A-Za-z0-9_][A-Za-z0-9_.+~-]{0,254}\z")]
    private static partial Regex PartPattern();
}
