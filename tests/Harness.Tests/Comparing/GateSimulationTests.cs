using System.Collections.Immutable;
using Harness.Analysis.Comparing;
using Harness.Benchmarks.Gates;
using Harness.Core.Definitions;

namespace Harness.Tests.Comparing;

/// <summary>Gates are right where the truth is known: few draws by a fixed seed. The benchmarks' command <c>gates</c> draws many.</summary>
public sealed class GateSimulationTests
{
    private const int Gates = 200;

    private static readonly string _repository = ExperimentsFolder.FindRepository(AppContext.BaseDirectory)!;

    // What docs/comparing-runs.md calls the assumed spread: 8 % between blocks, 3 % between runs, 10 % in what all cells share.
    private static readonly ImmutableArray<CellSpread> _cells = CellSpread.Assumed();

    [Fact]
    public void Intervals_of_a_run_s_own_blocks_cry_wolf_and_the_gate_does_not()
    {
        var still = GateSimulation.Run(new GateScenario("still", _cells, History: 10), 1, Gates, seed: 3);
        Assert.InRange(still.Alone, 0.1 * Gates, Gates);
        Assert.InRange(still.AtOnce, 0, GateResult.Suspected * Gates);
        Assert.InRange(still.Confirmed, 0, 0.05 * Gates);
    }

    [Theory]
    [InlineData(5)]
    [InlineData(10)]
    public void A_slowdown_of_three_tenths_is_found_and_nothing_else_with_a_base_of_five_runs(int history)
    {
        var scenario = new GateScenario("slow", _cells, history) { Bases = 5 };
        Assert.InRange(GateSimulation.Run(scenario, 1, Gates, seed: 3).Confirmed, 0, 0.05 * Gates);
        Assert.InRange(GateSimulation.Run(scenario, 1.3, Gates, seed: 3).Confirmed, 0.95 * Gates, Gates);
    }

    [Fact]
    public void It_is_found_with_a_single_base_where_blocks_and_runs_are_a_little_closer()
    {
        var scenario = new GateScenario("slow", [.. Enumerable.Range(0, 4).Select(i => new CellSpread($"cell {i}", 0.06, 0.025, 0.1))], History: 10);
        Assert.InRange(GateSimulation.Run(scenario, 1, Gates, seed: 3).Confirmed, 0, 0.05 * Gates);
        Assert.InRange(GateSimulation.Run(scenario, 1.3, Gates, seed: 3).Confirmed, 0.95 * Gates, Gates);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Without_a_history_it_does_not_cry_wolf_either_and_finds_large_slowdowns_only(bool isOverloaded)
    {
        var scenario = new GateScenario("unknown", isOverloaded ? CellSpread.Overloaded() : _cells, History: 0);
        Assert.InRange(GateSimulation.Run(scenario, 1, Gates, seed: 3).Confirmed, 0, 0.05 * Gates);
        Assert.InRange(GateSimulation.Run(scenario, 1.2, Gates, seed: 3).Confirmed, 0, 0.5 * Gates);
        if (!isOverloaded)
        {
            Assert.InRange(GateSimulation.Run(scenario, 2, Gates, seed: 3).Confirmed, 0.9 * Gates, Gates);
        }
    }

    [Fact]
    public void A_visitor_that_slows_all_cells_of_a_run_is_no_cell_s_fault()
    {
        var scenario = new GateScenario("visited", _cells, History: 10) { Visitors = (1.0 / 3, 1.5), Bases = 5 };
        Assert.InRange(GateSimulation.Run(scenario, 1, Gates, seed: 3).Confirmed, 0, 0.05 * Gates);
        Assert.InRange(GateSimulation.Run(scenario, 1.3, Gates, seed: 3).Confirmed, 0.95 * Gates, Gates);
    }

    [Theory]
    [InlineData(1, 0.15)]
    [InlineData(5, 0.05)]
    public void A_cell_that_became_faster_makes_no_other_look_slower(int bases, double most)
    {
        var scenario = new GateScenario("gained", _cells, History: 10) { Bases = bases, Gain = 2 / 3.0 };
        Assert.InRange(GateSimulation.Run(scenario, 1, Gates, seed: 3).Confirmed, 0, most * Gates);
    }

    [Fact]
    public void The_documents_have_what_the_gate_says_of_the_recorded_runs()
    {
        var runs = RecordedLevels.Read(File.ReadAllText(Path.Combine(_repository, "src", "Harness.Benchmarks", "Gates", "levels-two-processors.csv")), "levels");
        Assert.Equal(60, runs.Length);
        var documented = File.ReadAllLines(Path.Combine(_repository, "docs", "comparing-runs.md"));
        // All but the share of the blocks alone, which is in the other tables.
        Assert.All(RecordedLevels.Replay(runs), row => Assert.Contains($"| {string.Join(" | ", row.RemoveAt(3))} |", documented));
    }
}
