using System.Globalization;
using System.Text.Json;
using CsvHelper;
using Harness.Analysis;
using Harness.Reporting;

namespace Harness.Commands;

/// <summary>The answer of <c>compare --userlands</c>.</summary>
internal static class UserlandAnswer
{
    /// <summary>As Markdown, CSV or JSON.</summary>
    internal static string Write(UserlandComparison comparison, string format) => format switch
    {
        "csv" => Csv(comparison),
        "json" => JsonSerializer.Serialize(comparison, CellAnswer.Json),
        _ => Markdown(comparison),
    };

    private static string Markdown(UserlandComparison comparison)
    {
        var differ = comparison.Rows.Count(row => row is { First: not null, Second: not null });
        var places = string.Join(", ", comparison.Places.Select(MarkdownText.Code));
        return string.Join('\n',
        [
            string.Create(CultureInfo.InvariantCulture, $"{differ} of {comparison.Compared} readings that both have differ; {comparison.Rows.Count(row => row.Second is null)} only {comparison.First} has, {comparison.Rows.Count(row => row.First is null)} only {comparison.Second}. Compared under {places}; clocks are left out."),
            "",
            $"| experiment | under | probe | reading | {MarkdownText.Plain(comparison.First)} | {MarkdownText.Plain(comparison.Second)} |",
            "|---|---|---|---|---|---|",
            .. comparison.Rows.Select(row => $"| {row.Experiment} | {MarkdownText.Plain(row.Place)} | {row.Probe} | {MarkdownText.Plain(Reading(row))} | {Value(row.First)} | {Value(row.Second)} |"),
        ]);
    }

    private static string Reading(UserlandDifference row) => row.Metric.Length == 0 ? "outcome" : row.Subject.Length == 0 ? row.Metric : $"{row.Metric}[{row.Subject}]";

    private static string Value(string? reading) => reading is null ? "*no reading*" : MarkdownText.Plain(reading);

    // Nothing between two commas: no reading. An empty text is quoted.
    private static string Csv(UserlandComparison comparison)
    {
        using var text = new StringWriter(CultureInfo.InvariantCulture);
        using (var writer = CsvWriter.Create(text, Core.Journaling.Csv.WriterOptions))
        {
            writer.WriteHeader(["experiment", "under", "probe", "metric", "subject", comparison.First, comparison.Second]);
            foreach (var row in comparison.Rows)
            {
                foreach (var field in new[] { row.Experiment, row.Place, row.Probe, row.Metric.Length == 0 ? "outcome" : row.Metric, row.Subject, row.First, row.Second })
                    writer.WriteField(field);
                writer.EndRecord();
            }
        }

        return text.ToString().TrimEnd('\n');
    }
}
