using System.Globalization;
using CsvHelper;
using Harness.Core;
using Harness.Core.Journaling;

namespace Harness.Benchmarks.Gates;

/// <summary>Reads the tables of <c>gates</c> and <c>gate-pairs</c>.</summary>
internal static class GateTable
{
    /// <summary>The text of a file.</summary>
    /// <exception cref="HarnessException">It cannot be read.</exception>
    internal static string Text(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new HarnessException($"{path}: cannot be read ({e.Message.ReplaceLineEndings(" ")})", e);
        }
    }

    /// <summary>Hands on each row of a table.</summary>
    /// <param name="text">The table.</param>
    /// <param name="name">Its name, for the message of an error.</param>
    /// <param name="needs">What it needs, likewise.</param>
    /// <param name="row">Takes a row.</param>
    /// <exception cref="HarnessException">A column is missing, or a value is no number.</exception>
    internal static void Read(string text, string name, string needs, Action<CsvReader> row)
    {
        try
        {
            using var reader = CsvReader.Create(new StringReader(text), Csv.ReaderOptions);
            while (reader.Read())
            {
                row(reader);
            }
        }
        catch (Exception e) when (e is FormatException or ArgumentException or KeyNotFoundException)
        {
            throw new HarnessException($"{name}: needs {needs} ({e.Message.ReplaceLineEndings(" ")})", e);
        }
    }

    /// <summary>A row's number.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    internal static double Number(this CsvReader reader, string column) =>
        double.Parse(reader.GetString(column), NumberStyles.Float, CultureInfo.InvariantCulture) is var number && double.IsFinite(number) ? number : throw new FormatException($"{column} is not a finite number");
}
