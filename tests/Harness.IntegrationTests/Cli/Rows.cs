using CsvHelper;
using Harness.Core.Journaling;

namespace Harness.IntegrationTests.Cli;

/// <summary>Rows of a run's tables, by column.</summary>
internal static class Rows
{
    public static List<Dictionary<string, string>> Trials(string run) => Read(Path.Combine(run, "trials.csv"));

    public static List<Dictionary<string, string>> Observations(string run) => Read(Path.Combine(run, "observations.csv"));

    public static List<Dictionary<string, string>> Verdicts(string run) => Read(Path.Combine(run, "verdicts.csv"));

    public static List<Dictionary<string, string>> Read(string path)
    {
        using var reader = CsvReader.FromFile(path, Csv.ReaderOptions);
        var rows = new List<Dictionary<string, string>>();
        while (reader.Read())
        {
            rows.Add(reader.Headers.ToDictionary(header => header, header => reader.GetString(header), StringComparer.Ordinal));
        }

        return rows;
    }
}
