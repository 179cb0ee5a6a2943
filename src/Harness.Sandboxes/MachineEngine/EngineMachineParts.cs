using Harness.Core;
using Harness.Core.Definitions;
using Harness.Host.Guarding;
using Harness.Host.Paths;
using Harness.Host.Processes;
using Harness.Host.Provisioning;
using Harness.Images.Kernels;
using Harness.Images.Userlands;
using Harness.Sandboxes.Machines;
using Harness.Sandboxes.Payload;

namespace Harness.Sandboxes.MachineEngine;

/// <summary>What a VM with an engine is made of.</summary>
/// <param name="Qemu">QEMU's program.</param>
/// <param name="Init">The agent as init.</param>
/// <param name="Kernel">What it boots.</param>
/// <param name="Disk">Its file system, with the engine.</param>
internal sealed record EngineMachineParts(string Qemu, string Init, KernelImage Kernel, string Disk)
{
    /// <summary>The kernel: of the suite that the userland is of.</summary>
    internal const string KernelId = "debian-bookworm";

    // Images and layers of a run. The disk is sparse, and what is written to it is gone with the VM.
    private const long Room = 4L << 30;

    /// <summary>The userland: Debian's Docker with what it needs to be started by a script.</summary>
    internal static BootstrapRecipe Recipe { get; } = new("debian", "bookworm", "amd64") { Packages = ["docker.io", "iproute2", "mount"] };

    /// <summary>
    /// What keeps them from being had here, without making any: one line with the remedy after a colon; null where nothing is known to.
    /// </summary>
    internal static string? Missing(EnginePaths paths) =>
        !OperatingSystem.IsLinux() || Machine.Architecture != "x86_64" ? "it runs on Linux on x86_64 only: on macOS and Windows the engine is in a VM already"
        : Machine.FindProgram(QemuRuntime.Tool.Program) is null ? $"{QemuRuntime.Tool.Program} is not installed: install {QemuRuntime.Tool.Package}, or run with --provision"
        : IsMade(paths) ? null
        : Machine.FindProgram("mmdebstrap") is null ? "mmdebstrap is not installed: install it, or run with --provision"
        : null;

    /// <summary>Whether its disk is in the cache.</summary>
    internal static bool IsMade(EnginePaths paths) => Directory.Exists(paths.Machines) && Directory.EnumerateFiles(paths.Machines, Prefix + "*.ext4").Any();

    private const string Prefix = "engine-";

    /// <summary>Gets them ready: from the cache, or made.</summary>
    /// <exception cref="HarnessException">Something is missing; the message names the remedy.</exception>
    internal static async Task<EngineMachineParts> GetAsync(
        EnginePaths paths, AgentFiles agents, GuardLink guard, Provisioner provisioner, KernelImages kernels, LayerCache layers, IProgress<string> messages, CancellationToken cancellation)
    {
        if (!OperatingSystem.IsLinux() || Machine.Architecture != "x86_64")
            throw new HarnessException("an engine in a VM of the harness runs on Linux on x86_64 only: on macOS and Windows the engine is in a VM already");
        if (agents.FindInit() is not { } init)
            throw new HarnessException(agents.MissingInit);
        await provisioner.EnsureAsync([QemuRuntime.Tool], cancellation);
        if (Machine.FindProgram(QemuRuntime.Tool.Program) is not { } qemu)
            throw new HarnessException($"{QemuRuntime.Tool.Program} is not installed: install {QemuRuntime.Tool.Package}, or run with --provision");
        if (await kernels.ResolveAsync(KernelId, cancellation) is not KernelResolution.Found kernel)
            throw new HarnessException(((KernelResolution.Missing)await kernels.ResolveAsync(KernelId, cancellation)).Reason);
        var layer = await layers.GetAsync(Recipe, Recipe.Architecture, anew: false, locked: null, messages, cancellation);
        return new EngineMachineParts(qemu, init, kernel.Image, await DiskAsync(layer, paths, guard, messages, cancellation));
    }

    private static async Task<string> DiskAsync(BootstrappedLayer layer, EnginePaths paths, GuardLink guard, IProgress<string> messages, CancellationToken cancellation)
    {
        EnginePaths.CreatePrivate(paths.Machines);
        var disk = CachePath.Below(paths.Machines, $"{Prefix}{layer.Provenance.LayerSha256}.ext4");
        using var single = await FileLock.AcquireAsync(disk + ".lock", cancellation);
        if (File.Exists(disk))
            return disk;
        messages.Report("making the disk of a VM with Docker");
        await DiskImage.MakeAsync(layer.File, disk, Room, paths, guard, cancellation);
        return disk;
    }
}
