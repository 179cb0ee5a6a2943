using System.Globalization;
using CsvHelper;
using Harness.Core;
using Harness.Core.Journaling;
using Harness.Core.Model;

namespace Harness.Analysis.Tables;

/// <summary>A row of <c>trials.csv</c>, as far as reports and checks need it.</summary>
public sealed record TrialRow
{
    /// <summary>The trial's identity.</summary>
    public required string TrialId { get; init; }

    /// <summary>The host it ran on.</summary>
    public required string HostId { get; init; }

    /// <summary>The experiment's id.</summary>
    public required string Experiment { get; init; }

    /// <summary>The cell's name.</summary>
    public required string Cell { get; init; }

    /// <summary>The image's digest or content hash; empty where there is none.</summary>
    public string ImageDigest { get; init; } = "";

    /// <summary>The probe's id.</summary>
    public required string Probe { get; init; }

    /// <summary>From 1.</summary>
    public required int Block { get; init; }

    /// <summary>From 1.</summary>
    public required int Repetition { get; init; }

    /// <summary>The sandbox it ran in, by which its raw bytes are named; empty where it had none.</summary>
    public string Sandbox { get; init; } = "";

    /// <summary>How it ended.</summary>
    public required Outcome Outcome { get; init; }

    /// <summary>Why, or empty.</summary>
    public required string Detail { get; init; }

    /// <summary>Exit status; null where a signal ended it or nothing ran.</summary>
    public int? ExitCode { get; init; }

    /// <summary>The signal that ended it, or null.</summary>
    public int? Signal { get; init; }

    /// <summary>When it began, UTC.</summary>
    public DateTimeOffset StartedAt { get; init; }

    /// <summary>From exec to exit, ns; null where nothing ran.</summary>
    public long? DurationNs { get; init; }
}

/// <summary>Reads a run's tables.</summary>
public static class RunTables
{
    /// <summary>Every row of <c>trials.csv</c>, in the order of the file.</summary>
    /// <exception cref="HarnessException">The file is missing, or a row is wrong: its line is named.</exception>
    public static ImmutableArray<TrialRow> Trials(RunFolder folder) => Read(folder.TrialsCsv, Csv.TrialColumns, new TrialReader().Trial);

    /// <summary>The same, one row at a time: of a very large run they are more than memory should hold.</summary>
    /// <param name="folder">The run.</param>
    /// <param name="row">Takes a row, with the reader for what else is wanted of it.</param>
    /// <exception cref="HarnessException">The file is missing, or a row is wrong: its line is named.</exception>
    internal static void ForEachTrial(RunFolder folder, Action<CsvReader, TrialRow> row)
    {
        var trials = new TrialReader();
        ForEach(folder.TrialsCsv, Csv.TrialColumns, reader => row(reader, trials.Trial(reader)));
    }

    /// <summary>Every row of a table, in the order of the file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="columns">Those that it must have.</param>
    /// <param name="row">Of a row, what is wanted of it.</param>
    /// <param name="andOthers">Whether it may have others, in any order.</param>
    /// <exception cref="HarnessException">The file is missing, or a row is wrong: its line is named.</exception>
    internal static ImmutableArray<T> Read<T>(string path, ImmutableArray<string> columns, Func<CsvReader, T> row, bool andOthers = false)
    {
        var rows = ImmutableArray.CreateBuilder<T>();
        ForEach(path, columns, reader => rows.Add(row(reader)), andOthers);
        return rows.ToImmutable();
    }

    /// <summary>The same, one row at a time.</summary>
    internal static void ForEach(string path, ImmutableArray<string> columns, Action<CsvReader> row, bool andOthers = false)
    {
        try
        {
            using var reader = CsvReader.FromFile(path, Csv.ReaderOptions);
            var line = 1;
            while (reader.Read())
            {
                line++;
                if (line == 2 && !(andOthers ? columns.All(column => reader.Headers!.Contains(column, StringComparer.Ordinal)) : reader.Headers!.SequenceEqual(columns, StringComparer.Ordinal)))
                {
                    throw new HarnessException($"{path}: its columns must be {string.Join(',', columns)}");
                }

                try
                {
                    row(reader);
                }
                catch (Exception e) when (e is FormatException or OverflowException)
                {
                    throw new HarnessException($"{path}: row {line.ToString(CultureInfo.InvariantCulture)}: {e.Message}", e);
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException)
        {
            throw new HarnessException($"{path}: cannot be read ({e.Message.ReplaceLineEndings(" ")})", e);
        }
    }

    // A million rows have a few hundred cells, hosts and reasons: each is kept once.
    private sealed class TrialReader
    {
        private readonly Dictionary<string, string> _texts = new(StringComparer.Ordinal);
        private readonly Dictionary<string, string> _cells = new(StringComparer.Ordinal);

        internal TrialRow Trial(CsvReader reader) => new()
        {
            TrialId = reader.GetString("trial_id"),
            HostId = One(reader.GetString("host_id")),
            Experiment = One(reader.GetString("experiment")),
            Cell = Name(reader.GetString("cell")),
            ImageDigest = One(reader.GetString("image_digest")),
            Probe = One(reader.GetString("probe")),
            Block = int.Parse(reader.GetString("block"), NumberStyles.None, CultureInfo.InvariantCulture),
            Repetition = int.Parse(reader.GetString("repetition"), NumberStyles.None, CultureInfo.InvariantCulture),
            Sandbox = reader.GetString("sandbox"),
            Outcome = Outcomes.Parse(reader.GetString("outcome")),
            Detail = One(reader.GetString("detail")),
            ExitCode = Optional(reader.GetString("exit_code"), text => int.Parse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture)),
            Signal = Optional(reader.GetString("signal"), text => int.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture)),
            StartedAt = DateTimeOffset.Parse(reader.GetString("started_at_utc"), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal),
            DurationNs = Optional(reader.GetString("duration_ns"), text => long.Parse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture)),
        };

        private static T? Optional<T>(string text, Func<string, T> parse)
            where T : struct => text.Length > 0 ? parse(text) : null;

        private string One(string text) => _texts.TryGetValue(text, out var known) ? known : _texts[text] = text;

        private string Name(string cell) => _cells.TryGetValue(cell, out var known) ? known : _cells[cell] = Core.Model.Cell.Parse(cell).Name;
    }
}
