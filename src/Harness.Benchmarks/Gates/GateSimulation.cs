using Harness.Analysis.Comparing;
using Harness.Analysis.Statistics;
using Harness.Benchmarks.Coverage;

namespace Harness.Benchmarks.Gates;

/// <summary>A machine that gates are tried on.</summary>
/// <param name="Name">For readers.</param>
/// <param name="Cells">Its cells' spreads; the last one is slowed down.</param>
/// <param name="History">Runs that the spread is learnt from; 0: it is assumed.</param>
public sealed record GateScenario(string Name, ImmutableArray<CellSpread> Cells, int History)
{
    /// <summary>Blocks of a run.</summary>
    public int Blocks { get; init; } = 10;

    /// <summary>Runs of the base.</summary>
    public int Bases { get; init; } = 1;

    /// <summary>What the first cell of new runs takes, as a factor: a change for the better must not look like one of the others for the worse.</summary>
    public double Gain { get; init; } = 1;

    /// <summary>Whether more gates than usual may object here: the documentation says so.</summary>
    public bool MayAlarm { get; init; }

    /// <summary>Whether a slowdown to 1.3 is to be found in 95 % of gates: the documentation says so of this machine.</summary>
    public bool IsToFind { get; init; }

    /// <summary>Whether blocks and runs have tails as heavy as those of Student's t with three degrees of freedom, of the same standard deviation.</summary>
    public bool IsHeavy { get; init; }

    /// <summary>The share of runs that all cells of are slowed to this, as if somebody else had the machine meanwhile.</summary>
    public (double Share, double Factor) Visitors { get; init; } = (0, 1);
}

/// <summary>Of gates of one scenario, how many spoke.</summary>
/// <param name="Gates">How many there were.</param>
/// <param name="AtOnce">How many the first run alarmed.</param>
/// <param name="Confirmed">How many of these the second run confirmed.</param>
/// <param name="Alone">How many the runs' own blocks alone would have alarmed.</param>
public sealed record GateCount(int Gates, int AtOnce, int Confirmed, int Alone);

/// <summary>Gates over simulated runs, by the code that judges real ones.</summary>
public static class GateSimulation
{
    private const double Matters = PairTest.Matters;

    /// <summary>So many gates: each has a history, a base, a new run and a second one of its own. The last cell of the new ones takes <paramref name="slowdown"/> times as long.</summary>
    public static GateCount Run(GateScenario scenario, double slowdown, int gates, ulong seed)
    {
        var draws = new Draws(seed);
        return Count(Enumerable.Range(0, gates).Select(_ => new Gate(Many(scenario.History, 1), Many(scenario.Bases, 1), Many(1, slowdown, scenario.Gain), Many(1, slowdown, scenario.Gain))), slowdown == 1 ? null : Name(scenario.Cells.Length - 1));

        ImmutableArray<RunUnit> Many(int runs, double slow, double gain = 1) => [.. Enumerable.Range(0, runs).Select(_ => Draw(scenario, draws, slow, gain))];
    }

    /// <summary>The same over recorded runs between which nothing changed. As in a pipeline, each run is judged by those before it, and confirmed by the next one.</summary>
    /// <param name="runs">The runs, in the order in which they were made.</param>
    /// <param name="history">How many runs the history has: those right before the run in question.</param>
    /// <param name="bases">How many of these are the base: the newest.</param>
    /// <param name="slowed">The cell that is made to take longer in the run in question and in the next one.</param>
    /// <param name="slowdown">How many times as long it takes.</param>
    public static GateCount Replay(ImmutableArray<RunUnit> runs, int history, int bases, string slowed, double slowdown) => Count(
        Enumerable.Range(history, Math.Max(0, runs.Length - history - 1))
            .Select(i => new Gate(runs[(i - history)..i], runs[(i - bases)..i], [Slowed(runs[i], slowed, slowdown)], [Slowed(runs[i + 1], slowed, slowdown)])),
        slowdown == 1 ? null : slowed);

    // A gate alarms by any cell; what is to be found is the one that was slowed down.
    private static GateCount Count(IEnumerable<Gate> gates, string? slowed)
    {
        var (count, atOnce, confirmed, alone) = (0, 0, 0, 0);
        foreach (var gate in gates)
        {
            var spread = gate.History.IsEmpty ? RunSpread.Unknown : RunSpread.Learn([gate.History]);
            var alarms = Slower(TimedComparison.Of(gate.Before, gate.After, spread), null);
            count++;
            atOnce += Counts(alarms) ? 1 : 0;
            confirmed += alarms.Count > 0 && Counts(Slower(TimedComparison.Of(gate.Before, gate.Again, spread), alarms)) ? 1 : 0;
            alone += Counts([.. TimedComparison.Correct([TimedComparison.Of(gate.Before, gate.After, RunSpread.BlocksAlone)], Matters)[0].Rows.Where(row => row.Word == TimedRow.Slower).Select(row => row.Key)]) ? 1 : 0;
        }

        return new GateCount(count, atOnce, confirmed, alone);

        bool Counts(HashSet<TimedKey> alarms) => slowed is null ? alarms.Count > 0 : alarms.Any(key => key.Cell == slowed);
    }

    private static RunUnit Slowed(RunUnit run, string cell, double factor) => run with
    {
        Levels = run.Levels.ToImmutableDictionary(
            level => level.Key,
            level => level.Key.Cell == cell ? level.Value with { Median = factor * level.Value.Median, Log = level.Value.Log + Math.Log(factor) } : level.Value),
    };

    private sealed record Gate(ImmutableArray<RunUnit> History, ImmutableArray<RunUnit> Before, ImmutableArray<RunUnit> After, ImmutableArray<RunUnit> Again);

    private static HashSet<TimedKey> Slower(TimedComparison times, HashSet<TimedKey>? only) => [.. GateResult.Slower(times, Matters, only).Select(row => row.Row.Key)];

    private static RunUnit Draw(GateScenario scenario, Draws draws, double slowdown, double gain)
    {
        var shared = draws.Normal();
        var visited = draws.Uniform() < scenario.Visitors.Share ? scenario.Visitors.Factor : 1;
        var cells = scenario.Cells.Select((cell, i) =>
        {
            var level = Math.Exp((cell.Shared * shared) + (cell.Between * Error())) * visited * (i == scenario.Cells.Length - 1 ? slowdown : i == 0 ? gain : 1);
            return (Key: new TimedKey("startup", "to_first_ns", "ns", "agent", Name(i)), Level: RunLevel.Of(Name(i), [.. Enumerable.Range(0, scenario.Blocks).Select(_ => 1e7 * level * Math.Exp(cell.Within * Error()))])!);
        });
        return new RunUnit("simulated", "simulated", cells.ToImmutableDictionary(cell => cell.Key, cell => cell.Level));

        // Of t with three degrees of freedom the variance is three.
        double Error() => scenario.IsHeavy ? draws.HeavyTailed() / Math.Sqrt(3) : draws.Normal();
    }

    private static string Name(int cell) => $"cell {cell.ToString(System.Globalization.CultureInfo.InvariantCulture)}";
}
