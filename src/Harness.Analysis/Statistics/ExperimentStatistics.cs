using Harness.Analysis.Judging;
using Harness.Core;

namespace Harness.Analysis.Statistics;

/// <summary>A row of <c>statistics/&lt;experiment&gt;.csv</c>.</summary>
/// <param name="Key">What it is of.</param>
/// <param name="Label">The cell's name for readers.</param>
/// <param name="LeftOut">Trials that gave no number.</param>
/// <param name="Summary">What the others say.</param>
public sealed record SampleStatistics(SampleKey Key, string Label, int LeftOut, SampleSummary Summary);

/// <summary>A row of <c>statistics/&lt;experiment&gt;-pairs.csv</c>: a cell and the one it is compared with, block by block.</summary>
/// <param name="Key">The cell.</param>
/// <param name="Label">Its name for readers.</param>
/// <param name="Reference">The cell it is compared with.</param>
/// <param name="ReferenceLabel">Its name; empty where it has no row.</param>
/// <param name="Blocks">Blocks with a number of both.</param>
public sealed record PairStatistics(SampleKey Key, string Label, string Reference, string ReferenceLabel, int Blocks)
{
    /// <summary>The word where there is nothing to compare.</summary>
    public const string TooFew = "too few blocks";

    /// <summary>The confidence that a ratio's interval has at least: there are many pairs, and verdicts have the same.</summary>
    public const double Confidence = 0.99;

    /// <summary>The median of the blocks' ratios, cell over reference; null where there are none.</summary>
    public double? Ratio { get; init; }

    /// <summary>The ratio's interval; null where there are too few blocks for its confidence.</summary>
    public Interval? Interval { get; init; }

    /// <summary>The test, before correction; null below <see cref="PairTest.Least"/> blocks.</summary>
    public PairTest? Test { get; init; }

    /// <summary>p of a difference, corrected for all pairs of the host, measure and probe.</summary>
    public double? Difference { get; init; }

    /// <summary>p of equivalence, corrected likewise.</summary>
    public double? Equivalence { get; init; }

    /// <summary><c>faster</c>, <c>slower</c>, <c>equivalent within 10 %</c>, <c>undecided</c> or <see cref="TooFew"/>.</summary>
    public string Word => Test is not { } test ? TooFew
        : Difference <= PairTest.Level ? (test.Slower < test.Faster ? "slower" : "faster")
        : Equivalence <= PairTest.Level ? "equivalent within 10 %"
        : "undecided";
}

/// <summary>The statistics of one experiment's samples: for its report, deciding nothing.</summary>
/// <param name="Experiment">The experiment's id.</param>
/// <param name="Samples">By host, measure, probe and cell.</param>
/// <param name="Pairs">In the same order.</param>
public sealed record ExperimentStatistics(string Experiment, ImmutableArray<SampleStatistics> Samples, ImmutableArray<PairStatistics> Pairs)
{
    /// <summary>Of the view <c>sample</c>; null where the experiment's SQL has none.</summary>
    /// <param name="database">With the experiment's views.</param>
    /// <param name="experiment">The experiment's id.</param>
    /// <exception cref="HarnessException">The view is wrong.</exception>
    public static ExperimentStatistics? Read(RunDatabase database, string experiment) =>
        SampleRows.Read(database, $"definitions/{experiment}/verdict.sql") is { } rows ? Of(experiment, rows) : null;

    /// <summary>Of rows in the order of <see cref="SampleRows"/>.</summary>
    public static ExperimentStatistics Of(string experiment, ImmutableArray<SampleRow> rows)
    {
        var cells = rows.GroupBy(row => row.Key).ToImmutableArray();
        return new ExperimentStatistics(
            experiment,
            [.. cells.AsParallel().AsOrdered().Select(cell => new SampleStatistics(
                cell.Key, cell.First().Label, cell.Count(row => row.Value is null),
                SampleSummary.Of(cell.Where(row => row.Value is not null).Select(row => row.Value!.Value))))],
            [.. cells.GroupBy(cell => (cell.Key.HostId, cell.Key.Measure, cell.Key.Unit, cell.Key.Probe)).SelectMany(alike => Corrected([.. Against([.. alike])]))]);
    }

    private static ParallelQuery<PairStatistics> Against(ImmutableArray<IGrouping<SampleKey, SampleRow>> cells)
    {
        var blocks = cells.AsParallel().Select(cell => (cell.Key.Cell, Blocks: Blocks(cell))).ToDictionary(cell => cell.Cell, cell => cell.Blocks, StringComparer.Ordinal);
        var labels = cells.ToDictionary(cell => cell.Key.Cell, cell => cell.First().Label, StringComparer.Ordinal);
        return cells
            .Where(cell => cell.First().Reference is { } reference && reference != cell.Key.Cell)
            .AsParallel().AsOrdered()
            .Select(cell => Pair(cell.Key, cell.First()));

        PairStatistics Pair(SampleKey key, SampleRow first)
        {
            var reference = first.Reference!;
            var (own, others) = (blocks[key.Cell], blocks.GetValueOrDefault(reference) ?? []);
            ImmutableArray<int> shared = [.. own.Keys.Where(others.ContainsKey).Order()];
            var pair = new PairStatistics(key, first.Label, reference, labels.GetValueOrDefault(reference, ""), shared.Length);
            // A ratio to nothing, or less, is none.
            if (shared.IsEmpty || shared.Any(block => others[block] <= 0))
            {
                return pair;
            }

            ImmutableArray<double> ratios = [.. shared.Select(block => own[block] / others[block]).Order()];
            return pair with
            {
                Ratio = SampleSummary.Quantile(ratios, 0.5),
                Interval = OrderStatistics.Median(ratios, PairStatistics.Confidence),
                Test = shared.Length < PairTest.Least ? null : PairTest.Of(ratios),
            };
        }
    }

    private static IEnumerable<PairStatistics> Corrected(ImmutableArray<PairStatistics> pairs)
    {
        ImmutableArray<PairTest> tests = [.. pairs.Where(pair => pair.Test is not null).Select(pair => pair.Test!.Value)];
        var (differences, equivalences) = (Holm.Adjust([.. tests.Select(test => test.Difference)]), Holm.Adjust([.. tests.Select(test => test.Equivalent)]));
        var i = 0;
        foreach (var pair in pairs)
        {
            yield return pair.Test is null ? pair : pair with { Difference = differences[i], Equivalence = equivalences[i++] };
        }
    }

    // A block's value is the median over its repetitions: they are not independent of each other.
    private static Dictionary<int, double> Blocks(IEnumerable<SampleRow> rows)
    {
        var blocks = new Dictionary<int, double>();
        foreach (var block in rows.Where(row => row.Value is not null).GroupBy(row => row.Block))
        {
            blocks.Add(block.Key, Middle([.. block.Select(row => row.Value!.Value)]));
        }

        return blocks;
    }

    private static double Middle(ImmutableArray<double> values) => SampleSummary.Quantile([.. values.Order()], 0.5);
}
