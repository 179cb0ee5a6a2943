using System.Collections.Immutable;
using Harness.Analysis.Comparing;
using Harness.Analysis.Statistics;
using Harness.Benchmarks.Coverage;

namespace Harness.Tests.Comparing;

/// <summary>Runs as a comparison sees them, without folders.</summary>
internal static class Units
{
    /// <summary>A run of some cells, each by the blocks' values.</summary>
    public static RunUnit Of(string run, IReadOnlyDictionary<string, ImmutableArray<double>> cells, string host = "host") => RunUnit.Of(
        run,
        cells.SelectMany(cell => cell.Value.Select((value, i) => ("startup", new SampleRow(new SampleKey(host, "to_first_ns", "ns", "agent", cell.Key), cell.Key, null, i + 1, value))))).Single();

    /// <summary>A run whose cells' medians are given: blocks and the run itself are drawn log-normally around them.</summary>
    public static RunUnit Drawn(Draws draws, int blocks, double within, double between, params (string Cell, double Median)[] cells) => Of(
        "run",
        cells.ToDictionary(cell => cell.Cell, cell =>
        {
            var level = cell.Median * Math.Exp(between * draws.Normal());
            return Enumerable.Range(0, blocks).Select(_ => level * Math.Exp(within * draws.Normal())).ToImmutableArray();
        }));

    /// <summary>The words of a comparison alone, by cell.</summary>
    public static Dictionary<string, TimedRow> Compared(IReadOnlyCollection<RunUnit> before, IReadOnlyCollection<RunUnit> after, RunSpread? spread = null, double matters = PairTest.Matters) =>
        TimedComparison.Correct([TimedComparison.Of(before, after, spread ?? RunSpread.Unknown)], matters)[0].Rows.ToDictionary(row => row.Key.Cell);
}
