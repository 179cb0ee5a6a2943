using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using CsvHelper;
using Harness.Analysis;
using Harness.Reporting;

namespace Harness.Commands;

/// <summary>The answer of <c>compare --cells</c>.</summary>
internal static class CellAnswer
{
    /// <summary>How comparisons within a run are written as JSON.</summary>
    internal static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>As Markdown, CSV or JSON.</summary>
    internal static string Write(CellComparison comparison, string format) => format switch
    {
        "csv" => Csv(comparison),
        "json" => JsonSerializer.Serialize(comparison, Json),
        _ => Markdown(comparison),
    };

    private static string Markdown(CellComparison comparison) => string.Join('\n',
    [
        $"{comparison.Rows.Length.ToString(CultureInfo.InvariantCulture)} of {comparison.Compared.ToString(CultureInfo.InvariantCulture)} differ.",
        "",
        $"| number | name | {MarkdownText.Plain(comparison.First)} | {MarkdownText.Plain(comparison.Second)} |",
        "|---|---|---|---|",
        .. comparison.Rows.Select(row => $"| {MarkdownText.Plain(row.Subject)} | {MarkdownText.Plain(row.Name)} | {MarkdownText.Plain(row.First)} | {MarkdownText.Plain(row.Second)} |"),
    ]);

    private static string Csv(CellComparison comparison)
    {
        using var text = new StringWriter(CultureInfo.InvariantCulture);
        using (var writer = CsvWriter.Create(text, Core.Journaling.Csv.WriterOptions))
        {
            writer.WriteHeader(["subject", "name", comparison.First, comparison.Second]);
            foreach (var row in comparison.Rows)
            {
                foreach (var field in new[] { row.Subject, row.Name, row.First, row.Second })
                    writer.WriteField(field);
                writer.EndRecord();
            }
        }

        return text.ToString().TrimEnd('\n');
    }
}
