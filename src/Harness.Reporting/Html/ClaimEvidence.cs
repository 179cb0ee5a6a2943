using System.Globalization;
using CsvHelper;
using Harness.Core.Journaling;
using Harness.Core.Running;

namespace Harness.Reporting.Html;

/// <summary>The first rows of a file of evidence, as many as a page should hold.</summary>
/// <param name="File">Relative to the run's folder.</param>
/// <param name="Columns">Those whose values differ.</param>
/// <param name="Same">Column and value of those that are the same in every row that is shown.</param>
/// <param name="Rows">A value a column.</param>
/// <param name="Total">How many rows the file has.</param>
public sealed record ClaimEvidence(
    string File, ImmutableArray<string> Columns, ImmutableArray<(string Column, string Value)> Same, ImmutableArray<ImmutableArray<string>> Rows, int Total)
{
    /// <summary>No more rows than these are shown, however short.</summary>
    public const int Most = 1000;

    private const int LongestValue = 300;

    /// <summary>What a cell of the table costs beside its text, bytes.</summary>
    private const int Markup = 9;

    /// <summary>Reads it.</summary>
    /// <param name="folder">Where the file is.</param>
    /// <param name="file">Relative to it.</param>
    /// <param name="budget">What the rows may take on the page, bytes.</param>
    public static ClaimEvidence Read(RunFolder folder, string file, int budget)
    {
        ImmutableArray<string> columns = [];
        var rows = ImmutableArray.CreateBuilder<ImmutableArray<string>>();
        var (total, left) = (0, budget);
        using var reader = CsvReader.FromFile(Path.Combine(folder.Root, file), Csv.ReaderOptions);
        while (reader.Read())
        {
            total++;
            if (columns.IsEmpty)
            {
                columns = [.. reader.Headers!];
            }

            if (left <= 0 || rows.Count == Most)
            {
                // The others are counted, in the file they stand.
                left = 0;
                continue;
            }

            ImmutableArray<string> row = [.. Enumerable.Range(0, columns.Length).Select(column => Short(reader.GetString(column)))];
            left -= row.Sum(value => value.Length + Markup);
            rows.Add(row);
        }

        var differs = Enumerable.Range(0, columns.Length).Where(column => rows.Any(row => row[column] != rows[0][column])).ToImmutableArray();
        // One row is a row, not a list of what all rows have.
        if (differs.IsEmpty)
        {
            differs = [.. Enumerable.Range(0, columns.Length)];
        }

        return new ClaimEvidence(
            file,
            [.. differs.Select(column => columns[column])],
            [.. Enumerable.Range(0, columns.Length).Except(differs).Where(column => rows[0][column].Length > 0).Select(column => (columns[column], rows[0][column]))],
            [.. rows.Select(row => differs.Select(column => row[column]).ToImmutableArray())],
            total);
    }

    /// <summary>How many rows there are and where, in a sentence.</summary>
    public string Said => Total == 0
        ? "No row stands behind it."
        : Rows.Length == Total
            ? string.Create(CultureInfo.InvariantCulture, $"All {Total} rows{Together}.")
            : string.Create(CultureInfo.InvariantCulture, $"The first {Rows.Length} of {Total} rows{Together}; all of them are in the file.");

    private string Together => Same.IsEmpty ? "" : $". In every row shown: {string.Join(", ", Same.Select(pair => $"{pair.Column} {pair.Value}"))}";

    private static string Short(string value)
    {
        var shown = ShownText.OneLine(value);
        return shown.Length <= LongestValue ? shown : string.Concat(shown.AsSpan(0, char.IsHighSurrogate(shown[LongestValue - 1]) ? LongestValue - 1 : LongestValue), "…");
    }
}
