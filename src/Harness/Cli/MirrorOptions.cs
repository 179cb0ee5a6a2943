using System.Text.RegularExpressions;
using Harness.Core;
using Harness.Host.Facts;
using Harness.Images.Userlands;

namespace Harness.Cli;

/// <summary>What <c>--mirror</c> says.</summary>
/// <param name="Packages">Addresses of package mirrors by distribution.</param>
/// <param name="Images">The user's own copy of userlands, or null.</param>
public sealed partial record MirrorOptions(ImmutableSortedDictionary<string, string> Packages, ImageMirror? Images)
{
    /// <summary>Reads <c>NAME=WHERE</c>; the last of a name wins.</summary>
    /// <exception cref="HarnessException">One is not understood.</exception>
    public static MirrorOptions Read(IEnumerable<string> mirrors)
    {
        var read = new MirrorOptions(ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal), null);
        foreach (var mirror in mirrors)
        {
            read = mirror.Split('=', 2) switch
            {
                [ImageMirror.Setting, var where] => read with { Images = ImageMirror.Parse(where) },
                [var name, var url] when PackageMirror().IsMatch(name) && Uri.TryCreate(url, UriKind.Absolute, out _) => read with { Packages = read.Packages.SetItem(name, url) },
                _ => throw new HarnessException($"--mirror '{Redaction.Address(mirror)}': write debian=URL, as debian=http://mirror.example/debian, debian/SUITE=URL, debian-archive=URL, or images=HOST:PORT/PREFIX, or images=oci:DIR"),
            };
        }

        return read;
    }

    // The mirror of all suites, that of one, and the archive of those that mirrors no longer have.
    [GeneratedRegex(@"\Adebian(/[a-z0-9][a-z0-9-]*|-archive)?\z")]
    private static partial Regex PackageMirror();
}
