using System.Text.RegularExpressions;
using Harness.Core;
using Harness.Runtimes.Processes;

namespace Harness.Runtimes.Kernels;

/// <summary>A package as an index lists it.</summary>
internal sealed record DebianPackage(string Name, string Version, string Path, long Size, string Sha256);

/// <summary>One suite's index of packages, checked down to its signature where that is possible.</summary>
/// <param name="Text">The index.</param>
/// <param name="Check">One sentence: what the index was checked against.</param>
internal sealed partial record DebianSuite(string Text, string Check)
{
    private const string KeyringFolder = "/usr/share/keyrings";

    /// <summary>Gets a suite's index.</summary>
    /// <exception cref="HarnessException">The mirror has it not, or it does not check.</exception>
    internal static async Task<DebianSuite> ReadAsync(Fetch fetch, string suite, string architecture, string folder, CancellationToken cancellation)
    {
        var release = Path.Combine(folder, "InRelease");
        await fetch.ToFileAsync($"dists/{suite}/InRelease", release, null, cancellation);
        var (text, check) = await CheckedAsync(release, suite, cancellation);
        foreach (var ending in new[] { ".xz", ".gz" })
        {
            var name = $"main/binary-{architecture}/Packages{ending}";
            if (Sha256Of(text, name) is not { } sha256)
                continue;
            var index = Path.Combine(folder, "Packages" + ending);
            await fetch.ToFileAsync($"dists/{suite}/{name}", index, sha256, cancellation);
            return new DebianSuite(System.Text.Encoding.UTF8.GetString(Packed.Unpack(await File.ReadAllBytesAsync(index, cancellation))), check);
        }

        throw new HarnessException($"{suite} at {fetch.Mirror} has no packages for {architecture}: give another mirror with --mirror debian=URL");
    }

    /// <summary>The newest kernel of a flavour with its modules and its configuration, wherever the suite packages them; empty where it has none.</summary>
    internal ImmutableArray<DebianPackage> Kernel(string flavour)
    {
        var packages = Packages().Where(package => package.Name.EndsWith("-" + flavour, StringComparison.Ordinal)).ToList();
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

    // Only what the signature covers is read on: gpgv writes that, without whatever stands around it.
    private static async Task<(string Text, string Check)> CheckedAsync(string release, string suite, CancellationToken cancellation)
    {
        const string Chain = "checksums up to the suite's Release file";
        ImmutableArray<string> keyrings = Directory.Exists(KeyringFolder) ? [.. Directory.GetFiles(KeyringFolder, "debian-archive-*keyring.gpg").Order(StringComparer.Ordinal)] : [];
        if (Machine.FindProgram("gpgv") is not { } gpgv || keyrings.IsEmpty)
            return (await File.ReadAllTextAsync(release, cancellation), Chain + "; its signature was not checked, since gpgv or Debian's keyring is not installed");
        var signed = release + ".signed";
        var result = await new Command(gpgv, ["--output", signed, .. keyrings.SelectMany(keyring => new[] { "--keyring", keyring }), release])
        {
            Environment = ImmutableSortedDictionary<string, string?>.Empty.Add("LC_ALL", "C"),
        }.RunAsync(cancellation);
        if (result.Error.Contains("BAD signature", StringComparison.Ordinal))
            throw new HarnessException($"the index of {suite} has a bad signature: give another mirror with --mirror debian=URL");
        // Release files carry several signatures; one whose key is known is enough.
        return result.Error.Contains("Good signature", StringComparison.Ordinal) && File.Exists(signed)
            ? ("\n" + await File.ReadAllTextAsync(signed, cancellation), Chain + ", whose signature was verified with Debian's keyring")
            : (await File.ReadAllTextAsync(release, cancellation), Chain + "; its signature could not be checked, since its key is not in this machine's keyring");
    }

    private IEnumerable<DebianPackage> Packages()
    {
        foreach (var stanza in Text.Split("\n\n"))
        {
            if (!stanza.StartsWith("Package: linux-", StringComparison.Ordinal))
                continue;
            var fields = stanza.Split('\n').Select(line => line.Split(": ", 2)).Where(pair => pair.Length == 2 && pair[0][0] != ' ')
                .GroupBy(pair => pair[0]).ToDictionary(group => group.Key, group => group.First()[1], StringComparer.Ordinal);
            if (fields.TryGetValue("Version", out var version) && fields.TryGetValue("Filename", out var path) && fields.TryGetValue("SHA256", out var sha256)
                && long.TryParse(fields.GetValueOrDefault("Size"), System.Globalization.CultureInfo.InvariantCulture, out var size))
            {
                yield return new DebianPackage(fields["Package"], version, path, size, sha256);
            }
        }
    }

    [GeneratedRegex("^linux-(?:image|binary)-([0-9].*)$")]
    private static partial Regex KernelName();

    [GeneratedRegex("[0-9]+")]
    private static partial Regex Digits();
}
