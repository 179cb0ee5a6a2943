using System.Globalization;
using Harness.Analysis.Statistics;
using Harness.Core.Definitions;
using Harness.Reporting.Figures;

namespace Harness.Reporting.Model;

/// <summary>An experiment's statistics as a reader wants them: a row a cell, and where the intervals of two instruments are disjoint.</summary>
internal static class StatisticsBlocks
{
    private const string Missing = "–";

    /// <summary>What stands under their heading.</summary>
    public static IEnumerable<Block> Of(ExperimentStatistics statistics, ExperimentDefinition experiment) => [.. Cells(statistics), .. Instruments(statistics, experiment)];

    private static IEnumerable<Block> Cells(ExperimentStatistics statistics)
    {
        var hosts = statistics.Samples.Select(row => row.Key.HostId).Distinct().Count();
        var pairs = statistics.Pairs.ToDictionary(pair => pair.Key);
        var (cells, compared) = ($"statistics/{statistics.Experiment}.csv", $"statistics/{statistics.Experiment}-pairs.csv");
        yield return new Block.Paragraph(
        [
            new Inline.Plain("Descriptive only; verdicts do not use these numbers. Computed from all counted trials ("),
            new Inline.Link(cells, cells),
            new Inline.Plain(Invariant($"). The interval is the median's: the order-statistic interval of at least {100 * SampleSummary.Confidence} %, from {OrderStatistics.Least(SampleSummary.Confidence)} trials on. MAD is the median distance from the median. p95 is given from {SampleSummary.LeastForP95} trials on, p99 from {SampleSummary.LeastForP99}, one mode from {SampleSummary.LeastForOneMode}, several modes wherever they are found. The last column compares the cell with a reference, block by block: the median of the blocks' ratios (cell over reference) with its order-statistic interval of at least {100 * PairStatistics.Confidence} %, from {OrderStatistics.Least(PairStatistics.Confidence)} blocks on, which are the numbers of the verdicts where the same pair is judged. Faster, slower and equivalent within 10 % are told by the sign test of these ratios against a factor of {PairTest.Matters}, at {100 * PairTest.Level} % over all rows of a measure and probe (Holm's correction); undecided is what neither is shown of (")),
            new Inline.Link(compared, compared),
            new Inline.Plain(")."),
        ]);
        yield return new Block.Grid(
            $"Statistics of {statistics.Experiment}",
            [
                new("measure, probe"), new("cell"), new("n", IsNumber: true), new("median", IsNumber: true), new("interval"), new("MAD", IsNumber: true),
                new("p95", IsNumber: true), new("p99", IsNumber: true), new("modes", IsNumber: true), new("compared with"),
            ],
            [
                .. statistics.Samples
                    .OrderBy(row => row.Key.Measure, StringComparer.Ordinal).ThenBy(row => row.Key.Probe, StringComparer.Ordinal).ThenBy(row => row.Key.HostId, StringComparer.Ordinal)
                    .ThenBy(row => row.Summary.Median ?? double.PositiveInfinity).ThenBy(row => row.Key.Cell, StringComparer.Ordinal)
                    .Select(row => Cell(row, pairs.GetValueOrDefault(row.Key), hosts > 1)),
            ]);
    }

    private static ImmutableArray<Passage> Cell(SampleStatistics row, PairStatistics? pair, bool withHost)
    {
        var (summary, unit) = (row.Summary, row.Key.Unit);
        return
        [
            [new Inline.Code(row.Key.Measure), new Inline.Plain(", "), new Inline.Code(row.Key.Probe)],
            $"{row.Label}{(withHost ? $", host {row.Key.HostId}" : "")}",
            Invariant($"{summary.Count}{(row.LeftOut > 0 ? Invariant($" of {summary.Count + row.LeftOut}") : "")}"),
            Value(summary.Median, unit),
            Range(summary.Interval, unit),
            Value(summary.Mad, unit),
            Value(summary.P95, unit),
            Value(summary.P99, unit),
            summary.Modes switch { null => Missing, > 1 and { } modes => [new Inline.Strong(Invariant($"{modes}"))], _ => "1" },
            Against(pair),
        ];
    }

    private static string Against(PairStatistics? pair) => pair switch
    {
        null => Missing,
        { Ratio: null } => $"{pair.Word}: {pair.ReferenceLabel}",
        { Ratio: { } ratio } => $"{pair.Word}: {Factor(ratio)}× {pair.ReferenceLabel}{(pair.Interval is { } interval ? $" ({Factor(interval.Low)}–{Factor(interval.High)})" : "")}",
    };

    private static IEnumerable<Block> Instruments(ExperimentStatistics statistics, ExperimentDefinition experiment)
    {
        var second = experiment.Probes.Where(probe => probe.Kind == ProbeKind.Benchmark).Select(probe => probe.Id).ToHashSet(StringComparer.Ordinal);
        var both = statistics.Samples
            .Where(row => second.Contains(row.Key.Probe))
            .SelectMany(row => statistics.Samples
                .Where(own => own.Key == row.Key with { Probe = own.Key.Probe } && !second.Contains(own.Key.Probe))
                .Select(own => (Own: own, Second: row)))
            .OrderBy(pair => pair.Own.Key.HostId, StringComparer.Ordinal).ThenBy(pair => pair.Own.Summary.Median ?? double.PositiveInfinity).ThenBy(pair => pair.Own.Key.Cell, StringComparer.Ordinal)
            .ToImmutableArray();
        if (both.IsEmpty)
        {
            yield break;
        }

        yield return new Block.Paragraph("Two instruments on the same cells. BenchmarkDotNet runs a case's iterations one after the other, not spread over the blocks, and its wall time includes writing the sandbox's files and a ping of the engine: where the intervals are disjoint, look there first.");
        yield return new Block.Grid(
            $"Two instruments on the same cells of {statistics.Experiment}",
            [new("measure"), new("cell"), new("own stamps"), new("BenchmarkDotNet"), new("ratio of the medians", IsNumber: true), new("intervals")],
            [
                .. both.Select(pair => ImmutableArray.Create<Passage>(
                    [new Inline.Code(pair.Own.Key.Measure)], pair.Own.Label, Of(pair.Own), Of(pair.Second), Ratio(pair.Own.Summary, pair.Second.Summary),
                    Agreement(pair.Own.Summary.Interval, pair.Second.Summary.Interval))),
            ]);
    }

    private static string Ratio(SampleSummary own, SampleSummary second) =>
        own.Median is > 0 and { } below && second.Median is { } above ? Factor(above / below) : Missing;

    private static string Of(SampleStatistics row) => Invariant($"{Value(row.Summary.Median, row.Key.Unit)} ({Range(row.Summary.Interval, row.Key.Unit)}), n = {row.Summary.Count}");

    private static Passage Agreement(Interval? own, Interval? second) =>
        own is not { } first || second is not { } other ? "too few trials" : first.Meets(other) ? "overlap" : [new Inline.Strong("disjoint")];

    private static string Range(Interval? interval, string unit) => interval is { } range ? $"{Value(range.Low, unit)} to {Value(range.High, unit)}" : Missing;

    private static string Value(double? value, string unit) => value is { } number ? FigureNumbers.Text(number, unit) : Missing;

    // As the sentences of verdicts write factors.
    private static string Factor(double factor) =>
        factor.ToString(factor switch { < 0.1 => "0.0000", < 10 => "0.00", < 100 => "0.0", _ => "0" }, CultureInfo.InvariantCulture);

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
