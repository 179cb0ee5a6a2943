using Harness.Cli;
using Harness.Core.Journaling;
using Harness.Core.Planning;
using Harness.Runtimes;
using Harness.Sandboxes.Machines;

namespace Harness.Runs;

/// <summary>Finds out before planning whether KVM works here, where that matters and nobody has tried yet.</summary>
public static class AcceleratorChoice
{
    /// <summary>The selection with the accelerator that was proved.</summary>
    public static async Task<Selection> DecideAsync(Selection selection, RunRequest request, Terminal terminal, CancellationToken cancellation)
    {
        if (!Accelerators.IsUndecided || selection.Plan().Sandboxes.FirstOrDefault(sandbox => KnownRuntimes.Of(sandbox.Cell).Kind == RuntimeKind.VirtualMachine) is not { } machine)
        {
            return selection;
        }

        terminal.Message("trying /dev/kvm with a short boot");
        var options = request.Runtimes(new RunFolder("proof"), selection.Catalogue, selection.Options.KnownKernels, null, new Said(terminal));
        await using var runtimes = await RuntimeSet.CreateAsync(options, cancellation);
        var failure = await runtimes.TryKvmAsync(machine.Cell.Kernel, cancellation);
        terminal.Message(failure is null ? "a guest booted under KVM: using it" : $"{failure}; using tcg");
        return selection with { Options = selection.Options with { Accelerator = failure is null ? Accelerators.Kvm : Accelerators.Tcg } };
    }

    private sealed class Said(Terminal terminal) : IProgress<string>
    {
        public void Report(string value) => terminal.Message(value);
    }
}
