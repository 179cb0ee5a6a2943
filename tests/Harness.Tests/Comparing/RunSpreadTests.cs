using System.Collections.Immutable;
using Harness.Analysis.Comparing;
using Harness.Benchmarks.Coverage;

namespace Harness.Tests.Comparing;

/// <summary>What is learnt of the spread between runs.</summary>
public sealed class RunSpreadTests
{
    private static readonly (string Cell, double Median)[] _cells = [("host", 1e6), ("namespaces", 4e6), ("runc", 40e6), ("crun", 12e6), ("docker", 200e6)];

    [Fact]
    public void Four_runs_are_too_few_and_five_are_enough()
    {
        Assert.False(Learn(4, 0.05, shared: 0).IsLearnt);
        var five = Learn(5, 0.05, shared: 0);
        Assert.True(five.IsLearnt);
        Assert.Equal((5, 1), (five.Runs, five.Hosts));
    }

    [Fact]
    public void Runs_of_one_id_in_several_folders_are_several_runs()
    {
        var draws = new Draws(1);
        var spread = RunSpread.Learn([[.. Enumerable.Range(0, 6).Select(i => Units.Drawn(draws, 10, 0.02, 0.05, _cells) with { RunId = "run", Folder = $"/results/{i}/run" })]]);
        Assert.Equal((6, 1), (spread.Runs, spread.Hosts));
    }

    [Fact]
    public void Runs_of_several_sides_add_up_and_a_single_run_adds_nothing()
    {
        var draws = new Draws(1);
        Assert.True(RunSpread.Learn([[Run(draws), Run(draws), Run(draws)], [Run(draws), Run(draws), Run(draws)]]).IsLearnt);
        Assert.False(RunSpread.Learn([.. Enumerable.Range(0, 10).Select(_ => ImmutableArray.Create(Run(draws)))]).IsLearnt);

        static RunUnit Run(Draws draws) => Units.Drawn(draws, 10, 0.02, 0.05, _cells);
    }

    [Fact]
    public void What_all_cells_of_a_run_share_is_no_cell_s_own()
    {
        var spread = Learn(60, 0.02, shared: 0.2);
        Assert.All(_cells, cell =>
        {
            var known = spread.Of(Key(cell.Cell));
            Assert.InRange(Math.Sqrt(known.Own), 0.01, 0.04);
            Assert.InRange(Math.Sqrt(known.Whole), 0.15, 0.27);
        });
    }

    [Fact]
    public void Half_of_a_cell_s_spread_is_its_own_and_half_the_typical_cell_s()
    {
        var draws = new Draws(4);
        var spread = RunSpread.Learn([[.. Enumerable.Range(0, 40).Select(_ => Units.Of("run", _cells.ToDictionary(
            cell => cell.Cell,
            cell =>
            {
                var level = cell.Median * Math.Exp((cell.Cell switch { "host" => 0.001, "docker" => 0.4, _ => 0.05 }) * draws.Normal());
                return Enumerable.Repeat(level, 10).ToImmutableArray();
            })))]]);
        // Half of 0.4² and 0.05², half of next to nothing and 0.05².
        Assert.InRange(Math.Sqrt(spread.Of(Key("docker")).Own), 0.2, 0.4);
        Assert.InRange(Math.Sqrt(spread.Of(Key("host")).Own), 0.03, 0.06);
        Assert.All(_cells, cell => Assert.Equal(2 * 39, spread.Of(Key(cell.Cell)).Freedom));
    }

    [Fact]
    public void Fewer_blocks_than_the_history_s_are_less_sure()
    {
        var spread = Learn(20, 0.05, shared: 0).Of(Key("runc"));
        var (ten, five) = (new RunLevel("a", 10, 1, 0, 0), new RunLevel("a", 5, 1, 0, 0));
        Assert.Equal(2 * spread.Of(ten, whole: false), spread.Of(five, whole: false), 12);
        Assert.Equal(1.0, spread.Of(ten with { Within = 1 }, whole: false));
    }

    [Fact]
    public void A_cell_that_the_history_does_not_know_is_no_surer_than_its_blocks()
    {
        var draws = new Draws(6);
        var run = Units.Drawn(draws, 10, 0.01, 0.05, [.. _cells, ("unknown", 1e6)]);
        var far = Units.Of("run", new Dictionary<string, ImmutableArray<double>> { ["unknown"] = [.. Enumerable.Range(0, 20).Select(_ => 1e6 * Math.Exp(0.6 * draws.Normal()))] });
        var (learnt, unknown) = (Learn(8, 0.05, shared: 0), RunSpread.Unknown);
        RunUnit[] units = [run with { Levels = run.Levels.SetItems(far.Levels) }];
        Assert.True(learnt.IsLearnt);
        Assert.InRange(learnt.For(units).Of(Key("unknown")).Whole, 2 * 0.4 * 0.4, 2);
        Assert.Equal(unknown.For([far]).Of(Key("unknown")), learnt.For(units).Of(Key("unknown")));
        // What was learnt stays as it is.
        Assert.Equal(learnt.Of(Key("runc")), learnt.For(units).Of(Key("runc")));
        Assert.Equal(learnt.Shared, learnt.For(units).Shared);
    }

    private static TimedKey Key(string cell) => new("startup", "to_first_ns", "ns", "agent", cell);

    private static RunSpread Learn(int runs, double between, double shared)
    {
        var draws = new Draws(2);
        return RunSpread.Learn([[.. Enumerable.Range(0, runs).Select(i =>
        {
            var shift = Math.Exp(shared * draws.Normal());
            return Units.Drawn(draws, 10, 0.01, between, [.. _cells.Select(cell => (cell.Cell, cell.Median * shift))]) with { RunId = $"run{i}" };
        })]]);
    }
}
