using CsvHelper;
using Harness.Core.Journaling;

namespace Harness.Analysis.Tables;

/// <summary>Writes a table of the run's folder that is made from its rows, in the one dialect of all CSV here.</summary>
internal static class CsvFile
{
    /// <summary>Writes a file that is not there yet.</summary>
    internal static void Write(string path, ImmutableArray<string> columns, IEnumerable<ImmutableArray<string?>> rows)
    {
        using var writer = CsvWriter.ToFile(path, Csv.WriterOptions);
        writer.WriteHeader(columns.AsSpan());
        foreach (var row in rows)
        {
            Add(writer, row);
        }
    }

    /// <summary>Adds a row.</summary>
    internal static void Add(CsvWriter writer, ImmutableArray<string?> row)
    {
        foreach (var value in row)
        {
            writer.WriteField(value);
        }

        writer.EndRecord();
    }
}
