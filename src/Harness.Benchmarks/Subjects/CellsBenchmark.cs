using System.Diagnostics;
using System.Globalization;
using Harness.Benchmarks.Measuring;
using Harness.Core.Definitions;

namespace Harness.Benchmarks.Subjects;

/// <summary>The harness's own work for a cell in matrices of several sizes: it must not grow with the matrix.</summary>
public sealed class CellsBenchmark(ExperimentsFolder definitions, ImmutableArray<int> sizes) : IBenchmark
{
    // "Flat" as a number: what a cell of the largest matrix may cost over one of the smallest. Below 1 is flat too, since
    // what a run costs once is then shared by more cells.
    private const double Flat = 1.25;

    /// <inheritdoc/>
    public string Name => "cells";

    /// <inheritdoc/>
    public async Task<ImmutableArray<ResultRow>> RunAsync(Rounds rounds, CancellationToken cancellation)
    {
        var series = await rounds.MeasureAsync([.. sizes.Select(size => new Subject(Series(size), size, token => MeasureAsync(size, token)))], cancellation);
        var costs = sizes.ToDictionary(size => size, size => series[Series(size)].Select(seconds => seconds / size * 1_000).ToImmutableArray());
        var (least, most) = (sizes.Min(), sizes.Max());
        return
        [
            ResultRow.Of(Name, $"time per cell: {Text(most)} cells over {Text(least)}", "", Summary.OfRatio(costs[most], costs[least]), Aim.AtMost(Flat)),
            .. sizes.Select(size => ResultRow.Of(Name, $"per cell, {Text(size)} cells through the scripted runtime", "ms", Summary.Of(costs[size]))),
        ];
    }

    private async Task<TimeSpan> MeasureAsync(int cells, CancellationToken cancellation)
    {
        using var run = new ScriptedRun(definitions, cells);
        var watch = Stopwatch.StartNew();
        run.Begin();
        await run.ResumeAsync(run.Experiments, cancellation);
        return watch.Elapsed;
    }

    private static string Series(int size) => size.ToString("'cells-'0", CultureInfo.InvariantCulture);

    private static string Text(int size) => size.ToString("#,0", CultureInfo.InvariantCulture);
}
