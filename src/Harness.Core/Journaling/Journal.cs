using System.Globalization;
using CsvHelper;
using Harness.Core.Definitions;
using Harness.Core.Model;

namespace Harness.Core.Journaling;

/// <summary>
/// The one writer of a run's tables. A trial is committed by its row in <c>trials.csv</c>, written after its raw bytes and its readings,
/// so that whatever interrupts the harness leaves whole trials and a tail that <see cref="JournalRepair"/> cuts.
/// </summary>
public sealed class Journal : IDisposable
{
    private readonly Lock _gate = new();
    private readonly RunFolder _folder;
    private readonly string _hostId;
    private readonly HashSet<string> _committed;
    private readonly FileStream _lock;
    private readonly CsvWriter _observations;
    private readonly CsvWriter _trials;

    // Why nothing more is written, once something could not be, and how long the tables were before it.
    private IOException? _failure;
    private (long Observations, long Trials) _whole;

    private Journal(RunFolder folder, string hostId, FileStream exclusive)
    {
        _lock = exclusive;
        _folder = folder;
        _hostId = hostId;
        _committed = new HashSet<string>(JournalRepair.Mend(folder), StringComparer.Ordinal);
        _observations = Open(folder.ObservationsCsv, Csv.ObservationColumns);
        _trials = Open(folder.TrialsCsv, Csv.TrialColumns);
    }

    /// <summary>Opens the tables for appending, after mending what an interruption left.</summary>
    /// <exception cref="HarnessException">Another process is writing this run.</exception>
    public static Journal Open(RunFolder folder, string hostId)
    {
        Directory.CreateDirectory(folder.Raw);
        FileStream exclusive;
        try
        {
            // A file of its own, so that a reader of the tables is never locked out. The system releases it with the process.
            exclusive = new FileStream(folder.Lock, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 1, FileOptions.DeleteOnClose);
        }
        catch (IOException e)
        {
            throw new HarnessException($"{folder.Root}: another process writes this run, or its folder cannot be written ({e.Message})", e);
        }

        try
        {
            foreach (var unfinished in Directory.EnumerateFiles(folder.Root, "*" + AtomicFile.Unfinished, SearchOption.AllDirectories))
            {
                File.Delete(unfinished);
            }

            return new Journal(folder, hostId, exclusive);
        }
        catch
        {
            exclusive.Dispose();
            throw;
        }
    }

    /// <summary>The run.</summary>
    public RunFolder Folder => _folder;

    /// <summary>Whether the trial has its row.</summary>
    public bool IsCommitted(PlannedTrial trial)
    {
        lock (_gate)
        {
            return _committed.Contains(trial.Id(_hostId));
        }
    }

    /// <summary>Keeps what a sandbox wrote, byte for byte. To be called before its trials are committed.</summary>
    public void WriteRaw(string sandboxId, string extension, ReadOnlySpan<byte> bytes) =>
        AtomicFile.Write(Path.Combine(_folder.Raw, $"{sandboxId}.{extension}"), bytes);

    /// <summary>Writes the readings, then the row that commits them. A trial that has a row already is left as it is.</summary>
    /// <exception cref="IOException">There is no room, now or at an earlier trial: that one has no row, and nothing is written after it.</exception>
    public void Commit(TrialResult result, Func<string, MetricDefinition> metric)
    {
        lock (_gate)
        {
            var id = result.Trial.Id(_hostId);
            if (_committed.Contains(id))
            {
                return;
            }

            if (_failure is { } failure)
            {
                throw new IOException(failure.Message, failure.HResult);
            }

            _whole = (Length(_folder.ObservationsCsv), Length(_folder.TrialsCsv));
            try
            {
                Write(id, result, metric);
            }
            catch (IOException e)
            {
                // Half a row and then whole ones, once there is room again, would be a table that nobody can read.
                _failure = e;
                Cut();
                throw;
            }

            _committed.Add(id);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
        {
            try
            {
                _observations.Dispose();
            }
            catch (IOException) when (_failure is not null)
            {
                // What it still holds is cut off.
            }

            try
            {
                _trials.Dispose();
            }
            catch (IOException) when (_failure is not null)
            {
                // Likewise.
            }

            if (_failure is not null)
            {
                Cut();
            }

            _lock.Dispose();
        }
    }

    private void Write(string id, TrialResult result, Func<string, MetricDefinition> metric)
    {
        foreach (var observation in result.Observations)
        {
            WriteObservation(id, observation, metric(observation.Metric).Unit);
        }

        _observations.Flush();
        WriteTrial(id, result);
        _trials.Flush();
    }

    private static long Length(string table) => new FileInfo(table).Length;

    private void Cut()
    {
        Cut(_folder.ObservationsCsv, _whole.Observations);
        Cut(_folder.TrialsCsv, _whole.Trials);
    }

    private static void Cut(string table, long length)
    {
        using var file = new FileStream(table, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 1);
        file.SetLength(length);
    }

    private static CsvWriter Open(string path, ImmutableArray<string> columns)
    {
        var stream = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite, bufferSize: 1);
        var isNew = stream.Length == 0;
        var writer = CsvWriter.Create(stream, Csv.WriterOptions);
        if (isNew)
        {
            writer.WriteHeader(columns.AsSpan());
            writer.Flush();
        }

        return writer;
    }

    private void WriteObservation(string trialId, Observation observation, string unit)
    {
        _observations.WriteField(_folder.RunId);
        _observations.WriteField(trialId);
        _observations.WriteField(observation.Metric);
        _observations.WriteField(observation.Subject);
        _observations.WriteField(observation.Value?.ToString(CultureInfo.InvariantCulture));
        _observations.WriteField(unit);
        WriteText(_observations, observation.Text);
        _observations.EndRecord();
    }

    // An empty text is a reading, a missing one is not: the first is written as "", so that a reader can tell them apart.
    private static void WriteText(CsvWriter writer, string? text)
    {
        if (text is { Length: 0 })
        {
            writer.WriteField(text, CsvQuoting.Always);
        }
        else
        {
            writer.WriteField(text);
        }
    }

    private void WriteTrial(string id, TrialResult result)
    {
        var (trial, cell) = (result.Trial, result.Trial.Cell);
        string?[] fields =
        [
            _folder.RunId, id, _hostId, trial.Experiment, cell.Name, cell.Userland, result.ImageDigest, cell.Kernel, cell.Engine, cell.Runtime,
            cell.Accelerator, cell.Variant, trial.Probe, Invariant(trial.Block), Invariant(trial.Repetition), trial.Warmup ? "true" : "false",
            result.Sandbox, result.Outcome.Text(), Invariant(result.ExitCode), Invariant(result.Signal), result.Detail,
            result.StartedAt.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture), Invariant(result.DurationNs),
        ];
        foreach (var field in fields)
        {
            _trials.WriteField(field);
        }

        _trials.EndRecord();
    }

    private static string? Invariant(long? number) => number?.ToString(CultureInfo.InvariantCulture);
}
