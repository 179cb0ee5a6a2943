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
    /// <summary>Of those that need neither engine nor kernel, by name, as the command line has it.</summary>
    internal static async Task<ImmutableSortedDictionary<string, RuntimeAnswer>> RuntimesAsync(RuntimeSet set, string userland, CancellationToken cancellation)
    {
        var answers = ImmutableSortedDictionary.CreateBuilder<string, RuntimeAnswer>(StringComparer.Ordinal);
        foreach (var runtime in KnownRuntimes.All.Where(runtime => runtime.Kind != RuntimeKind.VirtualMachine))
            answers[runtime.DirectName] = await ProveAsync(set, new Cell(runtime.Kind == RuntimeKind.Process ? Cell.HostUserland : userland, "host", "", runtime.Name, "", ""), cancellation);

        return answers.ToImmutable();
    }

    /// <summary>Whether KVM drives a guest here, and whether virtual machines run, by KVM where that can be.</summary>
    internal static async Task<(RuntimeAnswer Kvm, ImmutableSortedDictionary<string, RuntimeAnswer> Machines)> MachinesAsync(RuntimeSet set, string userland, CancellationToken cancellation)
    {
        var kernel = set.CachedKernel;
        var kvm = !MachineProofs.KvmOpens() ? new RuntimeAnswer(null, "/dev/kvm cannot be opened: KVM is not there or not allowed")
            : kernel is null || Machine.FindProgram(QemuRuntime.Tool.Program) is null ? new RuntimeAnswer(null, "/dev/kvm opens; no guest was tried")
            : await set.TryKvmAsync(kernel, cancellation) is { } failure ? new RuntimeAnswer(false, failure.Split(": use --accelerator")[0])
            : new RuntimeAnswer(true, "a guest booted under KVM");
        var answers = ImmutableSortedDictionary.CreateBuilder<string, RuntimeAnswer>(StringComparer.Ordinal);
        foreach (var runtime in KnownRuntimes.All.Where(runtime => runtime.Kind == RuntimeKind.VirtualMachine))
        {
            answers[runtime.DirectName] = kernel is null && (runtime.Tool is not { } tool || Machine.FindProgram(tool.Program) is not null)
                ? new RuntimeAnswer(null, "no kernel is in the cache to try it with: 'harness images --kernels' fetches those of the catalogue")
                : await ProveAsync(set, new Cell(userland, kernel ?? "", "", runtime.Name, kvm.Works == true ? Accelerators.Kvm : Accelerators.Tcg, ""), cancellation);
        }

        return (kvm, answers.ToImmutable());
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
