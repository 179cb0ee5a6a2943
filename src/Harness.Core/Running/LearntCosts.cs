using System.Globalization;
using CsvHelper;
using Harness.Core.Journaling;
using Harness.Core.Model;
using Harness.Core.Planning;

namespace Harness.Core.Running;

/// <summary>
/// What trials of an earlier run took, by experiment, runtime and probe, so that the parts of a plan are balanced by it. A part keeps them among its
/// definitions: all parts must be cut by the same ones, and who plans a missing part again needs them.
/// </summary>
public sealed class LearntCosts
{
    /// <summary>The file in <c>definitions/</c>.</summary>
    public const string FileName = "costs.csv";

    // A day.
    private const double MostMilliseconds = 24 * 3600 * 1000.0;

    private static readonly ImmutableArray<string> _columns = ["experiment", "runtime", "probe", "trials", "mean_ms"];

    private readonly ImmutableSortedDictionary<string, (int Trials, double Milliseconds)> _means;

    private LearntCosts(IEnumerable<KeyValuePair<string, (int Trials, double Milliseconds)>> means) => _means = means.ToImmutableSortedDictionary(StringComparer.Ordinal);

    /// <summary>Learns them.</summary>
    /// <param name="trials">Trials that something ran in: the experiment, the cell, the probe, and from exec to exit in ns.</param>
    public static LearntCosts Of(IEnumerable<(string Experiment, Cell Cell, string Probe, long DurationNs)> trials) => new(
        from trial in trials
        group trial.DurationNs / 1e6 by Key(trial.Experiment, trial.Cell.Runtime, trial.Probe) into known
        select KeyValuePair.Create(known.Key, (known.Count(), Math.Round(known.Average(), 3))));

    /// <summary>Those that a run was cut by; null where it was cut by what is typical.</summary>
    /// <exception cref="HarnessException">The file is none.</exception>
    public static LearntCosts? Read(RunFolder run)
    {
        var path = Path.Combine(run.Definitions, FileName);
        if (!File.Exists(path))
        {
            return null;
        }

        try
        {
            using var reader = CsvReader.FromFile(path, Csv.ReaderOptions);
            var means = new List<KeyValuePair<string, (int, double)>>();
            while (reader.Read())
            {
                var (trials, mean) = (int.Parse(reader.GetString("trials"), CultureInfo.InvariantCulture), double.Parse(reader.GetString("mean_ms"), CultureInfo.InvariantCulture));
                // The sum of loads must stay a number.
                if (mean is not (>= 0 and <= MostMilliseconds))
                {
                    throw new FormatException($"{reader.GetString("mean_ms")} ms are no time that a trial takes");
                }

                means.Add(KeyValuePair.Create(Key(reader.GetString("experiment"), reader.GetString("runtime"), reader.GetString("probe")), (trials, mean)));
            }

            return new LearntCosts(means);
        }
        catch (Exception e) when (e is FormatException or OverflowException or ArgumentException or KeyNotFoundException)
        {
            throw new HarnessException($"{path}: is no table of costs ({e.Message.ReplaceLineEndings(" ")})", e);
        }
    }

    /// <summary>Keeps them in a run.</summary>
    public void Write(RunFolder run)
    {
        using var writer = CsvWriter.ToFile(Path.Combine(run.Definitions, FileName), Csv.WriterOptions);
        writer.WriteHeader(_columns.AsSpan());
        foreach (var (key, (trials, milliseconds)) in _means)
        {
            foreach (var field in (string[])[.. key.Split('\t'), trials.ToString(CultureInfo.InvariantCulture), milliseconds.ToString(CultureInfo.InvariantCulture)])
            {
                writer.WriteField(field);
            }

            writer.EndRecord();
        }
    }

    /// <summary>What such a trial took, in seconds; null where none is known.</summary>
    internal double? Seconds(PlannedTrial trial) =>
        _means.TryGetValue(Key(trial.Experiment, trial.Cell.Runtime, trial.Probe), out var known) ? known.Milliseconds / 1000 : null;

    private static string Key(string experiment, string runtime, string probe) => $"{experiment}\t{runtime}\t{probe}";
}
