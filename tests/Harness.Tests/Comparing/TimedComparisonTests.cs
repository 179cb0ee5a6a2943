using System.Collections.Immutable;
using CsCheck;
using Harness.Analysis.Comparing;
using Harness.Analysis.Statistics;
using Harness.Benchmarks.Coverage;

namespace Harness.Tests.Comparing;

/// <summary>The times of runs that are independent of each other.</summary>
public sealed class TimedComparisonTests
{
    private static readonly (string Cell, double Median)[] _cells = [("host", 1e6), ("namespaces", 4e6), ("runc", 40e6), ("crun", 12e6)];

    // Of three to eight cells with six to twelve blocks each, on two sides.
    private static readonly Gen<(RunUnit Before, RunUnit After)> _pair =
        from cells in Gen.Int[3, 8]
        from blocks in Gen.Int[6, 12]
        from first in Gen.Double[1e3, 1e9].Array[blocks].Array[cells]
        from second in Gen.Double[1e3, 1e9].Array[blocks].Array[cells]
        select (Run(first), Run(second));

    [Fact]
    public void A_run_and_itself_do_not_differ() => _pair.Sample(pair =>
        Assert.All(Units.Compared([pair.Before], [pair.Before]).Values, row => Assert.Equal((TimedRow.WithinNoise, 1.0, 1.0), (row.Word, row.Ratio, row.Corrected))));

    [Fact]
    public void Sides_that_change_places_change_the_words() => _pair.Sample(pair =>
    {
        var (there, back) = (Units.Compared([pair.Before], [pair.After]), Units.Compared([pair.After], [pair.Before]));
        Assert.All(there, row =>
        {
            var other = back[row.Key];
            Assert.Equal(1, row.Value.Ratio!.Value * other.Ratio!.Value, 9);
            Assert.Equal(row.Value.P!.Value, other.P!.Value, 9);
            Assert.Equal(row.Value.Word switch { TimedRow.Slower => TimedRow.Faster, TimedRow.Faster => TimedRow.Slower, var same => same }, other.Word);
        });
    });

    [Fact]
    public void Another_unit_or_another_order_of_blocks_changes_nothing() => Gen.Select(_pair, Gen.Double[0.001, 1000]).Sample((pair, factor) =>
    {
        var (as_it_was, scaled) = (Units.Compared([pair.Before], [pair.After]), Units.Compared([Scaled(pair.Before, factor)], [Scaled(pair.After, factor)]));
        Assert.All(as_it_was, row => Assert.Equal((row.Value.Word, Math.Round(row.Value.Ratio!.Value, 6)), (scaled[row.Key].Word, Math.Round(scaled[row.Key].Ratio!.Value, 6))));
        ImmutableArray<double> values = [3, 1, 2, 5, 4, 9];
        Assert.Equal(RunLevel.Of("a", values), RunLevel.Of("a", [.. values.Reverse()]));
    });

    [Fact]
    public void A_wider_factor_finds_no_more() => _pair.Sample(pair =>
    {
        var (near, far) = (Units.Compared([pair.Before], [pair.After]), Units.Compared([pair.Before], [pair.After], matters: 2));
        Assert.All(far.Where(row => row.Value.Word == TimedRow.Slower), row => Assert.Equal(TimedRow.Slower, near[row.Key].Word));
    });

    [Theory]
    [InlineData(1.25)]
    [InlineData(0.8)]
    [InlineData(3)]
    public void A_shift_that_all_cells_share_is_the_host_s_and_no_cell_s(double shift)
    {
        var draws = new Draws(3);
        var spread = Learnt(draws);
        var before = Units.Drawn(draws, 10, 0.03, 0.01, _cells);
        var after = Units.Drawn(draws, 10, 0.03, 0.01, [.. _cells.Select(cell => (cell.Cell, cell.Median * shift))]);
        var comparison = TimedComparison.Of([before], [after], spread);
        Assert.InRange(comparison.Shift!.Value, shift * 0.95, shift * 1.05);
        Assert.All(Units.Compared([before], [after], spread).Values, row => Assert.Equal(TimedRow.WithinNoise, row.Word));
    }

    [Fact]
    public void A_cell_that_goes_further_than_all_others_is_told_beside_the_shift()
    {
        var draws = new Draws(3);
        var spread = Learnt(draws);
        var rows = Units.Compared(
            [Units.Drawn(draws, 10, 0.03, 0.01, _cells)],
            [Units.Drawn(draws, 10, 0.03, 0.01, [.. _cells.Select(cell => (cell.Cell, cell.Median * 1.25 * (cell.Cell == "runc" ? 1.3 : 1)))])], spread);
        Assert.Equal(TimedRow.Slower, rows["runc"].Word);
        Assert.InRange(rows["runc"].Ratio!.Value, 1.2, 1.4);
        Assert.All(rows.Values.Where(row => row.Key.Cell != "runc"), row => Assert.Equal(TimedRow.WithinNoise, row.Word));
    }

