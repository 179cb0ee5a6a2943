using System.Collections.Immutable;
using Harness.Benchmarks.Gates;

namespace Harness.Tests.Comparing;

/// <summary>Gates are right where the truth is known: few draws by a fixed seed. The benchmarks' command <c>gates</c> draws many.</summary>
public sealed class GateSimulationTests
{
    private const int Gates = 150;

    // Runs 3 % apart, and 10 % in what all cells share.
    private static readonly ImmutableArray<CellSpread> _cells = [.. Enumerable.Range(0, 4).Select(i => new CellSpread($"cell {i}", 0.06, 0.03, 0.1))];

    [Fact]
    public void Intervals_of_a_run_s_own_blocks_cry_wolf_and_the_gate_does_not()
    {
        var still = GateSimulation.Run(new GateScenario("still", _cells, History: 10), 1, Gates, seed: 3);
        Assert.InRange(still.Alone, 0.1 * Gates, Gates);
        Assert.InRange(still.AtOnce, 0, 0.08 * Gates);
        Assert.InRange(still.Confirmed, 0, 0.05 * Gates);
    }

    [Fact]
    public void Without_a_history_it_does_not_cry_wolf_either_and_finds_large_slowdowns_only()
    {
        var scenario = new GateScenario("unknown", _cells, History: 0);
        Assert.InRange(GateSimulation.Run(scenario, 1, Gates, seed: 3).AtOnce, 0, 0.05 * Gates);
        Assert.InRange(GateSimulation.Run(scenario, 1.2, Gates, seed: 3).AtOnce, 0, 0.5 * Gates);
        Assert.InRange(GateSimulation.Run(scenario, 2, Gates, seed: 3).Confirmed, 0.9 * Gates, Gates);
    }

    [Fact]
    public void With_one_a_slowdown_of_three_tenths_is_found() =>
        Assert.InRange(GateSimulation.Run(new GateScenario("slow", [.. _cells.Select(cell => cell with { Shared = 0.02 })], History: 10), 1.3, Gates, seed: 3).Confirmed, 0.75 * Gates, Gates);

    [Fact]
    public void A_visitor_that_slows_all_cells_of_a_run_is_no_cell_s_fault() =>
        Assert.InRange(GateSimulation.Run(new GateScenario("visited", _cells, History: 10) { Visitors = (1.0 / 3, 1.5) }, 1, Gates, seed: 3).Confirmed, 0, 0.05 * Gates);
}
