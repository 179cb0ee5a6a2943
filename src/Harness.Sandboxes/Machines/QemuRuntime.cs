using System.Runtime.Versioning;
using Harness.Core;
using Harness.Core.Definitions;
using Harness.Core.Model;
using Harness.Core.Planning;
using Harness.Core.Running;
using Harness.Host.Guarding;
using Harness.Host.Paths;
using Harness.Host.Processes;
using Harness.Host.Provisioning;
using Harness.Images.Kernels;
using Harness.Sandboxes.Payload;

namespace Harness.Sandboxes.Machines;

/// <summary>Runs sandboxes as virtual machines of QEMU, each with a kernel of its own and the agent as its first process.</summary>
internal sealed class QemuRuntime(
    EnginePaths paths, AgentFiles agents, GuardLink guard, Provisioner provisioner, KernelImages kernels, MachineUserlands userlands, MachineProofs proofs, string runId) : IRuntime
{
    // What the guest's kernel itself needs, beyond what the experiment's limit leaves to its programs.
    private const long KernelMemory = 128L << 20;

    /// <summary>The program, and the package that has it.</summary>
    internal static readonly Tool Tool = Tool.Of(KnownRuntimes.Find("qemu")!).Single();

    /// <inheritdoc/>
    public string Engine => "";

    /// <inheritdoc/>
    public string Runtime => "qemu";

    /// <inheritdoc/>
    public async Task<Preparation> PrepareAsync(Cell cell, IProgress<string> messages, CancellationToken cancellation)
    {
        if (!OperatingSystem.IsLinux() || Machine.Architecture != "x86_64")
            return new Preparation.Unavailable("virtual machines are run on Linux on x86_64 only");
        if (MachineVariant.Parse(cell.Variant, out var reason) is not { } variant)
            return new Preparation.Unavailable(reason);
        if (agents.FindInit() is null)
            return new Preparation.Unavailable(agents.MissingInit);
        await provisioner.EnsureAsync([Tool], cancellation);
        if (Machine.FindProgram(Tool.Program) is null)
            return new Preparation.Unavailable($"{Tool.Program} is not installed: install {Tool.Package}, or run with --provision");
        if (await kernels.ResolveAsync(cell.Kernel, cancellation) is not KernelResolution.Found kernel)
            return new Preparation.Unavailable(((KernelResolution.Missing)await kernels.ResolveAsync(cell.Kernel, cancellation)).Reason);
        var userland = await userlands.ResolveAsync(cell.Userland, cancellation);
        if (userland.Found is not { } found)
            return new Preparation.Unavailable(userland.Reason!);
        try
        {
            if (NeedsDisk(variant, found))
                await userlands.DiskAsync(found, cancellation);
            if (variant.IsDistribution && !await userlands.HasSystemdAsync(found, cancellation))
                return new Preparation.Unavailable($"boot=distribution needs a userland whose init is systemd, and {cell.Userland} has none: use one that has, like debian:12-init");
            if (Untrusted(variant, found, cell.Userland) is { } untrusted)
                return new Preparation.Unavailable(untrusted);
        }
        catch (HarnessException e)
        {
            return new Preparation.Unavailable(e.Message);
        }

        if (variant.IsCold && ColdCache.Missing() is { } permanent)
            return new Preparation.Unavailable(permanent);
        if (Impossible(variant, found, kernel.Image) is { } impossible)
            return new Preparation.Unavailable(impossible);
        if (cell.Accelerator == "kvm" && await proofs.KvmFailureAsync(kernel.Image, cancellation) is { } failure)
            return MachineProofs.IsContradiction(failure) ? new Preparation.Failed(failure) : new Preparation.Unavailable(failure);
        // Where starting is measured, no boot that only proves something may come between the trials.
        if (variant is { Shape: null, IsPacked: false } && !NeedsDisk(variant, found))
            await proofs.ShapeAsync(kernel.Image, cell.Accelerator, cancellation);
        return new Preparation.Ready(found.Digest) { Architecture = "x86_64", ShowsTreatment = true };
    }

    // A distribution's init finds its root on a disk.
    private static bool NeedsDisk(MachineVariant variant, MachineUserland userland) => variant.IsDistribution || !userland.IsSmall;

    /// <summary>Why a userland's own init may not be process 1, with every right and the channel's key in reach; null where it may, or is not to be.</summary>
    internal static string? Untrusted(MachineVariant variant, MachineUserland userland, string id) => variant.IsDistribution && !userland.IsMadeHere
        ? $"boot=distribution starts the image's own init before the agent, and that could then write any reading: it needs a userland that is made here from packages, like debian:12-init, and {id} is not"
        : null;

    private static string? Impossible(MachineVariant variant, MachineUserland userland, KernelImage kernel)
    {
        if (variant.IsPacked && !kernel.IsPacked)
            return "image=bzimage needs a packed kernel, and this one is not: leave it out";
        return variant.Shape == "microvm" && (variant.IsPacked || NeedsDisk(variant, userland) || kernel.Elf is null)
            ? "shape=microvm takes small userlands and kernels that boot by PVH only: use shape=q35"
            : null;
    }

    /// <inheritdoc/>
    public async Task<SandboxEnd> RunAsync(SandboxRequest request, IChannelSink channel, CancellationToken cancellation)
    {
        if (!OperatingSystem.IsLinux() || Machine.FindProgram(Tool.Program) is not { } program)
            return new SandboxEnd.Failed("QEMU is gone since it was found");
        if (await kernels.ResolveAsync(request.Cell.Kernel, cancellation) is not KernelResolution.Found kernel
            || (await userlands.ResolveAsync(request.Cell.Userland, cancellation)).Found is not { } userland
            || MachineVariant.Parse(request.Cell.Variant, out _) is not { } variant)
        {
            return new SandboxEnd.Failed("the cell was not prepared");
        }

        return await RunAsync(program, kernel.Image, userland, variant, request, channel, cancellation);
    }

    [SupportedOSPlatform("linux")]
    private async Task<SandboxEnd> RunAsync(
        string program, KernelImage kernel, MachineUserland userland, MachineVariant variant, SandboxRequest request, IChannelSink channel, CancellationToken cancellation)
    {
        var disk = NeedsDisk(variant, userland) ? await userlands.DiskAsync(userland, cancellation) : null;
        // A microvm has no firmware that would load a packed image.
        var shape = variant.Shape ?? (disk is null && !variant.IsPacked ? await proofs.ShapeAsync(kernel, request.Cell.Accelerator, cancellation) : "q35");
        var stamps = new Stamps();
        SandboxEnd end;
        CacheDrop? drop = null;
        MachineSettings machine;
        MachineSelf? self;
        await using (var folder = await TemporaryFolder.CreateAsync(paths, guard))
        {
            var initramfs = Path.Combine(folder.Path, "initramfs");
            var init = await File.ReadAllBytesAsync(agents.FindInit()!, cancellation);
            await using (var output = File.Create(initramfs))
            await using (var tar = disk is null ? File.OpenRead(userland.Tar) : null)
                Initramfs.Write(output, init, kernel, new GuestRoot(tar, disk is not null, variant.IsDistribution), request);
            using var monitor = request.Timed ? null : MachineMonitor.In(folder.Path);
            machine = new MachineSettings
            {
                Name = MachineName.Of(runId, request.SandboxId),
                Kernel = kernel,
                Initramfs = initramfs,
                Disk = disk,
                Shape = shape,
                Accelerator = request.Cell.Accelerator,
                Variant = variant,
                // The first file system is in memory twice while it is unpacked.
                MemoryBytes = request.Limits.MemoryBytes + KernelMemory + (2 * new FileInfo(initramfs).Length),
                Monitor = monitor?.Path,
            };
            if (variant.IsCold)
                drop = request.Timed ? ColdCache.Drop() : ColdCache.Drop([machine.Image, initramfs, .. disk is null ? ImmutableArray<string>.Empty : [disk]]);
            end = await new QemuProcess(program, guard) { Monitor = monitor }.RunAsync(machine, request.Deadline, channel, stamps, cancellation);
            self = monitor?.Self;
        }

        stamps.Mark(Stamps.Removed);
        return end with { Treatment = request.Timed ? null : facts => MachineTreatment.Judge(facts, machine, self, drop), HostReadings = [.. end.HostReadings, .. stamps.Readings] };
    }
}
