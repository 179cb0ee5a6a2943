namespace Harness.Images.Kernels;

/// <summary>Which kernel an id was in this run: one entry of <c>kernels.lock.json</c>.</summary>
public sealed record KernelLock
{
    /// <summary>The kernel's id.</summary>
    public required string Id { get; init; }

    /// <summary>The release that its image names; what the guest says itself is a reading.</summary>
    public required string Release { get; init; }

    /// <summary><c>debian</c> or <c>path</c>.</summary>
    public required string Source { get; init; }

    /// <summary>Debian's code name.</summary>
    public string? Suite { get; init; }

    /// <summary>The packages it was taken from, the image's first.</summary>
    public ImmutableArray<LockedPackage> Packages { get; init; } = [];

    /// <summary>SHA-256 of the kernel image as packaged.</summary>
    public required string ImageSha256 { get; init; }

    /// <summary>Size of the image as packaged, bytes.</summary>
    public required long ImageBytes { get; init; }

    /// <summary>Whether the image could be unpacked to boot by PVH.</summary>
    public required bool Pvh { get; init; }

    /// <summary>What it was checked against, one sentence.</summary>
    public required string Check { get; init; }

    /// <summary>SHA-256 of its configuration; null where there is none.</summary>
    public string? ConfigSha256 { get; init; }

    /// <summary>Options of its configuration that experiments turn on, without <c>CONFIG_</c>: y, m or n.</summary>
    public ImmutableSortedDictionary<string, string> Config { get; init; } = ImmutableSortedDictionary<string, string>.Empty;
}

/// <summary>A package by name, version and SHA-256.</summary>
public sealed record LockedPackage(string Name, string Version, string Sha256);

/// <summary>A kernel that is ready to be booted.</summary>
/// <param name="Elf">The uncompressed kernel, to be booted by PVH; null where there is only a bzImage.</param>
/// <param name="BzImage">The image as packaged.</param>
/// <param name="Modules">Modules that a guest with a disk must load, in order.</param>
/// <param name="Lock">What it is.</param>
internal sealed record KernelImage(string? Elf, string BzImage, ImmutableArray<string> Modules, KernelLock Lock)
{
    /// <summary>Modules for a guest with a container engine, to be loaded after <see cref="Modules"/>: its network, and what images are mounted with.</summary>
    internal ImmutableArray<string> EngineModules { get; init; } = [];

    /// <summary>Whether the image as packaged unpacks itself, as a bzImage does.</summary>
    internal bool IsPacked
    {
        get
        {
            using var file = File.OpenRead(BzImage);
            Span<byte> head = stackalloc byte[65];
            return !KernelFile.IsElf(head[..file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false)]);
        }
    }
}

/// <summary>What became of a kernel.</summary>
internal abstract record KernelResolution
{
    private KernelResolution()
    {
    }

    /// <summary>It is there.</summary>
    internal sealed record Found(KernelImage Image) : KernelResolution;

    /// <summary>It is not available; one line, with the remedy.</summary>
    internal sealed record Missing(string Reason) : KernelResolution;
}
