using System.Collections.Immutable;
using Harness.Analysis.Statistics;

namespace Harness.Tests.Statistics;

public sealed class PairTests
{
    [Fact]
    public void Holms_correction_is_that_of_the_books()
    {
        // By hand: 0.01 × 4, 0.02 × 3 = 0.06, then 0.03 × 2 = 0.06 and 0.04, which may not fall below those before. Holm (1979), as in R's p.adjust.
        Equal([0.04, 0.06, 0.06, 0.06], Holm.Adjust([0.01, 0.02, 0.03, 0.04]));
        Equal([0.06, 0.06, 0.02], Holm.Adjust([0.04, 0.03, 0.02 / 3]));
        Equal([1, 1], Holm.Adjust([0.9, 0.8]));
        Assert.Empty(Holm.Adjust([]));
    }

    [Fact]
    public void A_p_is_the_sign_test_s_by_hand()
    {
        // Nine of ten ratios above 1.1: 10 + 1 of the 1,024 ways to fall on two sides have nine or more on that side; none lies below 1 / 1.1.
        var test = PairTest.Of([1.05, .. Enumerable.Repeat(1.2, 9)]);
        Assert.Equal(11.0 / 1024, test.Slower, 12);
        Assert.Equal(1, test.Faster);
        Assert.Equal(22.0 / 1024, test.Difference, 12);
        // One of ten below 1.1.
        Assert.Equal(1023.0 / 1024, test.Equivalent, 12);
    }

    [Fact]
    public void The_ratio_is_the_median_of_the_blocks_and_not_of_the_cells()
    {
        // Blocks drift by a factor of eight and the cells with them: medians of cells would differ by whatever blocks they fell in.
        double[] drift = [1, 2, 3, 4, 5, 6, 7, 8];
        var pair = Of(Each("a", block => 3 * drift[block - 1]), Each("plain", block => drift[block - 1])).Pairs.Single();
        Assert.Equal((3.0, new Interval(3, 3), "slower"), (pair.Ratio!.Value, pair.Interval!.Value, pair.Word));

        ImmutableArray<SampleRow> Each(string cell, Func<int, double> value) => [.. Rows(cell, 1, 8).Select(row => row with { Value = value(row.Block) })];
    }

    [Fact]
    public void A_difference_beyond_the_factor_has_its_direction()
    {
        Assert.Equal(("slower", "faster"), (Word(200), Word(50)));
        Assert.Equal("equivalent within 10 %", Word(101));
    }

    [Fact]
    public void A_difference_at_the_factor_is_undecided()
    {
        // The blocks lie on both sides of the factor in turn.
        var rows = Rows("a", 110, 20).Select(row => row with { Value = row.Value * (row.Block % 2 == 0 ? 1.04 : 0.96) });
        Assert.Equal("undecided", Pairs([.. rows], Rows("plain", 100, 20)).Single().Word);
    }

    [Fact]
    public void Fewer_than_six_blocks_have_a_ratio_and_no_word()
    {
        var pair = Pairs(Rows("a", 50, blocks: 5), Rows("plain", 100, blocks: 5)).Single();
        Assert.Equal((PairStatistics.TooFew, 5), (pair.Word, pair.Blocks));
        Assert.Equal(0.5, pair.Ratio!.Value, 3);
        Assert.Null(pair.Interval);
        Assert.Null(pair.Difference);
    }

    [Fact]
    public void Six_blocks_have_a_word_and_eight_an_interval()
    {
        Assert.Equal(("faster", null), (Pairs(Rows("a", 50, 7), Rows("plain", 100, 7)).Single().Word, Pairs(Rows("a", 50, 7), Rows("plain", 100, 7)).Single().Interval));
        Assert.NotNull(Pairs(Rows("a", 50, 8), Rows("plain", 100, 8)).Single().Interval);
    }

    [Fact]
    public void A_cell_without_a_number_has_a_row_with_nothing_in_it()
    {
        var statistics = Of(Rows("a", null, blocks: 8), Rows("plain", 100, blocks: 8));
        Assert.Equal((8, new SampleSummary { Count = 0 }), (statistics.Samples[0].LeftOut, statistics.Samples[0].Summary));
        var pair = statistics.Pairs.Single();
        Assert.Equal((PairStatistics.TooFew, 0, (double?)null), (pair.Word, pair.Blocks, pair.Ratio));
    }

    [Fact]
    public void Only_blocks_with_a_number_of_both_are_compared()
    {
        // Were all blocks used, the reference's median would be that of the early, fast ones.
        var pair = Pairs(Rows("a", 100, blocks: 20)[10..], [.. Rows("plain", 10, blocks: 10), .. Rows("plain", 50, blocks: 20)[10..]]).Single();
        Assert.Equal(10, pair.Blocks);
        Assert.Equal(2, pair.Ratio!.Value, 2);
        Assert.Equal("slower", pair.Word);
    }

    [Fact]
    public void Repetitions_within_a_block_count_once()
    {
        var once = Pairs(Rows("a", 100, 8), Rows("plain", 50, 8)).Single();
        var thrice = Pairs([.. Enumerable.Repeat(Rows("a", 100, 8), 3).SelectMany(rows => rows)], Rows("plain", 50, 8)).Single();
        Assert.Equal(once, thrice);
    }

    [Fact]
    public void Many_pairs_must_each_show_more()
    {
        var alone = Pairs(Rows("a", 130, 6, spread: 20), Rows("plain", 100, 6, spread: 20)).Single();
        var among = Pairs([.. Enumerable.Range(0, 30).SelectMany(i => Rows($"b{i:d2}", 100, 6, spread: 20)), .. Rows("a", 130, 6, spread: 20)], Rows("plain", 100, 6, spread: 20)).First();
        Assert.Equal("a", among.Key.Cell);
        Assert.Equal(Math.Min(1, 31 * alone.Difference!.Value), among.Difference!.Value, 9);
    }

    [Fact]
    public void Hosts_measures_and_probes_are_corrected_and_compared_apart()
    {
        var other = Rows("a", 50, 8).Select(row => row with { Key = row.Key with { Probe = "other" } });
        var pairs = Pairs([.. Rows("a", 50, 8), .. other], Rows("plain", 100, 8));
        Assert.Equal([("agent", 8), ("other", 0)], pairs.Select(pair => (pair.Key.Probe, pair.Blocks)));
    }

    private static string Word(double ms) => Pairs(Rows("a", ms, 20), Rows("plain", 100, 20)).Single().Word;

    private static ImmutableArray<PairStatistics> Pairs(ImmutableArray<SampleRow> rows, ImmutableArray<SampleRow> reference) => Of(rows, reference).Pairs;

    private static ExperimentStatistics Of(ImmutableArray<SampleRow> rows, ImmutableArray<SampleRow> reference) =>
        ExperimentStatistics.Of("sample", [.. rows.Concat(reference).OrderBy(row => row.Key.Probe, StringComparer.Ordinal).ThenBy(row => row.Key.Cell, StringComparer.Ordinal)]);

    // Values spread evenly over twice so many percent, no two of any cells equal.
    private static ImmutableArray<SampleRow> Rows(string cell, double? ms, int blocks, double spread = 1) =>
    [
        .. Enumerable.Range(1, blocks).Select(block => new SampleRow(
            new SampleKey("host", "to_first_ns", "ns", "agent", cell), cell, "plain", block,
            ms * (1 + ((block - ((blocks + 1) / 2.0)) / blocks * spread / 50)) * (1 + (1e-9 * (cell.Sum(letter => letter) % 97))))),
    ];

    private static void Equal(double[] expected, ImmutableArray<double> actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, 12));
    }
}
