using System.Globalization;
using Harness.Analysis.Tables;
using Harness.Core.Journaling;

namespace Harness.Analysis.Statistics;

/// <summary>A row of <c>statistics/&lt;experiment&gt;.csv</c>, as far as it is read again.</summary>
/// <param name="HostId">Where.</param>
/// <param name="Measure">What was measured.</param>
/// <param name="Unit">Its unit.</param>
/// <param name="Probe">By which instrument.</param>
/// <param name="Cell">The cell's name.</param>
/// <param name="Label">The cell's name for readers.</param>
/// <param name="Count">How many values.</param>
/// <param name="Median">Their median, in the unit; null where there is none.</param>
/// <param name="Low">The lower end of the median's interval.</param>
/// <param name="High">The upper end.</param>
public sealed record SampleLine(string HostId, string Measure, string Unit, string Probe, string Cell, string Label, int Count, double? Median, double? Low, double? High);

/// <summary>Writes <c>statistics/&lt;experiment&gt;.csv</c> and <c>-pairs.csv</c>. What is missing is nothing between two commas, never 0.</summary>
public static class StatisticsFiles
{
    private static readonly ImmutableArray<string> _sampleColumns =
        ["run_id", "host_id", "measure", "unit", "probe", "cell", "label", "n", "left_out", "median", "mad", "p95", "p99", "confidence", "low", "high", "modes"];

    private static readonly ImmutableArray<string> _pairColumns =
        ["run_id", "host_id", "measure", "unit", "probe", "cell", "label", "reference", "reference_label", "blocks", "ratio", "confidence", "low", "high", "p_difference", "p_equivalence", "verdict"];

    /// <summary>Columns of both tables that hold whole numbers.</summary>
    public static ImmutableArray<string> Counts { get; } = ["n", "left_out", "modes", "blocks"];

    /// <summary>Columns of both tables that hold other numbers; what is neither is a text.</summary>
    public static ImmutableArray<string> Measures { get; } = ["median", "mad", "p95", "p99", "confidence", "low", "high", "ratio", "p_difference", "p_equivalence"];

    /// <summary>Writes two files an experiment into <paramref name="target"/>; no experiment with statistics, no folder.</summary>
    public static void Write(IEnumerable<ExperimentStatistics> statistics, string runId, RunFolder target)
    {
        foreach (var experiment in statistics)
        {
            Directory.CreateDirectory(target.Statistics);
            CsvFile.Write(Path.Combine(target.Statistics, experiment.Experiment + ".csv"), _sampleColumns, experiment.Samples.Select(row => Sample(runId, row)));
            CsvFile.Write(Path.Combine(target.Statistics, experiment.Experiment + "-pairs.csv"), _pairColumns, experiment.Pairs.Select(row => Pair(runId, row)));
        }
    }

    /// <summary>Reads the samples of an experiment; none where it has no such file.</summary>
    /// <exception cref="Core.HarnessException">The file is wrong.</exception>
    public static ImmutableArray<SampleLine> Read(RunFolder folder, string experiment)
    {
        var path = Path.Combine(folder.Statistics, experiment + ".csv");
        return !File.Exists(path) ? [] : RunTables.Read(
            path, ["host_id", "measure", "unit", "probe", "cell", "label", "n", "median", "low", "high"],
            row => new SampleLine(
                row.GetString("host_id"), row.GetString("measure"), row.GetString("unit"), row.GetString("probe"), row.GetString("cell"), row.GetString("label"),
                int.Parse(row.GetString("n"), NumberStyles.None, CultureInfo.InvariantCulture), Number(row.GetString("median")), Number(row.GetString("low")), Number(row.GetString("high"))),
            andOthers: true);
    }

    private static double? Number(string text) => text.Length == 0 ? null : double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture);

    private static ImmutableArray<string?> Sample(string runId, SampleStatistics row)
    {
        var summary = row.Summary;
        return
        [
            runId, row.Key.HostId, row.Key.Measure, row.Key.Unit, row.Key.Probe, row.Key.Cell, row.Label, Number(summary.Count), Number(row.LeftOut),
            Value(summary.Median), Value(summary.Mad), Value(summary.P95), Value(summary.P99),
            summary.Interval is null ? null : Value(SampleSummary.Confidence), Value(summary.Interval?.Low), Value(summary.Interval?.High), Number(summary.Modes),
        ];
    }

    private static ImmutableArray<string?> Pair(string runId, PairStatistics row) =>
    [
        runId, row.Key.HostId, row.Key.Measure, row.Key.Unit, row.Key.Probe, row.Key.Cell, row.Label, row.Reference, row.ReferenceLabel, Number(row.Blocks),
        Digits(row.Ratio, "G6"), row.Interval is null ? null : Value(PairStatistics.Confidence), Digits(row.Interval?.Low, "G6"), Digits(row.Interval?.High, "G6"),
        // p-values come from approximations in places, whose last digits are the platform's.
        Digits(row.Difference, "G3"), Digits(row.Equivalence, "G3"), row.Word,
    ];

    private static string? Number(int? number) => number?.ToString(CultureInfo.InvariantCulture);

    // Nanoseconds of half a nanosecond, shares with six digits: fifteen digits in all, which every platform writes alike.
    private static string? Value(double? number) => number?.ToString("0.######", CultureInfo.InvariantCulture);

    private static string? Digits(double? number, string format) => number?.ToString(format, CultureInfo.InvariantCulture);
}
