using System.Globalization;
using Harness.Core.Model;
using Harness.Core.Running;
using Harness.Host.Processes;
using Harness.Sandboxes.Treatments;

namespace Harness.Sandboxes.Machines;

/// <summary>
/// What a virtual machine was, as QEMU says on its monitor and its guest sees it, against what QEMU was asked for. QEMU's own command line says only
/// what was asked.
/// </summary>
internal static class MachineTreatment
{
    private const string Monitor = "QEMU's monitor before the guest ran";

    /// <summary>One reading an aspect.</summary>
    /// <param name="facts">What the guest's agent saw.</param>
    /// <param name="machine">What was asked for.</param>
    /// <param name="self">What QEMU said; null where it was not asked or did not say.</param>
    /// <param name="drop">How caches were dropped before the start.</param>
    internal static ImmutableArray<TreatmentReading> Judge(TreatmentFacts facts, MachineSettings machine, MachineSelf? self, CacheDrop? drop) =>
    [
        Aspect.Judge("runtime", "qemu", [new Word(true, "qemu", "the program that the harness started"), self is null ? null : new Word(true, "qemu", Monitor)]),
        Aspect.Judge("kernel", machine.Kernel.Lock.Release, [facts["release"] is { } release ? new Word(release == machine.Kernel.Lock.Release, release, "uname in the guest, against the kernel's file") : null]),
        Parameters(facts, machine),
        Aspect.Judge("accelerator", machine.Accelerator, [Told(self?.Accelerator, self?.Accelerator == machine.Accelerator), Accelerator(facts, machine.Accelerator)]),
        Aspect.Judge("processor", machine.Processor, [Told(self?.Processor, self?.Processor == machine.Processor), Processor(facts, machine)]),
        // A microvm has no firmware tables that would name it.
        Aspect.Judge("machine", machine.Shape, [Told(self?.Machine, IsShape(self?.Machine, machine.Shape)), facts["machine"] is { Length: > 0 } name ? new Word(name.Contains(machine.Shape, StringComparison.OrdinalIgnoreCase), name, "the firmware's tables in the guest") : null]),
        Aspect.Judge("memory", string.Create(CultureInfo.InvariantCulture, $"{machine.MemoryMebibytes} MiB"), [Told(self?.MemoryBytes is { } bytes ? string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1 << 20):0.###} MiB") : null, self?.MemoryBytes == machine.MemoryMebibytes << 20), Memory(facts, machine.MemoryMebibytes)]),
        .. CacheAspect.Of(drop),
    ];

    private static Word? Told(string? seen, bool holds) => seen is null ? null : new Word(holds, seen, Monitor);

    // QEMU's name of a q35 has its version: pc-q35-7.2.
    private static bool IsShape(string? machine, string asked) => machine == asked || (asked == "q35" && machine?.StartsWith("pc-q35-", StringComparison.Ordinal) == true);

    private static TreatmentReading Parameters(TreatmentFacts facts, MachineSettings machine)
    {
        var missing = facts["command line"] is { } line ? machine.CommandLine.Split(' ').Except(line.Split(' '), StringComparer.Ordinal).ToImmutableArray() : [];
        return Aspect.Judge("kernel parameters", machine.CommandLine, [facts["command line"] is { } all ? new Word(missing.IsEmpty, missing.IsEmpty ? all : $"no {string.Join(", ", missing)}", "/proc/cmdline in the guest") : null]);
    }

    /// <summary>What the processor that a guest's programs see says of what drives it.</summary>
    internal static Word? Accelerator(TreatmentFacts facts, string asked) => facts["hypervisor"] switch
    {
        "TCGTCGTCGTCG" => new Word(asked == "tcg", "tcg", "CPUID in the guest"),
        "KVMKVMKVM" => new Word(asked == "kvm", "kvm", "CPUID in the guest"),
        _ => null,
    };

    private static Word? Processor(TreatmentFacts facts, MachineSettings machine)
    {
        if (facts["processor"] is not { } seen)
            return null;
        bool? holds = machine.Processor switch
        {
            "qemu64" => seen.StartsWith("QEMU Virtual CPU", StringComparison.Ordinal),
            "max" when machine.Accelerator == "tcg" => seen.StartsWith("QEMU TCG CPU", StringComparison.Ordinal),
            // What the host's is called the guest's may be too, and need not.
            _ => null,
        };
        return new Word(holds, seen, "/proc/cpuinfo in the guest");
    }

    // The kernel keeps a part for itself.
    private static Word? Memory(TreatmentFacts facts, long asked)
    {
        if (facts["memory"]?.Split(' ') is not [var number, "kB"] || !long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var kibibytes))
            return null;
        var seen = kibibytes >> 10;
        return new Word(seen <= asked && seen > asked / 2, string.Create(CultureInfo.InvariantCulture, $"{seen} MiB for its programs"), "/proc/meminfo in the guest");
    }
}
