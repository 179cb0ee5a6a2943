using System.Globalization;
using CsvHelper;
using Harness.Analysis.Comparing;
using Harness.Core;
using Harness.Core.Journaling;

namespace Harness.Benchmarks.Gates;

/// <summary>The levels that <c>gate-pairs</c> writes.</summary>
internal static class RecordedLevels
{
    /// <summary>The columns: median in ns, the other two on the scale of logarithms.</summary>
    internal static readonly ImmutableArray<string> Columns = ["run", "part", "cell", "blocks", "median_ns", "log", "within_variance", "taken_at_utc"];

    /// <summary>What <c>part</c> says of a run that was slowed down.</summary>
    internal const string SlowedPart = "slowed";

    /// <summary>The runs that were not slowed down, in the file's order.</summary>
    /// <exception cref="HarnessException">The file is another one.</exception>
    internal static ImmutableArray<RunUnit> Read(string text, string name)
    {
        try
        {
            using var reader = CsvReader.Create(new StringReader(text), Csv.ReaderOptions);
            var runs = new List<(string Run, Dictionary<TimedKey, RunLevel> Levels)>();
            while (reader.Read())
            {
                if (reader.GetString("part") == SlowedPart)
                {
                    continue;
                }

                var (run, cell) = (reader.GetString("run"), reader.GetString("cell"));
                if (runs.Count == 0 || runs[^1].Run != run)
                {
                    runs.Add((run, []));
                }

                runs[^1].Levels[new TimedKey("startup", "to_first_ns", "ns", "agent", cell)] = new RunLevel(cell, int.Parse(reader.GetString("blocks"), CultureInfo.InvariantCulture), Number("median_ns"), Number("log"), Number("within_variance"));
            }

            return [.. runs.Select(run => new RunUnit(run.Run, "recorded", run.Levels.ToImmutableDictionary()))];

            double Number(string column) => double.Parse(reader.GetString(column), NumberStyles.Float, CultureInfo.InvariantCulture);
        }
        catch (Exception e) when (e is FormatException or ArgumentException or KeyNotFoundException)
        {
            throw new HarnessException($"{name}: needs the columns {string.Join(',', Columns)} ({e.Message.ReplaceLineEndings(" ")})", e);
        }
    }
}
