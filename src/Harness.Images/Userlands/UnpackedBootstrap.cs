using System.Formats.Tar;
using System.Security.Cryptography;
using Harness.Core;
using Harness.Core.Definitions;
using Harness.Host.Paths;
using Harness.Host.Provisioning;
using Harness.Images.Packages;

namespace Harness.Images.Userlands;

/// <summary>
/// Makes a layer of the files of a few packages as they are: no script of theirs runs, and what they depend on stays away. So it is made for any
/// architecture without running anything of it, and holds one C library and one shell, say, and nothing else.
/// </summary>
internal sealed class UnpackedBootstrap(Provisioner provisioner, DebianMirrors mirrors)
{
    // What a package of a shell or a C library never has.
    private const long LargestPackage = 256L << 20;

    /// <summary>Writes the layer into a folder.</summary>
    /// <exception cref="HarnessException">A package is not available.</exception>
    internal async Task<BootstrappedLayer> MakeAsync(BootstrapRecipe recipe, string architecture, string folder, CancellationToken cancellation)
    {
        await provisioner.EnsureAsync([ReleaseSignature.Program, ReleaseSignature.Keyring], cancellation);
        var packages = await mirrors.TryAsync(recipe.Suite, mirror => FetchAsync(recipe, architecture, mirror, folder, cancellation));
        var layer = Path.Combine(folder, "layer.tar");
        try
        {
            await using var output = File.Create(layer);
            await WriteAsync(output, [.. packages.Select(package => Deb(folder, package))], recipe.Links, cancellation);
        }
        catch (InvalidDataException e)
        {
            throw new HarnessException($"the packages of {recipe.Suite} are damaged ({e.Message}): try again or give another mirror with --mirror debian=URL", e);
        }

        await using var content = File.OpenRead(layer);
        return new BootstrappedLayer(layer, new Provenance
        {
            Kind = "unpacked",
            Suite = recipe.Suite,
            LayerSha256 = Convert.ToHexStringLower(await SHA256.HashDataAsync(content, cancellation)),
            Packages = packages.ToImmutableSortedDictionary(package => package.Name, package => package.Version, StringComparer.Ordinal),
        });
    }

    /// <summary>The layer: what the packages hold, in their order, links, and the few files that programs expect and no package here has.</summary>
    internal static async Task WriteAsync(Stream output, ImmutableArray<string> packages, ImmutableSortedDictionary<string, string> links, CancellationToken cancellation)
    {
        await using var tar = new ReproducibleTar(output, DateTimeOffset.UnixEpoch);
        var there = new HashSet<string>(StringComparer.Ordinal);
        foreach (var package in packages)
        {
            foreach (var entry in DebFile.Entries(package).Where(entry => there.Add(entry.Name)))
                await tar.EntryAsync(entry, cancellation);
        }

        await FoldersAsync("tmp/", ReproducibleTar.Shared);
        foreach (var (name, target) in links.Where(link => there.Add(link.Key)))
        {
            await ParentsAsync(name);
            await tar.LinkAsync(name, target, cancellation);
        }

        foreach (var (name, text) in new[] { ("etc/group", "root:x:0:\nnogroup:x:65534:\n"), ("etc/passwd", "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n") })
        {
            await ParentsAsync(name);
            if (there.Add(name))
                await tar.TextAsync(name, ReproducibleTar.File, text, cancellation);
        }

        async Task ParentsAsync(string name)
        {
            for (var end = name.IndexOf('/', StringComparison.Ordinal); end >= 0; end = name.IndexOf('/', end + 1))
                await FoldersAsync(name[..(end + 1)], ReproducibleTar.Executable);
        }

        async Task FoldersAsync(string name, UnixFileMode mode)
        {
            if (there.Add(name))
                await tar.FolderAsync(name, mode, cancellation);
        }
    }

    private static string Deb(string folder, DebianPackage package) => CachePath.Below(folder, package.Name + ".deb");

    private static async Task<ImmutableArray<DebianPackage>> FetchAsync(BootstrapRecipe recipe, string architecture, string mirror, string folder, CancellationToken cancellation)
    {
        using var fetch = new Fetch(mirror);
        var suite = await DebianSuite.ReadAsync(fetch, ReleaseSignature.OfHost(), recipe.Suite, architecture, folder, cancellation);
        ImmutableArray<DebianPackage> packages = [.. recipe.Packages.Select(name =>
            suite.Find(name) ?? throw new HarnessException($"{recipe.Suite} has no package {name} for {architecture}: give another suite or mirror"))];
        foreach (var package in packages)
            await fetch.ToFileAsync(package.Path, Deb(folder, package), package.Sha256, Math.Min(package.Size, LargestPackage), cancellation);
        return packages;
    }
}
