using Harness.Host.Processes;

namespace Harness.Sandboxes.Machines;

/// <summary>What a cell's variant changes about its virtual machine.</summary>
internal sealed record MachineVariant
{
    /// <summary><c>microvm</c>, <c>q35</c>, or null for the fastest that boots.</summary>
    internal string? Shape { get; init; }

    /// <summary>The processor that the guest sees, or null for the most that the accelerator has.</summary>
    internal string? Cpu { get; init; }

    /// <summary>Whether the image boots as it is packaged, by firmware and its own decompressing, and not unpacked by PVH.</summary>
    internal bool IsPacked { get; init; }

    /// <summary>Whether the kernel's caches are dropped before each start.</summary>
    internal bool IsCold { get; init; }

    /// <summary>Whether the distribution's own init boots, and starts the agent once users may log in.</summary>
    internal bool IsDistribution { get; init; }

    /// <summary>Added to the kernel's command line.</summary>
    internal ImmutableArray<string> KernelParameters { get; init; } = [];

    /// <summary>Reads <c>key=value;…</c>. Null with a reason where a setting is not known to this runtime.</summary>
    internal static MachineVariant? Parse(string variant, out string reason)
    {
        var result = new MachineVariant();
        reason = "";
        foreach (var setting in variant.Split(';', StringSplitOptions.RemoveEmptyEntries))
        {
            MachineVariant? next = setting switch
            {
                "vsyscall=none" or "vsyscall=xonly" or "vsyscall=emulate" => result with { KernelParameters = result.KernelParameters.Add(setting) },
                // The entry of 32-bit programs; its switch is there since 6.7.
                "ia32=off" => result with { KernelParameters = result.KernelParameters.Add("ia32_emulation=0") },
                "shape=microvm" or "shape=q35" => result with { Shape = setting["shape=".Length..] },
                "image=bzimage" => result with { IsPacked = true },
                // A machine that was installed has booted before: what is done on a first boot only is no part of a boot.
                "boot=distribution" => result with { IsDistribution = true, KernelParameters = result.KernelParameters.Add("systemd.condition_first_boot=0") },
                ColdCache.Setting => result with { IsCold = true },
                "cpu=qemu64" => result with { Cpu = "qemu64" },
                _ => null,
            };
            if (next is null)
            {
                reason = $"virtual machines have no setting '{setting}': known are vsyscall=none|xonly|emulate, shape=microvm|q35, image=bzimage, boot=distribution, cpu=qemu64, {ColdCache.Setting}, ia32=off";
                return null;
            }

            result = next;
        }

        return result;
    }
}
