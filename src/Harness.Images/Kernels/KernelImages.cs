using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Harness.Core;
using Harness.Core.Definitions;
using Harness.Core.Journaling;
using Harness.Host.Guarding;
using Harness.Host.Paths;
using Harness.Host.Processes;
using Harness.Host.Provisioning;
using Harness.Images.Packages;
using Harness.Images.Userlands;

namespace Harness.Images.Kernels;

/// <summary>Gets kernels ready to be booted: from the cache, a mirror, or the user's own files.</summary>
internal sealed class KernelImages(
    ImmutableArray<KernelDefinition> catalogue,
    DebianMirrors mirrors,
    PullPolicy policy,
    EnginePaths paths,
    GuardLink guard,
    Provisioner provisioner,
    IProgress<string> messages,
    CancellationToken owner)
{
    private static readonly ImmutableArray<string> NeededFolders = ["/fs/ext4/", "/fs/jbd2/", "/fs/mbcache", "/lib/", "/crypto/", "/drivers/virtio/", "/drivers/block/virtio", "/fs/overlayfs/", "/drivers/net/virtio_net", "/drivers/net/net_failover", "/net/core/failover"];

    private readonly ConcurrentDictionary<string, AsyncOnce<KernelResolution>> _resolutions = new(StringComparer.Ordinal);
    private readonly KernelStore _store = new(paths, guard);

    /// <summary>What was found so far, by id.</summary>
    internal ImmutableArray<KernelLock> Locks =>
        [.. _resolutions.Values.Select(once => once.ResultOrDefault).OfType<KernelResolution.Found>().Select(found => found.Image.Lock).OrderBy(found => found.Id, StringComparer.Ordinal)];

    /// <summary>The configuration of each kernel that has one, by id.</summary>
    internal ImmutableArray<KeyValuePair<string, string>> Configurations =>
    [
        .. from once in _resolutions.Values
           let image = (once.ResultOrDefault as KernelResolution.Found)?.Image
           where image is not null
           let config = KernelStore.ConfigOf(image)
           where config is not null
           orderby image.Lock.Id
           select KeyValuePair.Create(image.Lock.Id, config),
    ];

    /// <summary>The first kernel of the catalogue that need not be fetched; null where there is none.</summary>
    internal string? FirstCached => catalogue.FirstOrDefault(entry => entry.Package is { } package ? File.Exists(Newest(package)) : File.Exists(entry.Path))?.Id;

    /// <summary>The kernel of an id.</summary>
    internal Task<KernelResolution> ResolveAsync(string id, CancellationToken cancellation) =>
        _resolutions.GetOrAdd(id, name => new AsyncOnce<KernelResolution>(token => FindAsync(name, token), owner)).GetAsync(cancellation);

    private async Task<KernelResolution> FindAsync(string id, CancellationToken cancellation)
    {
        if (catalogue.FirstOrDefault(entry => entry.Id == id) is not { } definition)
            return new KernelResolution.Missing($"kernel '{id}' is in no catalogue: name it in kernels.yaml or a --catalog FILE");
        EnginePaths.CreatePrivate(_store.Root);
        using var single = await FileLock.AcquireAsync(CachePath.Below(_store.Root, id + ".lock"), cancellation);
        try
        {
            return new KernelResolution.Found(definition.Package is { } package
                ? await PackagedAsync(id, package, cancellation)
                : await OwnAsync(definition, cancellation));
        }
        catch (Exception e) when (e is HarnessException or IOException or UnauthorizedAccessException or InvalidDataException)
        {
            return new KernelResolution.Missing($"kernel {id}: {e.Message.ReplaceLineEndings(" ")}");
        }
    }

    // Names the kernel that the suite had when it was last looked for, as an engine keeps a tag's image.
    private string Newest(KernelPackage package) => CachePath.Below(_store.Root, $"{package.Kind}-{package.Suite}-{package.Flavour}.newest");

    private async Task<KernelImage> PackagedAsync(string id, KernelPackage package, CancellationToken cancellation)
    {
        var newest = Newest(package);
        if (policy != PullPolicy.Always && File.Exists(newest)
            && await _store.FindAsync((await File.ReadAllTextAsync(newest, cancellation)).Trim(), id, cancellation) is { } cached)
        {
            return cached;
        }

        if (policy == PullPolicy.Never)
            throw new HarnessException("is not in the cache, and --pull never");
        await provisioner.EnsureAsync([ReleaseSignature.Program, ReleaseSignature.Keyring], cancellation);
        var key = await mirrors.TryAsync(package.Suite, mirror => FetchAsync(id, package, mirror, cancellation));
        AtomicFile.Write(newest, key + "\n");
        return (await _store.FindAsync(key, id, cancellation))!;
    }

    /// <summary>The key under which the store has the suite's newest kernel, fetched where need be.</summary>
    private async Task<string> FetchAsync(string id, KernelPackage package, string mirror, CancellationToken cancellation)
    {
        using var fetch = new Fetch(mirror);
        await using var temporary = await TemporaryFolder.CreateAsync(paths, guard);
        var suite = await DebianSuite.ReadAsync(fetch, ReleaseSignature.OfHost(), package.Suite, "amd64", temporary.Path, cancellation);
        var packages = suite.Kernel(package.Flavour);
        if (packages.IsEmpty)
            throw new HarnessException($"{package.Suite} has no kernel of flavour {package.Flavour}: give another suite or mirror");
        var key = $"{packages[0].Name}_{packages[0].Version.Replace(":", "%3a", StringComparison.Ordinal)}";
        if (await _store.FindAsync(key, id, cancellation) is null)
        {
            messages.Report($"fetching kernel {id}: {packages[0].Name} {packages[0].Version}, {packages.Sum(one => one.Size) >> 20} MiB");
            await _store.AddAsync(key, await UnpackAsync(id, package.Suite, packages, suite.Check, fetch, temporary.Path, cancellation), cancellation);
        }

        return key;
    }

    private static async Task<KernelParts> UnpackAsync(
        string id, string suite, ImmutableArray<DebianPackage> packages, string check, Fetch fetch, string folder, CancellationToken cancellation)
    {
        byte[]? image = null;
        string? config = null;
        var modules = new KernelModules();
        foreach (var package in packages)
        {
            var file = CachePath.Below(folder, package.Name + ".deb");
            await fetch.ToFileAsync(package.Path, file, package.Sha256, Math.Min(package.Size, DebianPackage.Largest), cancellation);
            DebFile.ForEach(file, IsNeeded, (name, content) =>
            {
                if (Path.GetFileName(name).StartsWith("vmlinuz", StringComparison.Ordinal))
                    image = content;
                else if (IsConfig(Path.GetFileName(name)))
                    config = KernelConfig.Text(content);
                else
                    modules.Add(name, () => content);
            });
            File.Delete(file);
        }

        return new KernelParts($"{packages[0].Name} {packages[0].Version}", image ?? throw new HarnessException($"{packages[0].Name} holds no kernel image"), config, modules, new KernelLock
        {
            Id = id,
            Release = "",
            Source = "debian",
            Suite = suite,
            Packages = [.. packages.Select(package => new LockedPackage(package.Name, package.Version, package.Sha256))],
            ImageSha256 = "",
            ImageBytes = 0,
            Pvh = false,
            Check = check,
        });
    }

    // Not the module configfs, which begins like it.
    internal static bool IsConfig(string file) => file == "config" || file.StartsWith("config-", StringComparison.Ordinal);

    private static bool IsNeeded(string name) =>
        name.Contains(".ko", StringComparison.Ordinal)
            ? NeededFolders.Any(folder => name.Contains(folder, StringComparison.Ordinal))
            : Path.GetFileName(name) is "config" or "vmlinuz" || name.StartsWith("boot/", StringComparison.Ordinal);

    private async Task<KernelImage> OwnAsync(KernelDefinition definition, CancellationToken cancellation)
    {
        if (!File.Exists(definition.Path))
            throw new HarnessException($"{definition.Path} is not there: correct its path");
        var image = await File.ReadAllBytesAsync(definition.Path, cancellation);
        var config = definition.Config.Length == 0
            ? null
            : KernelConfig.Text(await File.ReadAllBytesAsync(definition.Config, cancellation)) ?? throw new HarnessException($"{definition.Config} holds no kernel's configuration: correct its config");
        if (definition.Modules.Length > 0 && !Directory.Exists(definition.Modules))
            throw new HarnessException($"{definition.Modules} is not there: correct its modules");
        ImmutableArray<FileInfo> files = definition.Modules.Length == 0
            ? []
            : [.. new DirectoryInfo(definition.Modules).EnumerateFiles("*.ko*", SearchOption.AllDirectories).OrderBy(file => file.FullName, StringComparer.Ordinal)];
        var modules = new KernelModules();
        foreach (var file in files)
            modules.Add(file.Name, () => File.ReadAllBytes(file.FullName));

        // Modules and configuration may change beside an unchanged image.
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(image);
        hash.AppendData(Encoding.UTF8.GetBytes(config ?? ""));
        foreach (var file in files)
            hash.AppendData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{file.FullName}|{file.Length}|{file.LastWriteTimeUtc.Ticks}\n")));
        var key = "path-" + Convert.ToHexStringLower(hash.GetHashAndReset())[..24];
        if (await _store.FindAsync(key, definition.Id, cancellation) is { } known)
            return known;
        await _store.AddAsync(key, new KernelParts(definition.Path, image, config, modules, new KernelLock
        {
            Id = definition.Id,
            Release = "",
            Source = "path",
            ImageSha256 = "",
            ImageBytes = 0,
            Pvh = false,
            Check = "the user's own file",
        }), cancellation);
        return (await _store.FindAsync(key, definition.Id, cancellation))!;
    }
}
