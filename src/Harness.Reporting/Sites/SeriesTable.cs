using System.Globalization;
using CsvHelper;
using Harness.Core.Journaling;

namespace Harness.Reporting.Sites;

/// <summary>The numbers behind the charts of an experiment, one row a run and series.</summary>
internal static class SeriesTable
{
    private static readonly ImmutableArray<string> _columns = ["run_id", "created_at_utc", "host_id", "measure", "unit", "probe", "cell", "n", "median", "low", "high", "changed", "quick"];

    internal static void Write(Stream file, IEnumerable<TimeSeries> all)
    {
        using var writer = CsvWriter.Create(file, Csv.WriterOptions);
        writer.WriteHeader(_columns.AsSpan());
        foreach (var series in all)
        {
            for (var i = 0; i < series.Points.Length; i++)
            {
                var (run, of) = series.Points[i];
                foreach (var value in (string?[])[run.RunId, SitePages.Instant(run), of.HostId, of.Measure, of.Unit, of.Probe, of.Cell, Number(of.Count), Number(of.Median), Number(of.Low), Number(of.High), series.Changes.Contains(i) ? "true" : "false", series.Quick ? "true" : "false"])
                {
                    writer.WriteField(value);
                }

                writer.EndRecord();
            }
        }
    }

    private static string? Number(double? number) => number?.ToString("0.######", CultureInfo.InvariantCulture);
}
