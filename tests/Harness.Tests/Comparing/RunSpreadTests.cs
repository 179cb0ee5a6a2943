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

    [Theory]
    [InlineData(5, 0.5)]
    [InlineData(41, 4.0 / 44)]
    public void The_typical_cell_counts_for_five_runs_in_each(int runs, double typical)
    {
        // The middle one is typical.
        (string Cell, double Variance)[] cells = [("host", 0.04), ("namespaces", 0.02), ("runc", 0.0006)];
        var spread = RunSpread.Learn([[.. Enumerable.Range(0, runs).Select(run => Levels(
            cells.Select(cell => (cell.Cell, Math.Sqrt(cell.Variance) * ((run % 2) - 0.5), 0.001))))]]);

        var alternating = Squares(runs) / (runs - 1);
        Assert.All(cells, cell =>
        {
            var known = spread.Of(Key(cell.Cell));
            Assert.Equal(runs - 1 + 4, known.Freedom);
            Assert.Equal((((1 - typical) * cell.Variance) + (typical * 0.02)) * alternating, known.Whole, 12);
        });

        // Of ±½ in turn, around their mean.
        static double Squares(int runs)
        {
            double[] values = [.. Enumerable.Range(0, runs).Select(run => (run % 2) - 0.5)];
            return values.Sum(value => (value - values.Average()) * (value - values.Average()));
        }
    }

    [Fact]
    public void Beside_the_others_a_cell_whose_blocks_are_close_is_held_to_a_closer_spread()
    {
        var draws = new Draws(7);
        var spread = RunSpread.Learn([[.. Enumerable.Range(0, 5).Select(_ => Levels(
            [("host", 0.3 * draws.Normal(), 0.02), ("namespaces", 0.1 * draws.Normal(), 0.002), ("runc", 0.03 * draws.Normal(), 0.0002), ("crun", 0.03 * draws.Normal(), 0.0002)]))]]);
        Assert.InRange(Math.Sqrt(spread.Of(Key("runc")).Beside), 0.01, 0.06);
        Assert.InRange(Math.Sqrt(spread.Of(Key("host")).Beside), 0.15, 0.6);
    }

    [Fact]
    public void A_cell_whose_blocks_are_all_the_same_is_as_wide_as_others_make_it()
    {
        var draws = new Draws(5);
        var spread = RunSpread.Learn([[.. Enumerable.Range(0, 12).Select(_ => Levels(
            [("host", 0.1 * draws.Normal(), 0.01), ("namespaces", 0.1 * draws.Normal(), 0.01), ("runc", 0, 0)]))]]);
        Assert.InRange(Math.Sqrt(spread.Of(Key("runc")).Whole), 0.02, 0.08);
    }

    [Theory]
    [InlineData(0.02, 0.2, 0, 0.4)]
    [InlineData(0.2, 0.02, 0.9, 1)]
    public void A_cell_follows_the_others_as_far_as_it_was_seen_to(double shared, double own, double least, double most)
    {
        // runc is steady, and the others are not.
        var draws = new Draws(3);
        var spread = RunSpread.Learn([[.. Enumerable.Range(0, 40).Select(_ =>
        {
            var shift = shared * draws.Normal();
            return Levels(_cells.Select(cell => (cell.Cell, shift + ((cell.Cell == "runc" ? 0.01 : own) * draws.Normal()), 0.001)));
        })]]);
        var known = spread.Of(Key("runc"));
        Assert.InRange(known.Slope!.Value, least, most);
        Assert.InRange(Math.Sqrt(known.Beside), 0.005, 1.2 * Math.Sqrt(Math.Min(known.Own, known.Whole)));
    }

    [Fact]
    public void Without_a_history_nothing_is_known_of_how_far_cells_go_together() => Assert.Null(RunSpread.Unknown.Of(Key("runc")).Slope);

    [Fact]
    public void Fewer_blocks_than_the_history_s_are_less_sure()
    {
        var spread = Learn(20, 0.05, shared: 0).Of(Key("runc"));
        var (ten, five) = (new RunLevel("a", 10, 1, 0, 0), new RunLevel("a", 5, 1, 0, 0));
        Assert.Equal(2 * spread.Of(ten, Reference.Shift), spread.Of(five, Reference.Shift), 12);
        Assert.Equal(1.0, spread.Of(ten with { Within = 1 }, Reference.Shift));
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

    // Of each cell, its level's logarithm and the variance that its blocks leave open.
    private static RunUnit Levels(IEnumerable<(string Cell, double Log, double Within)> cells) => new(
        "run", "host", cells.ToImmutableDictionary(cell => Key(cell.Cell), cell => new RunLevel(cell.Cell, 10, 1e6 * Math.Exp(cell.Log), cell.Log, cell.Within)));

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