    [Fact]
    public void What_most_cells_do_and_one_does_not_is_no_shift_of_all()
    {
        var draws = new Draws(3);
        var spread = Learnt(draws);
        var (before, after) = (Units.Drawn(draws, 10, 0.02, 0.005, _cells), Units.Drawn(draws, 10, 0.02, 0.005, [.. _cells.Select(cell => (cell.Cell, cell.Cell == "host" ? cell.Median : cell.Median * 1.6))]));
        Assert.Null(TimedComparison.Of([before], [after], spread).Shift);
        var rows = Units.Compared([before], [after], spread);
        Assert.Equal(TimedRow.WithinNoise, rows["host"].Word);
        Assert.All(rows.Values.Where(row => row.Key.Cell != "host"), row => Assert.Equal(TimedRow.Slower, row.Word));
    }

    [Fact]
    public void A_steady_cell_is_not_judged_by_what_noisy_ones_happen_to_do()
    {
        (string Cell, double Between)[] cells = [("host", 0.15), ("namespaces", 0.12), ("runc", 0.02)];
        var draws = new Draws(3);
        var (alarms, found) = (0, 0);
        for (var gate = 0; gate < 100; gate++)
        {
            var spread = RunSpread.Learn([Many(20)]);
            var (before, after) = (Many(5), Levels(1));
            alarms += Units.Compared(before, [after], spread).Values.Any(row => row.Word != TimedRow.WithinNoise) ? 1 : 0;
            found += Units.Compared(before, [Levels(1.3)], spread)["runc"].Word == TimedRow.Slower ? 1 : 0;
        }

        Assert.InRange(alarms, 0, 10);
        Assert.InRange(found, 95, 100);

        ImmutableArray<RunUnit> Many(int runs) => [.. Enumerable.Range(0, runs).Select(_ => Levels(1))];

        RunUnit Levels(double slowdown)
        {
            var shared = 0.05 * draws.Normal();
            return Units.Of("run", cells.ToDictionary(cell => cell.Cell, cell =>
            {
                var level = 1e7 * Math.Exp(shared + (cell.Between * draws.Normal())) * (cell.Cell == "runc" ? slowdown : 1);
                return Enumerable.Range(0, 10).Select(_ => level * Math.Exp(cell.Between * draws.Normal())).ToImmutableArray();
            }));
        }
    }

    [Fact]
    public void One_of_three_cells_that_takes_less_makes_no_other_look_slower()
    {
        var draws = new Draws(3);
        var cells = _cells[..3];
        var spread = RunSpread.Learn([[.. Enumerable.Range(0, 20).Select(_ => Units.Drawn(draws, 10, 0.03, 0.02, cells))]]);
        var rows = Units.Compared([Units.Drawn(draws, 10, 0.03, 0.02, cells)], [Units.Drawn(draws, 10, 0.03, 0.02, [.. cells.Select(cell => (cell.Cell, cell.Cell == "host" ? cell.Median * 2 / 3 : cell.Median))])], spread);
        Assert.Equal(TimedRow.Faster, rows["host"].Word);
        Assert.All(rows.Values.Where(row => row.Key.Cell != "host"), row => Assert.Equal(TimedRow.WithinNoise, row.Word));
    }

    [Theory]
    [InlineData(-0.2)]
    [InlineData(-0.25)]
    [InlineData(-0.3)]
    [InlineData(0.25)]
    public void A_cell_that_never_followed_the_others_is_not_charged_with_more_than_they_used_to_do(double moved)
    {
        // Three share what a run is like, and runc is steady.
        (string Cell, double Shared)[] cells = [("host", 0.1), ("namespaces", 0.1), ("crun", 0.1), ("runc", 0)];
        var draws = new Draws(3);
        var spread = RunSpread.Learn([[.. Enumerable.Range(0, 20).Select(_ => Run(0.1 * draws.Normal() / 0.1))]]);
        var row = Units.Compared([.. Enumerable.Range(0, 5).Select(_ => Run(0))], [Run(moved / 0.1)], spread)["runc"];
        Assert.Equal(TimedRow.WithinNoise, row.Word);
        Assert.InRange(row.Ratio!.Value, 0.95, 1.05);

        RunUnit Run(double shared) => Units.Of("run", cells.ToDictionary(cell => cell.Cell, cell =>
        {
            var level = 1e7 * Math.Exp((shared * cell.Shared) + (0.01 * draws.Normal()));
            return Enumerable.Range(0, 10).Select(_ => level * Math.Exp(0.02 * draws.Normal())).ToImmutableArray();
        }));
    }

    [Fact]
    public void Two_cells_cannot_tell_a_shift_of_all()
    {
        var draws = new Draws(3);
        var comparison = TimedComparison.Of([Units.Drawn(draws, 10, 0.03, 0.01, _cells[..2])], [Units.Drawn(draws, 10, 0.03, 0.01, _cells[..2])], RunSpread.Unknown);
        Assert.Equal((null, 2), (comparison.Shift, comparison.Cells));
    }

