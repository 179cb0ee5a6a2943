using System.Globalization;
using Harness.Analysis.Comparing;
using Harness.Core;

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
        var runs = new List<(string Run, Dictionary<TimedKey, RunLevel> Levels)>();
        GateTable.Read(text, name, $"the columns {string.Join(',', Columns)}", row =>
        {
            var (run, cell) = (row.GetString("run"), row.GetString("cell"));
            if (row.GetString("part") == SlowedPart)
            {
                return;
            }

            if (runs.Count == 0 || runs[^1].Run != run)
            {
                runs.Add((run, []));
            }

            runs[^1].Levels[new TimedKey("startup", "to_first_ns", "ns", "agent", cell)] =
                new RunLevel(cell, int.Parse(row.GetString("blocks"), CultureInfo.InvariantCulture), row.Number("median_ns"), row.Number("log"), row.Number("within_variance"));
        });
        return [.. runs.Select(run => new RunUnit(run.Run, "recorded", run.Levels.ToImmutableDictionary()))];
    }
}
