using Harness.Benchmarks.Measuring;
using Harness.Core.Definitions;

namespace Harness.Benchmarks.Machines;

/// <summary>A machine's way to its first userspace instruction: what the harness adds to QEMU, and what its shape saves.</summary>
public sealed class BootBenchmark(ExperimentsFolder definitions, IProgress<string> messages) : IBenchmark
{
    /// <inheritdoc/>
    public string Name => "first";

    /// <inheritdoc/>
    public string What => "first userspace instruction, default shape, over the same QEMU by hand";

    /// <inheritdoc/>
    public async Task<ImmutableArray<ResultRow>> RunAsync(Rounds rounds, CancellationToken cancellation)
    {
        await using var machines = await MachineSubjects.OpenAsync(definitions, messages, cancellation);
        var series = await rounds.MeasureAsync(
            [
                new Subject("default", 1, token => machines.MeasureAsync("", token)),
                new Subject("by-hand", 1, machines.MeasureByHandAsync),
                new Subject("q35-bzimage", 1, token => machines.MeasureAsync("image=bzimage;shape=q35", token)),
            ],
            cancellation);
        return
        [
            ResultRow.Of(Name, What, "", Summary.OfRatio(series["default"], series["by-hand"]), Aim.AtMost(1.05)),
            ResultRow.Of(Name, "default shape, over q35 with firmware and bzImage", "", Summary.OfRatio(series["default"], series["q35-bzimage"]), Aim.AtMost(0.8)),
            ResultRow.Of(Name, "default shape", "s", Summary.Of(series["default"])),
            ResultRow.Of(Name, "QEMU by hand, same shape", "s", Summary.Of(series["by-hand"])),
            ResultRow.Of(Name, "q35 with firmware and bzImage", "s", Summary.Of(series["q35-bzimage"])),
            machines.Channel.IsEmpty
                ? ResultRow.Missing(Name, "the first frame on the serial line", "it came in one piece each time")
                : ResultRow.Of(Name, "the first frame on the serial line", "ms", Summary.Of([.. machines.Channel.Select(seconds => seconds * 1000)])),
        ];
    }
}
