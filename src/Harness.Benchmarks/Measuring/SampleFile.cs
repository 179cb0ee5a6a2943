using System.Globalization;
using CsvHelper;
using Harness.Core;
using Harness.Core.Journaling;
using Harness.Host.Facts;
using Harness.Runs;

namespace Harness.Benchmarks.Measuring;

/// <summary>Every sample as it was taken, warming up included, one row each.</summary>
public sealed class SampleFile : IDisposable
{
    private static readonly ImmutableArray<string> _columns =
        ["benchmark", "subject", "round", "warmup", "units", "seconds", "taken_at_utc", "host_id", "tool_version"];

    private readonly CsvWriter _writer;
    private readonly string _host = HostFacts.HostId();

    private SampleFile(CsvWriter writer) => _writer = writer;

    /// <summary>Begins a file.</summary>
    /// <exception cref="HarnessException">It is there already, or cannot be written.</exception>
    public static SampleFile Create(string path)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            var writer = CsvWriter.Create(new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read), Csv.WriterOptions);
            writer.WriteHeader(_columns.AsSpan());
            writer.Flush();
            return new SampleFile(writer);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new HarnessException($"{path}: cannot be begun ({e.Message}); name another file with --out", e);
        }
    }

    /// <summary>Adds one; round 0 is the one that warms up.</summary>
    public void Add(string benchmark, Subject subject, int round, double seconds)
    {
        string[] fields =
        [
            benchmark, subject.Name, Invariant(round), round == 0 ? "true" : "false", Invariant(subject.Units), seconds.ToString("F6", CultureInfo.InvariantCulture),
            DateTime.UtcNow.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture), _host, RunSession.Version,
        ];
        foreach (var field in fields)
        {
            _writer.WriteField(field);
        }

        _writer.EndRecord();
        _writer.Flush();
    }

    /// <inheritdoc/>
    public void Dispose() => _writer.Dispose();

    private static string Invariant(int number) => number.ToString(CultureInfo.InvariantCulture);
}
