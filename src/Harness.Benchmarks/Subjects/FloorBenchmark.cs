using Harness.Benchmarks.Engine;
using Harness.Benchmarks.Measuring;
using Harness.Core;
using Harness.Core.Definitions;

namespace Harness.Benchmarks.Subjects;

/// <summary>The probe matrix next to the engine's own time for as many containers: what is above it is the harness's.</summary>
public sealed class FloorBenchmark(Settings settings, ExperimentsFolder definitions, IProgress<string> messages) : IBenchmark
{
    /// <inheritdoc/>
    public string Name => "floor";

    /// <inheritdoc/>
    public async Task<ImmutableArray<ResultRow>> RunAsync(Rounds rounds, CancellationToken cancellation)
    {
        const string What = "probe matrix, over the engine's floor";
        EngineSubjects engine;
        try
        {
            engine = await EngineSubjects.OpenAsync(definitions, messages, cancellation);
        }
        catch (HarnessException e)
        {
            return [ResultRow.Missing(Name, What, e.Message)];
        }

        await using (engine)
        {
            var matrix = new ProbeMatrix(definitions, settings.Starts);
            var limits = matrix.Experiment.Limits;
            var series = await rounds.MeasureAsync(
                [
                    new Subject("matrix", settings.Starts, token => matrix.MeasureAsync(engine.Runtimes, settings.Parallel, token)),
                    new Subject("floor", settings.Starts, token => engine.MeasureFloorAsync(limits, settings.Starts, settings.Parallel, token)),
                ],
                cancellation);
            return
            [
                ResultRow.Of(Name, What, "", Summary.OfRatio(series["matrix"], series["floor"]), Aim.AtMost(1.15)),
                ResultRow.Of(Name, $"probe matrix: {settings.Starts} starts, {matrix.Checks} checks", "s", Summary.Of(series["matrix"])),
                ResultRow.Of(Name, $"engine's floor: {settings.Starts} × create, start, wait, remove", "s", Summary.Of(series["floor"])),
            ];
        }
    }
}
