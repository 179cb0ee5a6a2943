using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Harness.Analysis.Comparing;

namespace Harness.Reporting.Comparing;

/// <summary>Writes a comparison as JSON: all that the other formats have, and all rows.</summary>
public static class ComparisonJson
{
    private static readonly JsonSerializerOptions _json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };

    /// <summary>The whole text.</summary>
    public static string Write(RunComparison comparison, GateResult? gate) => JsonSerializer.Serialize(
        new
        {
            SchemaVersion = 1,
            Base = Side(comparison.Base),
            comparison.Options.Matters,
            Confidence = TimedComparison.Confidence,
            Spread = new { Learnt = comparison.Spread.IsLearnt, comparison.Spread.Runs, comparison.Spread.Hosts, Assumed = comparison.Spread.IsLearnt ? (double?)null : RunSpread.Assumed },
            NotCompared = comparison.WithoutSamples,
            HistoryNotUsed = comparison.Unused,
            BaseNotUsed = comparison.BaseUnused,
            Gate = gate is null ? null : new { Looks = gate.Kinds, gate.Silent, gate.ExitCode, gate.Alarms },
            Sides = comparison.Sides.Select(side => new
            {
                New = Side(side.New),
                Conditions = side.Unlike,
                side.Coverage,
                side.Verdicts,
                side.Readings,
                side.Files,
                Times = new
                {
                    side.Times.Shift,
                    side.Times.Cells,
                    Rows = side.Times.Rows.Select(row => new
                    {
                        row.Key.Experiment,
                        row.Key.Cell,
                        row.Key.Probe,
                        row.Key.Measure,
                        row.Key.Unit,
                        row.Base,
                        row.New,
                        MeasuredRatio = Round(row.Measured),
                        Ratio = Round(row.Ratio),
                        Low = Round(row.Interval?.Low),
                        High = Round(row.Interval?.High),
                        P = Round(row.P),
                        PCorrected = Round(row.Corrected),
                        row.IsSpreadLearnt,
                        row.Word,
                    }),
                },
            }),
        },
        _json);

    private static object Side(RunSide side) => new { side.Name, Runs = side.Runs.Select(run => run.Plan.RunId) };

    // Of approximations, whose last digits are the platform's.
    private static double? Round(double? number) => number is { } known ? double.Parse(known.ToString("G6", System.Globalization.CultureInfo.InvariantCulture), System.Globalization.CultureInfo.InvariantCulture) : null;
}
