using System.Security.Cryptography;
using System.Text.Json;
using Harness.Core;
using Harness.Core.Definitions;
using Harness.Host.Guarding;
using Harness.Host.Paths;
using Harness.Host.Processes;

namespace Harness.Images.Userlands;

/// <summary>
/// Layers made from packages, kept in the user's cache: a folder per recipe with the tar and what it is.
/// A folder appears whole or not at all, and one process at a time makes it.
/// </summary>
internal sealed class LayerCache(EnginePaths paths, BusyboxBootstrap busybox, DebianBootstrap debian, LegacyBootstrap legacy, UnpackedBootstrap unpacked, GuardLink guard)
{
    private const string LayerName = "layer.tar";
    private const string ProvenanceName = "provenance.json";

    private static readonly JsonSerializerOptions Readable = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    /// <summary>The layer of a recipe.</summary>
    /// <param name="recipe">What to make.</param>
    /// <param name="architecture">Debian's name of it.</param>
    /// <param name="anew">Makes it even where it is there.</param>
    /// <param name="locked">What must come out; null for whatever the packages give today.</param>
    /// <param name="messages">Told before something is made.</param>
    /// <param name="cancellation">Ends the making; nothing of it stays.</param>
    /// <exception cref="HarnessException">It cannot be made here, or something else came out.</exception>
    internal async Task<BootstrappedLayer> GetAsync(
        BootstrapRecipe recipe, string architecture, bool anew, Provenance? locked, IProgress<string> messages, CancellationToken cancellation)
    {
        var key = Recipes.Key(recipe, architecture);
        var folder = CachePath.Below(paths.Userlands, key);
        EnginePaths.CreatePrivate(paths.Userlands);
        using var single = await FileLock.AcquireAsync(folder + ".lock", cancellation);
        if (!anew && await ReadAsync(folder, cancellation) is { } cached && (locked is null || cached.Provenance.LayerSha256 == locked.LayerSha256))
            return cached;
        messages.Report($"making userland {key} from packages");
        await using var temporary = await TemporaryFolder.CreateAsync(paths, guard);
        var made = recipe.Kind switch
        {
            "busybox" => await busybox.MakeAsync(architecture, temporary.Path, cancellation),
            "debian" => await debian.MakeAsync(recipe, architecture, locked?.SourceDate, temporary.Path, cancellation),
            "unpacked" => await unpacked.MakeAsync(recipe, architecture, temporary.Path, cancellation),
            "legacy" => await legacy.MakeAsync(architecture, temporary.Path, cancellation),
            "empty" => await EmptyAsync(temporary.Path, cancellation),
            _ => throw new HarnessException($"no way to make a userland of kind '{recipe.Kind}': use debian, unpacked, busybox, legacy or empty"),
        };
        // Before the cache is touched: what other runs use stays.
        if (locked is not null && made.Provenance.LayerSha256 != locked.LayerSha256)
            throw new HarnessException($"{key} made from today's packages has another hash: renew the lock with 'harness images lock', or keep images with 'harness images mirror'");
        // Moved into a new folder, so that what the making left behind does not come along.
        var whole = Path.Combine(temporary.Path, "whole");
        Directory.CreateDirectory(whole);
        File.Move(made.File, Path.Combine(whole, LayerName));
        await File.WriteAllTextAsync(Path.Combine(whole, ProvenanceName), JsonSerializer.Serialize(made.Provenance, Readable) + "\n", cancellation);
        FileTree.Delete(folder);
        Directory.Move(whole, folder);
        return made with { File = Path.Combine(folder, LayerName) };
    }

    /// <summary>Hands over an archive of the layer for the engine to load; it is removed afterwards.</summary>
    internal async Task WithArchiveAsync(
        BootstrappedLayer layer, string tag, string recipe, string architecture, Func<Stream, Task> use, CancellationToken cancellation)
    {
        await WithTemporaryAsync(async archive =>
        {
            await ImageArchive.WriteAsync(archive, layer.File, tag, recipe, architecture, layer.Provenance, cancellation);
            archive.Position = 0;
            await use(archive);
        });
    }

    /// <summary>Hands over an empty file that is gone afterwards.</summary>
    internal async Task WithTemporaryAsync(Func<Stream, Task> use)
    {
        await using var temporary = await TemporaryFolder.CreateAsync(paths, guard);
        await using var archive = File.Create(Path.Combine(temporary.Path, "image.tar"));
        await use(archive);
    }

    /// <summary>Hands over an empty folder that is gone afterwards.</summary>
    internal async Task WithFolderAsync(Func<string, Task> use)
    {
        await using var temporary = await TemporaryFolder.CreateAsync(paths, guard);
        await use(temporary.Path);
    }

    /// <summary>The layer of a recipe and its size, where the cache has it.</summary>
    internal static async Task<(Provenance Provenance, long Size)?> FindAsync(EnginePaths paths, string key, CancellationToken cancellation) =>
        await ReadAsync(CachePath.Below(paths.Userlands, key), cancellation) is { } layer ? (layer.Provenance, new FileInfo(layer.File).Length) : null;

    private static async Task<BootstrappedLayer?> ReadAsync(string folder, CancellationToken cancellation)
    {
        var file = Path.Combine(folder, ProvenanceName);
        if (!File.Exists(file))
            return null;
        await using var content = File.OpenRead(file);
        return await JsonSerializer.DeserializeAsync<Provenance>(content, Readable, cancellation) is { } provenance
            ? new BootstrappedLayer(Path.Combine(folder, LayerName), provenance)
            : null;
    }

    /// <summary>A layer without any file: nothing but what the harness brings.</summary>
    private static async Task<BootstrappedLayer> EmptyAsync(string folder, CancellationToken cancellation)
    {
        var layer = Path.Combine(folder, LayerName);
        var zeros = new byte[1024];
        await File.WriteAllBytesAsync(layer, zeros, cancellation);
        return new BootstrappedLayer(layer, new Provenance { Kind = "empty", LayerSha256 = Convert.ToHexStringLower(SHA256.HashData(zeros)) });
    }
}
