using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Harness.Core;
using Harness.Host.Guarding;
using Harness.Host.Paths;
using Harness.Host.Processes;

namespace Harness.Images.Kernels;

/// <summary>Kernels taken apart, in the user's cache: a folder each, which appears whole or not at all.</summary>
internal sealed class KernelStore(EnginePaths paths, GuardLink guard)
{
    // The name counts the ways in which kernels were taken apart: what an older harness kept is made anew.
    private const string Description = "kernel-4.json";

    // What a guest with a disk needs and a kernel may have as modules.
    private static readonly ImmutableArray<string> DiskModules = ["virtio_pci", "virtio_blk", "crc32c_generic", "ext4"];

    // What a guest with a container engine needs beyond those. Apart from them, so that every other guest loads no more than it did.
    private static readonly ImmutableArray<string> EngineModules = ["virtio_net", "overlay"];

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    /// <summary>The folder of all kernels.</summary>
    internal string Root { get; } = paths.Kernels;

    /// <summary>A kernel that is there, or null. The id is the caller's: one kernel can have several.</summary>
    internal async Task<KernelImage?> FindAsync(string key, string id, CancellationToken cancellation)
    {
        var folder = CachePath.Below(Root, key);
        var file = Path.Combine(folder, Description);
        if (!File.Exists(file))
            return null;
        await using var content = File.OpenRead(file);
        if (await JsonSerializer.DeserializeAsync<KernelLock>(content, Json, cancellation) is not { } stored)
            return null;
        var elf = Path.Combine(folder, "vmlinux");
        return new KernelImage(
            File.Exists(elf) ? elf : null,
            Path.Combine(folder, "vmlinuz"),
            [.. Directory.GetFiles(Path.Combine(folder, "modules")).Order(StringComparer.Ordinal)],
            stored with { Id = id })
        {
            EngineModules = [.. Directory.GetFiles(Path.Combine(folder, "engine-modules")).Order(StringComparer.Ordinal)],
        };
    }

    /// <summary>A stored kernel's configuration, or null.</summary>
    internal static string? ConfigOf(KernelImage image) =>
        Path.Combine(Path.GetDirectoryName(image.BzImage)!, "config") is var path && File.Exists(path) ? File.ReadAllText(path) : null;

    /// <summary>Takes a kernel apart and keeps it.</summary>
    /// <exception cref="HarnessException">It is no kernel.</exception>
    internal async Task AddAsync(string key, KernelParts parts, CancellationToken cancellation)
    {
        var folder = CachePath.Below(Root, key);
        await using var temporary = await TemporaryFolder.CreateAsync(paths, guard);
        KernelFile kernel;
        try
        {
            kernel = KernelFile.Parse(parts.Image);
        }
        catch (InvalidDataException e)
        {
            throw new HarnessException($"{parts.Name} is {e.Message}", e);
        }

        var whole = Path.Combine(temporary.Path, "whole");
        Directory.CreateDirectory(whole);
        if (kernel.Elf is not null)
            await File.WriteAllBytesAsync(Path.Combine(whole, "vmlinux"), kernel.Elf, cancellation);
        await File.WriteAllBytesAsync(Path.Combine(whole, "vmlinuz"), parts.Image, cancellation);
        var disk = parts.Modules.InOrder(DiskModules);
        await WriteAsync(Path.Combine(whole, "modules"), disk, cancellation);
        await WriteAsync(Path.Combine(whole, "engine-modules"), parts.Modules.InOrder(EngineModules).Where(module => disk.All(loaded => loaded.Name != module.Name)), cancellation);
        if (parts.Config is not null)
            await File.WriteAllTextAsync(Path.Combine(whole, "config"), parts.Config, cancellation);
        var described = parts.Lock with
        {
            Release = kernel.Release,
            ImageSha256 = Convert.ToHexStringLower(SHA256.HashData(parts.Image)),
            ImageBytes = parts.Image.Length,
            Pvh = kernel.Elf is not null,
            ConfigSha256 = parts.Config is null ? null : Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(parts.Config))),
            Config = parts.Config is null ? ImmutableSortedDictionary<string, string>.Empty : KernelConfig.Chosen(parts.Config),
        };
        await File.WriteAllTextAsync(Path.Combine(whole, Description), JsonSerializer.Serialize(described, Json) + "\n", cancellation);
        FileTree.Delete(folder);
        Directory.Move(whole, folder);
    }

    private static async Task WriteAsync(string folder, IEnumerable<(string Name, byte[] Content)> modules, CancellationToken cancellation)
    {
        Directory.CreateDirectory(folder);
        foreach (var (number, (name, content)) in modules.Index())
            await File.WriteAllBytesAsync(CachePath.Below(folder, string.Create(CultureInfo.InvariantCulture, $"{number:d2}-{name}.ko")), content, cancellation);
    }
}

/// <summary>What a kernel is made from.</summary>
/// <param name="Name">For messages.</param>
/// <param name="Image">The image as packaged.</param>
/// <param name="Config">Its configuration, or null.</param>
/// <param name="Modules">All its modules.</param>
/// <param name="Lock">What is known of where it came from.</param>
internal sealed record KernelParts(string Name, byte[] Image, string? Config, KernelModules Modules, KernelLock Lock);
