using Harness.Core.Model;
using Harness.Core.Planning;
using Harness.Core.Running;
using Harness.Host.Processes;
using Harness.Sandboxes.Direct;
using Harness.Sandboxes.Machines;
using Harness.Sandboxes.Treatments;

namespace Harness.Runtimes.Diagnosis;

/// <summary>Tries what runs without an engine, each with the smallest sandbox there is, and has it tell what was done to it.</summary>
internal static class DirectVisit
{
    /// <summary>By name, as cells have it.</summary>
    internal static async Task<ImmutableSortedDictionary<string, RuntimeAnswer>> RuntimesAsync(RuntimeSet set, string userland, CancellationToken cancellation)
    {
        var answers = ImmutableSortedDictionary.CreateBuilder<string, RuntimeAnswer>(StringComparer.Ordinal);
        foreach (var name in RuntimeSet.DirectRuntimes)
        {
            var (engine, runtime) = RuntimeNames.Resolve(name);
            answers[name] = await ProveAsync(set, new Cell(runtime == RuntimeNames.Host ? Cell.HostUserland : userland, "host", engine, runtime, "", ""), cancellation);
        }

        return answers.ToImmutable();
    }

    /// <summary>Whether KVM drives a guest here, and whether a virtual machine runs, by KVM where that can be.</summary>
    internal static async Task<(RuntimeAnswer Kvm, RuntimeAnswer Machine)> MachineAsync(RuntimeSet set, string userland, CancellationToken cancellation)
    {
        var kernel = set.CachedKernel;
        var kvm = !MachineProofs.KvmOpens() ? new RuntimeAnswer(null, "/dev/kvm cannot be opened: KVM is not there or not allowed")
            : kernel is null || Machine.FindProgram(QemuRuntime.Tool.Program) is null ? new RuntimeAnswer(null, "/dev/kvm opens; no guest was tried")
            : await set.TryKvmAsync(kernel, cancellation) is { } failure ? new RuntimeAnswer(false, failure.Split(": use --accelerator")[0])
            : new RuntimeAnswer(true, "a guest booted under KVM");
        if (kernel is null && Machine.FindProgram(QemuRuntime.Tool.Program) is not null)
            return (kvm, new RuntimeAnswer(null, "no kernel is in the cache to try it with: 'harness images --kernels' fetches those of the catalogue"));
        return (kvm, await ProveAsync(set, new Cell(userland, kernel ?? "", "", RuntimeNames.Qemu, kvm.Works == true ? Accelerators.Kvm : Accelerators.Tcg, ""), cancellation));
    }

    private static async Task<RuntimeAnswer> ProveAsync(RuntimeSet set, Cell cell, CancellationToken cancellation)
    {
        var runtime = set.Find(cell)!;
        switch (await runtime.PrepareAsync(cell, new Progress<string>(), cancellation))
        {
            case Preparation.Ready ready:
                var proof = await DirectProof.RunAsync(runtime, cell, ready.ImageDigest, cancellation);
                return new RuntimeAnswer(proof.Failure is null, proof.Failure ?? $"a sandbox ran{(cell.Accelerator.Length > 0 ? $" by {cell.Accelerator} with {cell.Kernel}" : "")}{proof.Said}");
            case Preparation.Unavailable { WasTried: false } unavailable:
                return new RuntimeAnswer(null, unavailable.Reason);
            case Preparation.Unavailable unavailable:
                return new RuntimeAnswer(false, unavailable.Reason);
            case Preparation.Failed failed:
                return new RuntimeAnswer(false, failed.Reason);
            default:
                return new RuntimeAnswer(null, "not tried");
        }
    }
}
