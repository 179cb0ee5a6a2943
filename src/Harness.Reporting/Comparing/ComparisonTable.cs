using System.Globalization;
using CsvHelper;
using Harness.Analysis.Comparing;
using Harness.Core.Journaling;

namespace Harness.Reporting.Comparing;

/// <summary>Writes a comparison as CSV: one long table, so that a program needs no sections. What is missing is nothing between two commas.</summary>
public static class ComparisonTable
{
    private static readonly ImmutableArray<string> _columns =
    [
        "side", "kind", "experiment", "cell", "probe", "name", "subject", "base", "new", "unit", "base_runs", "base_blocks", "new_runs", "new_blocks",
        "measured_ratio", "ratio", "confidence", "low", "high", "p", "p_corrected", "word", "detail",
    ];

    /// <summary>
    /// Every row, by <c>kind</c>: <c>condition</c>, <c>coverage</c> (base and new: measured trials), <c>verdict</c> (name: the claim, subject: the scope),
    /// <c>trial</c> (base and new: ids of trials that changed it), <c>reading</c>, <c>file</c> (cell: the userland, subject: the path), <c>shift</c>,
    /// <c>time</c> (base and new: medians), <c>alarm</c> (word: whether it is confirmed).
    /// </summary>
    public static string Write(RunComparison comparison, GateResult? gate)
    {
        using var text = new StringWriter(CultureInfo.InvariantCulture);
        using (var writer = CsvWriter.Create(text, Csv.WriterOptions))
        {
            writer.WriteHeader(_columns.AsSpan());
            foreach (var row in Rows(comparison, gate))
            {
                foreach (var column in _columns)
                {
                    writer.WriteField(row.GetValueOrDefault(column));
                }

                writer.EndRecord();
            }
        }

        return text.ToString().TrimEnd('\n');
    }

    private static IEnumerable<Dictionary<string, string?>> Rows(RunComparison comparison, GateResult? gate) =>
    [
        .. comparison.Sides.SelectMany(side => Rows(side).Select(row => new Dictionary<string, string?>(row, StringComparer.Ordinal) { ["side"] = side.New.Name })),
        .. gate?.Alarms.Select(alarm => Row("alarm", ("name", Name(alarm.Kind)), ("subject", alarm.Name), ("word", alarm.Confirmed switch { true => "confirmed", false => "not confirmed", null => alarm.Unanswered is null ? "" : "no answer" }), ("detail", alarm.What))) ?? [],
    ];

    private static IEnumerable<Dictionary<string, string?>> Rows(SideComparison side) =>
    [
        .. side.Unlike.Select(unlike => Row("condition", ("name", unlike.What), ("base", unlike.Base), ("new", unlike.New), ("word", unlike.Refuses ? "refuses" : "named"))),
        .. side.Coverage.Cells.Select(cell => Row(
            "coverage", ("experiment", cell.Experiment), ("cell", cell.Cell), ("base", Number(cell.BaseMeasured)), ("new", Number(cell.NewMeasured)), ("detail", cell.Reason))),
        .. side.Verdicts.SelectMany<VerdictChange, Dictionary<string, string?>>(change =>
        [
            Row("verdict", ("experiment", change.Experiment), ("name", change.Claim), ("subject", change.Scope), ("base", change.Base), ("new", change.New), ("word", change.IsWorse ? "worse" : "changed"), ("detail", change.Lead)),
            .. change.Rows.Select(row => Row(
                "trial", ("experiment", change.Experiment), ("cell", row.Cell), ("probe", row.Probe), ("name", change.Claim), ("subject", change.Scope),
                ("base", row.BaseTrial), ("new", row.NewTrial), ("detail", row.What))),
        ]),
        .. side.Readings.Changes.Select(change => Row(
            "reading", ("experiment", change.Experiment), ("cell", change.Cell), ("probe", change.Probe), ("name", change.Metric), ("subject", change.Subject), ("base", change.Base), ("new", change.New))),
        .. side.Files.Select(file => Row("file", ("cell", file.Userland), ("subject", file.Path), ("base", file.Base), ("new", file.New))),
        .. side.Times.Shift is { } shift ? new[] { Row("shift", ("ratio", Digits(shift))) } : [],
        .. side.Times.Rows.Select(Time),
    ];

    private static Dictionary<string, string?> Time(TimedRow row) => Row(
        "time", ("experiment", row.Key.Experiment), ("cell", row.Key.Cell), ("probe", row.Key.Probe), ("name", row.Key.Measure),
        ("base", Value(row.Base.Median)), ("new", Value(row.New.Median)), ("unit", row.Key.Unit),
        ("base_runs", Number(row.Base.Runs)), ("base_blocks", Number(row.Base.Blocks)), ("new_runs", Number(row.New.Runs)), ("new_blocks", Number(row.New.Blocks)),
        ("measured_ratio", Digits(row.Measured)), ("ratio", Digits(row.Ratio)), ("confidence", row.Interval is null ? null : Value(TimedComparison.Confidence)),
        ("low", Digits(row.Interval?.Low)), ("high", Digits(row.Interval?.High)), ("p", Digits(row.P)), ("p_corrected", Digits(row.Corrected)), ("word", row.Word),
        ("detail", row.IsSpreadLearnt ? "spread learnt" : "spread assumed"));

    private static Dictionary<string, string?> Row(string kind, params ReadOnlySpan<(string Column, string? Value)> fields)
    {
        var row = new Dictionary<string, string?>(StringComparer.Ordinal) { ["kind"] = kind };
        foreach (var (column, value) in fields)
        {
            row[column] = value;
        }

        return row;
    }

    /// <summary>A gate's name, as the command line has it.</summary>
    internal static string Name(GateKind kind) => kind.ToString().ToLowerInvariant();

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string? Value(double? number) => number?.ToString("0.######", CultureInfo.InvariantCulture);

    // Of approximations, whose last digits are the platform's.
    private static string? Digits(double? number) => number?.ToString("G4", CultureInfo.InvariantCulture);
}
