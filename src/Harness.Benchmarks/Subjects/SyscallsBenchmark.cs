using Harness.Benchmarks.Engine;
using Harness.Benchmarks.Measuring;
using Harness.Core.Definitions;

namespace Harness.Benchmarks.Subjects;

/// <summary>One sweep of all system calls in a container, and the whole cell next to what the engine needs for one start.</summary>
public sealed class SyscallsBenchmark(ExperimentsFolder definitions, IProgress<string> messages) : IBenchmark
{
    /// <inheritdoc/>
    public string Name => "syscalls";

    /// <inheritdoc/>
    public string What => "one sweep in a container under runc, without the waits for calls that block";

    /// <inheritdoc/>
    public async Task<ImmutableArray<ResultRow>> RunAsync(Rounds rounds, CancellationToken cancellation)
    {
        await using var engine = await EngineSubjects.OpenAsync(definitions, messages, cancellation);
        var cell = new SweepCell(definitions);
        var series = await rounds.MeasureAsync(
            [
                new Subject("sweep", 1, token => cell.MeasureSweepAsync(engine.Runtimes, token)),
                new Subject("cell", 1, token => cell.MeasureAsync(engine.Runtimes, token)),
                new Subject("floor", 1, token => engine.MeasureFloorAsync(cell.Limits, 1, 1, token)),
            ],
            cancellation);
        return
        [
            ResultRow.Of(Name, $"{What}: {cell.Calls} calls that came back", "ms", Summary.Of([.. series["sweep"].Select(seconds => seconds * 1000)]), Aim.AtMost(50)),
            ResultRow.Of(Name, "the whole cell with one sweep, over the engine's floor for one start", "", Summary.OfRatio(series["cell"], series["floor"]), Aim.AtMost(1.3)),
            ResultRow.Of(Name, "the whole cell with one sweep", "s", Summary.Of(series["cell"])),
            ResultRow.Of(Name, "engine's floor: create, start, wait, remove", "s", Summary.Of(series["floor"])),
        ];
    }
}
