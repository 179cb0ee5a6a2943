using System.Globalization;
using Harness.Images.Kernels;

namespace Harness.Sandboxes.Machines;

/// <summary>One virtual machine, as QEMU is asked for it.</summary>
internal sealed record MachineSettings
{
    /// <summary>Names the process for whoever looks for it.</summary>
    internal required string Name { get; init; }

    /// <summary>What it boots.</summary>
    internal required KernelImage Kernel { get; init; }

    /// <summary>Its first file system.</summary>
    internal required string Initramfs { get; init; }

    /// <summary>An ext4 image that becomes its root, unchanged by the guest; null where the first file system holds the userland.</summary>
    internal string? Disk { get; init; }

    /// <summary><c>microvm</c> or <c>q35</c>.</summary>
    internal required string Shape { get; init; }

    /// <summary><c>tcg</c> or <c>kvm</c>.</summary>
    internal required string Accelerator { get; init; }

    /// <summary>From the cell.</summary>
    internal required MachineVariant Variant { get; init; }

    /// <summary>Bytes for the guest, its kernel included.</summary>
    internal required long MemoryBytes { get; init; }

    /// <summary>The guest's processors.</summary>
    internal int Processors { get; init; } = 1;

    /// <summary>A parameter that no kernel knows and that marks this one boot; null: none.</summary>
    internal string? Mark { get; init; }

    /// <summary>The port of this host's loopback that leads to <see cref="GuestPort"/> of the guest; null: the guest has no network.</summary>
    internal int? Forwarded { get; init; }

    /// <summary>Where a guest with a network listens.</summary>
    internal const int GuestPort = 2376;

    /// <summary>The address of a guest with a network: the one that QEMU's own network gives to its first guest.</summary>
    internal const string GuestAddress = "10.0.2.15";

    /// <summary>The same in whole mebibytes.</summary>
    internal long MemoryMebibytes => (MemoryBytes + (1 << 20) - 1) >> 20;

    /// <summary>The kernel's file that it boots.</summary>
    internal string Image => Variant.IsPacked ? Kernel.BzImage : Kernel.Elf ?? Kernel.BzImage;

    /// <summary>Where QEMU calls before the guest runs, to say what it made; null where starting is measured.</summary>
    internal string? Monitor { get; init; }

    /// <summary>The processor that the guest sees, by QEMU's name.</summary>
    internal string Processor => Variant.Cpu ?? (Accelerator == "kvm" ? "host" : "max");

    /// <summary>
    /// The kernel's command line: silent but for errors, and every end of the guest an end of QEMU. A guest on a loaded host may take
    /// its timer for broken and panic ("IO-APIC + timer doesn't work!", seen with 6.1 and 7.2 under TCG): it need not check.
    /// </summary>
    internal string CommandLine => string.Join(' ', ["console=ttyS0", "quiet", "panic=-1", "reboot=t", "no_timer_check", .. Mark is null ? ImmutableArray<string>.Empty : [Mark], .. Variant.KernelParameters]);

    /// <summary>
    /// QEMU's arguments. The channel is the second serial line, on QEMU's standard output; the console is the first, on its
    /// standard error. Serial lines are built into every kernel; virtio on microvm would need ACPI, and with ACPI on it
    /// Linux finds no timer under TCG (seen with 6.1: it waits for ever after "Marking TSC unstable").
    /// </summary>
    internal ImmutableArray<string> Arguments()
    {
        var arguments = ImmutableArray.CreateBuilder<string>();
        arguments.AddRange(
            "-name", Name,
            // A guest that takes over QEMU finds no other program to start and no rights to gain: QEMU's own seccomp filter.
            "-sandbox", "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny",
            "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot",
            "-machine", Shape == "microvm" ? "microvm,acpi=off,x-option-roms=off,isa-serial=off,rtc=on" : "q35",
            "-accel", Accelerator,
            "-cpu", Processor,
            "-smp", Processors.ToString(CultureInfo.InvariantCulture),
            "-m", string.Create(CultureInfo.InvariantCulture, $"{MemoryMebibytes}M"),
            "-kernel", Image,
            "-initrd", Initramfs,
            "-append", CommandLine,
            "-chardev", "file,id=console,path=/dev/stderr",
            "-chardev", "stdio,id=channel,signal=off",
            "-device", "isa-serial,chardev=console,iobase=0x3f8,irq=4",
            "-device", "isa-serial,chardev=channel,iobase=0x2f8,irq=3");
        if (Disk is not null)
        {
            arguments.AddRange(
                // A snapshot: what the guest writes goes to an unlinked file of QEMU's own, and ends with it.
                "-drive", $"id=root,if=none,format=raw,snapshot=on,file={Disk.Replace(",", ",,", StringComparison.Ordinal)}",
                "-device", "virtio-blk-pci,drive=root");
        }

        if (Forwarded is { } port)
        {
            // restrict: the guest reaches neither this host nor anything beyond; the one way in is the forwarded port, from this host alone.
            arguments.AddRange(
                "-netdev", string.Create(CultureInfo.InvariantCulture, $"user,id=net,restrict=on,ipv6=off,hostfwd=tcp:127.0.0.1:{port}-{GuestAddress}:{GuestPort}"),
                "-device", "virtio-net-pci,netdev=net,romfile=");
        }

        if (Monitor is not null)
        {
            // Stopped until it has been asked.
            arguments.AddRange("-S", "-chardev", $"socket,id=monitor,path={Monitor.Replace(",", ",,", StringComparison.Ordinal)}", "-mon", "chardev=monitor,mode=control");
        }

        return arguments.ToImmutable();
    }
}
