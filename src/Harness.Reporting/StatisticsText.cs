using System.Globalization;
using System.Text;
using Harness.Analysis.Statistics;
using Harness.Core.Definitions;
using Harness.Reporting.Figures;
using static Harness.Reporting.MarkdownText;

namespace Harness.Reporting;

/// <summary>An experiment's statistics as a reader wants them: a row a cell, and where the intervals of two instruments are disjoint.</summary>
internal static class StatisticsText
{
    private const string Missing = "–";

    /// <summary>The section, with its heading.</summary>
    public static string Write(ExperimentStatistics statistics, ExperimentDefinition experiment)
    {
        var text = new StringBuilder();
        Cells(text, statistics);
        Instruments(text, statistics, experiment);
        return text.ToString();
    }

    private static void Cells(StringBuilder text, ExperimentStatistics statistics)
    {
        Line(text, "### Statistics");
        Line(text);
        Line(text, Invariant($"Descriptive only; verdicts do not use these numbers. Computed from all counted trials ([statistics/{statistics.Experiment}.csv](statistics/{statistics.Experiment}.csv)). The interval is the median's: the order-statistic interval of at least {100 * SampleSummary.Confidence} %, from {OrderStatistics.Least(SampleSummary.Confidence)} trials on. MAD is the median distance from the median. p95 is given from {SampleSummary.LeastForP95} trials on, p99 from {SampleSummary.LeastForP99}, one mode from {SampleSummary.LeastForOneMode}, several modes wherever they are found. The last column compares the cell with a reference, block by block: the median of the blocks' ratios (cell over reference) with its order-statistic interval of at least {100 * PairStatistics.Confidence} %, from {OrderStatistics.Least(PairStatistics.Confidence)} blocks on, which are the numbers of the verdicts where the same pair is judged. Faster, slower and equivalent within 10 % are told by the sign test of these ratios against a factor of {PairTest.Matters}, at {100 * PairTest.Level} % over all rows of a measure and probe (Holm's correction); undecided is what neither is shown of ([statistics/{statistics.Experiment}-pairs.csv](statistics/{statistics.Experiment}-pairs.csv))."));
        Line(text);
        Line(text, "| measure, probe | cell | n | median | interval | MAD | p95 | p99 | modes | compared with |");
        Line(text, "|---|---|---:|---:|---|---:|---:|---:|---:|---|");
        var hosts = statistics.Samples.Select(row => row.Key.HostId).Distinct().Count();
        var pairs = statistics.Pairs.ToDictionary(pair => pair.Key);
        foreach (var row in statistics.Samples
            .OrderBy(row => row.Key.Measure, StringComparer.Ordinal).ThenBy(row => row.Key.Probe, StringComparer.Ordinal).ThenBy(row => row.Key.HostId, StringComparer.Ordinal)
            .ThenBy(row => row.Summary.Median ?? double.PositiveInfinity).ThenBy(row => row.Key.Cell, StringComparer.Ordinal))
        {
            var (summary, unit) = (row.Summary, row.Key.Unit);
            Line(text, Invariant($"| {Code(row.Key.Measure)}, {Code(row.Key.Probe)} | {Plain(row.Label)}{(hosts > 1 ? $", host {row.Key.HostId}" : "")} | {summary.Count}{(row.LeftOut > 0 ? $" of {summary.Count + row.LeftOut}" : "")} | {Value(summary.Median, unit)} | {Range(summary.Interval, unit)} | {Value(summary.Mad, unit)} | {Value(summary.P95, unit)} | {Value(summary.P99, unit)} | {(summary.Modes is { } modes ? modes > 1 ? $"**{modes}**" : "1" : Missing)} | {Against(pairs.GetValueOrDefault(row.Key))} |"));
        }

        Line(text);
    }

    private static string Against(PairStatistics? pair) => pair switch
    {
        null => Missing,
        { Ratio: null } => $"{pair.Word}: {Plain(pair.ReferenceLabel)}",
        { Ratio: { } ratio } => $"{pair.Word}: {Factor(ratio)}× {Plain(pair.ReferenceLabel)}{(pair.Interval is { } interval ? $" ({Factor(interval.Low)}–{Factor(interval.High)})" : "")}",
    };

    private static void Instruments(StringBuilder text, ExperimentStatistics statistics, ExperimentDefinition experiment)
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
            return;
        }

        Line(text, "Two instruments on the same cells. BenchmarkDotNet runs a case's iterations one after the other, not spread over the blocks, and its wall time includes writing the sandbox's files and a ping of the engine: where the intervals are disjoint, look there first.");
        Line(text);
        Line(text, "| measure | cell | own stamps | BenchmarkDotNet | ratio of the medians | intervals |");
        Line(text, "|---|---|---|---|---:|---|");
        foreach (var (own, other) in both)
        {
            var ratio = own.Summary.Median is > 0 and { } below && other.Summary.Median is { } above ? Factor(above / below) : Missing;
            Line(text, $"| {Code(own.Key.Measure)} | {Plain(own.Label)} | {Of(own)} | {Of(other)} | {ratio} | {Agreement(own.Summary.Interval, other.Summary.Interval)} |");
        }

        Line(text);
    }

    private static string Of(SampleStatistics row) => Invariant($"{Value(row.Summary.Median, row.Key.Unit)} ({Range(row.Summary.Interval, row.Key.Unit)}), n = {row.Summary.Count}");

    private static string Agreement(Interval? own, Interval? second) =>
        own is not { } first || second is not { } other ? "too few trials" : first.Meets(other) ? "overlap" : "**disjoint**";

    private static string Range(Interval? interval, string unit) => interval is { } range ? $"{Value(range.Low, unit)} to {Value(range.High, unit)}" : Missing;

    private static string Value(double? value, string unit) => value is { } number ? Plain(FigureNumbers.Text(number, unit)) : Missing;

    // As the sentences of verdicts write factors.
    private static string Factor(double factor) =>
        factor.ToString(factor switch { < 0.1 => "0.0000", < 10 => "0.00", < 100 => "0.0", _ => "0" }, CultureInfo.InvariantCulture);

    private static void Line(StringBuilder text, string line = "") => text.Append(line).Append('\n');

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
