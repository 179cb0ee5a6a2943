using System.Text.RegularExpressions;
using Harness.Core;

namespace Harness.Images.Packages;

/// <summary>One suite's index of packages, checked down to its signature where that is possible.</summary>
/// <param name="Text">The index.</param>
/// <param name="Check">One sentence: what the index was checked against.</param>
internal sealed partial record DebianSuite(string Text, string Check)
{
    /// <summary>Of Debian's main archive, the index has about 9 MiB packed and 60 MiB unpacked.</summary>
    private const int LargestRelease = 16 << 20;

    private const int LargestIndex = 512 << 20;

    /// <summary>Gets a suite's index.</summary>
    /// <exception cref="HarnessException">The mirror does not have it, or it does not check.</exception>
    internal static async Task<DebianSuite> ReadAsync(
        Fetch fetch, ReleaseSignature signature, string suite, string architecture, string folder, CancellationToken cancellation)
    {
        var release = Path.Combine(folder, "InRelease");
        await fetch.ToFileAsync($"dists/{suite}/InRelease", release, null, LargestRelease, cancellation);
        var (text, check) = await signature.CheckAsync(release, suite, cancellation);
        CheckName(text, suite, fetch.Mirror);
        foreach (var ending in new[] { ".xz", ".gz" })
        {
            var name = $"main/binary-{architecture}/Packages{ending}";
            if (Sha256Of(text, name) is not { } sha256)
                continue;
            var index = Path.Combine(folder, "Packages" + ending);
            await fetch.ToFileAsync($"dists/{suite}/{name}", index, sha256, LargestIndex, cancellation);
            return new DebianSuite(System.Text.Encoding.UTF8.GetString(Packed.Unpack(await File.ReadAllBytesAsync(index, cancellation), LargestIndex)), check);
        }

        throw new HarnessException($"{suite} at {fetch.Mirror} has no packages for {architecture}: give another mirror with --mirror debian=URL");
    }

    /// <summary>The newest kernel of a flavour with its modules and its configuration, wherever the suite packages them; empty where it has none.</summary>
    internal ImmutableArray<DebianPackage> Kernel(string flavour)
    {
        var packages = Packages("Package: linux-").Where(package => package.Name.EndsWith("-" + flavour, StringComparison.Ordinal)).ToList();
        var candidates =
            from package in packages
            let match = KernelName().Match(package.Name)
            // Since 7.x the image is in linux-binary, and linux-image an empty package that depends on it.
            where match.Success && package.Size > 1 << 20
            orderby VersionOrder(package.Version) descending, package.Name descending
            select (Package: package, Release: match.Groups[1].Value);
        var (image, release) = candidates.FirstOrDefault();
        return image is null
            ? []
            : [image, .. packages.Where(package => package.Version == image.Version && package.Name is var name && (name == "linux-modules-" + release || name == "linux-base-" + release))];
    }

    /// <summary>The newest package of that name; null where there is none.</summary>
    internal DebianPackage? Find(string name) =>
        Packages($"Package: {name}\n").OrderByDescending(package => VersionOrder(package.Version), StringComparer.Ordinal).FirstOrDefault();

    internal static string? Sha256Of(string release, string name)
    {
        var section = release.IndexOf("\nSHA256:", StringComparison.Ordinal);
        if (section < 0)
            return null;
        foreach (var line in release[(section + 1)..].Split('\n').Skip(1).TakeWhile(line => line.StartsWith(' ')))
        {
            if (line.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [var sha256, _, var file] && file.TrimEnd('\r') == name)
                return sha256;
        }

        return null;
    }

    // Runs of digits as numbers: enough for kernels' versions of one suite, whose form does not change.
    internal static string VersionOrder(string version) => Digits().Replace(version, match => match.Value.PadLeft(10, '0'));

    /// <summary>A good signature says that Debian made this suite, not that it is the suite that was asked for.</summary>
    /// <exception cref="HarnessException">It is another one.</exception>
    internal static void CheckName(string release, string suite, string mirror)
    {
        var names = release.Split('\n')
            .Select(line => line.TrimEnd('\r').Split(": ", 2))
            .Where(pair => pair is ["Suite" or "Codename", _])
            .Select(pair => pair[1].Trim())
            .ToList();
        if (!names.Contains(suite))
            throw new HarnessException($"dists/{suite} at {mirror} is {(names.Count == 0 ? "an index without a name" : $"the index of {string.Join('/', names)}")}: give another mirror with --mirror debian=URL");
    }

    private IEnumerable<DebianPackage> Packages(string beginning)
    {
        foreach (var stanza in Text.Split("\n\n"))
        {
            if (!stanza.StartsWith(beginning, StringComparison.Ordinal))
                continue;
            var fields = stanza.Split('\n').Select(line => line.Split(": ", 2)).Where(pair => pair.Length == 2 && pair[0][0] != ' ')
                .GroupBy(pair => pair[0]).ToDictionary(group => group.Key, group => group.First()[1], StringComparer.Ordinal);
            yield return DebianPackage.Of(fields);
        }
    }

    [GeneratedRegex("^linux-(?:image|binary)-([0-9].*)$")]
    private static partial Regex KernelName();

    [GeneratedRegex("[0-9]+")]
    private static partial Regex Digits();
}