    [Fact]
    public void A_slowdown_that_a_learnt_spread_shows_is_within_noise_under_the_assumed_one()
    {
        var draws = new Draws(5);
        var spread = Learnt(draws);
        var (before, after) = (Units.Drawn(draws, 10, 0.03, 0.01, _cells), Units.Drawn(draws, 10, 0.03, 0.01, [.. _cells.Select(cell => (cell.Cell, cell.Cell == "runc" ? cell.Median * 1.3 : cell.Median))]));
        Assert.Equal((TimedRow.Slower, true), (Units.Compared([before], [after], spread)["runc"].Word, Units.Compared([before], [after], spread)["runc"].IsSpreadLearnt));
        Assert.Equal((TimedRow.WithinNoise, false), (Units.Compared([before], [after])["runc"].Word, Units.Compared([before], [after])["runc"].IsSpreadLearnt));
    }

    [Fact]
    public void Blocks_that_agree_perfectly_prove_nothing_of_the_next_run()
    {
        // What an interval of a run's own blocks would call a certain difference.
        var before = Units.Of("a", _cells.ToDictionary(cell => cell.Cell, cell => Enumerable.Repeat(cell.Median, 20).ToImmutableArray()));
        var after = Units.Of("b", _cells.ToDictionary(cell => cell.Cell, cell => Enumerable.Repeat(cell.Median * (cell.Cell == "runc" ? 1.15 : 1), 20).ToImmutableArray()));
        Assert.Equal(TimedRow.WithinNoise, Units.Compared([before], [after])["runc"].Word);
    }

    [Fact]
    public void Fewer_than_six_blocks_are_too_few()
    {
        var draws = new Draws(1);
        var row = Units.Compared([Units.Drawn(draws, 5, 0.03, 0, _cells)], [Units.Drawn(draws, 10, 0.03, 0, _cells)])["runc"];
        Assert.Equal((TimedRow.TooFew, (double?)null, 5, 10), (row.Word, row.Ratio, row.Base.Blocks, row.New.Blocks));
    }

    [Fact]
    public void Neither_accelerators_nor_states_of_caches_are_compared_with_each_other()
    {
        ImmutableArray<double> values = [1, 2, 3, 4, 5, 6];
        var before = Units.Of("a", new Dictionary<string, ImmutableArray<double>> { ["busybox:static|debian-bookworm|/qemu|tcg|"] = values, ["busybox:static|host|docker/runc||"] = values });
        var after = Units.Of("b", new Dictionary<string, ImmutableArray<double>> { ["busybox:static|debian-bookworm|/qemu|kvm|"] = values, ["busybox:static|host|docker/runc||cache=cold"] = values });
        Assert.Empty(TimedComparison.Of([before], [after], RunSpread.Unknown).Rows);
    }

    [Fact]
    public void Many_cells_must_each_show_more()
    {
        var draws = new Draws(9);
        (string, double)[] many = [.. Enumerable.Range(0, 40).Select(i => ($"cell{i:d2}", 1e6))];
        var (before, after) = (Units.Drawn(draws, 10, 0.05, 0, many), Units.Drawn(draws, 10, 0.05, 0, many));
        var row = Units.Compared([before], [after]).Values.MinBy(row => row.P)!;
        Assert.Equal(Math.Min(1, 40 * row.P!.Value), row.Corrected!.Value, 9);
    }

    [Fact]
    public void Students_t_is_that_of_the_books()
    {
        // Tables of Fisher and Yates: 2.776 at 4 degrees of freedom, 2.086 at 20, 1.960 without end, each exceeded either way with 5 %.
        foreach (var (t, freedom) in ((double, double)[])[(2.776, 4), (2.086, 20), (1.960, double.PositiveInfinity)])
        {
            Assert.Equal(0.05, Student.TwoSided(t, freedom), 3);
            Assert.Equal(0.05, Student.TwoSided(-t, freedom), 3);
            Assert.Equal(t, Student.Beyond(0.025, freedom), 3);
        }
    }

    [Fact]
    public void A_pseudo_median_is_that_of_the_books()
    {
        // Walsh averages of 1, 2, 4: 1, 1.5, 2, 2.5, 3, 4.
        Assert.Equal(2.25, RunLevel.Of("a", [Math.Exp(4), Math.E, Math.Exp(2)])!.Log, 12);
        Assert.Null(RunLevel.Of("a", [1, 0]));
        Assert.Null(RunLevel.Of("a", []));
    }

    private static RunUnit Run(double[][] cells) => Units.Of("run", cells.Select((values, i) => ($"cell{i}", values.ToImmutableArray())).ToDictionary(cell => cell.Item1, cell => cell.Item2));

    private static RunUnit Scaled(RunUnit unit, double factor) => unit with
    {
        Levels = unit.Levels.ToImmutableDictionary(level => level.Key, level => level.Value with { Median = level.Value.Median * factor, Log = level.Value.Log + Math.Log(factor) }),
    };

    private static RunSpread Learnt(Draws draws) => RunSpread.Learn([[.. Enumerable.Range(0, 8).Select(_ => Units.Drawn(draws, 10, 0.03, 0.01, _cells))]]);
}
