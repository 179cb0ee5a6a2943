using System.Globalization;
using Harness.Analysis.Comparing;
using Harness.Core;

namespace Harness.Benchmarks.Gates;

/// <summary>The levels that <c>gate-pairs</c> writes.</summary>
public static class RecordedLevels
{
    /// <summary>The columns: median in ns, the other two on the scale of logarithms.</summary>
    internal static readonly ImmutableArray<string> Columns = ["run", "part", "cell", "blocks", "median_ns", "log", "within_variance", "taken_at_utc"];

    /// <summary>What <c>part</c> says of a run that was slowed down.</summary>
    internal const string SlowedPart = "slowed";

    /// <summary>The rows that <c>gates --levels</c> prints of them: history and base in runs, gates, and shares of these in %.</summary>
    /// <param name="runs">Those between which nothing changed, in the order in which they were made.</param>
    public static IEnumerable<ImmutableArray<string>> Replay(ImmutableArray<RunUnit> runs)
    {
        foreach (var (history, bases) in from bases in (int[])[1, 5, 10] from history in (int[])[5, 10, 20] where history >= bases select (history, bases))
        {
            var (still, slow) = (GateSimulation.Replay(runs, history, bases, SmallRuns.Slowed, 1), GateSimulation.Replay(runs, history, bases, SmallRuns.Slowed, 1.3));
            yield return
            [
                GateSimulationCommand.Number(history), GateSimulationCommand.Number(bases), GateSimulationCommand.Number(still.Gates),
                .. new[] { still.Alone, still.AtOnce, still.Confirmed, slow.AtOnce, slow.Confirmed }.Select(hits => GateSimulationCommand.Share(hits, still.Gates)),
            ];
        }
    }

    /// <summary>The runs that were not slowed down, in the file's order.</summary>
    /// <exception cref="HarnessException">The file is another one.</exception>
    public static ImmutableArray<RunUnit> Read(string text, string name)
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
