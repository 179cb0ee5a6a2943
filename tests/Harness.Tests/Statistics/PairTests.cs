using System.Collections.Immutable;
using Harness.Analysis.Statistics;
using Perfolizer.Mathematics.SignificanceTesting.Base;

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
    public void Mann_and_Whitneys_p_is_the_share_of_all_ways_to_deal_the_values()
    {
        // Hollander and Wolfe (1973), page 69: U = 35, and 382 of the 3,003 ways to deal have 35 or more (counted in Python with itertools).
        double[] term = [0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46], weeks = [1.15, 0.88, 0.90, 0.74, 1.21];
        Assert.Equal(382.0 / 3003, PairTest.P(term, weeks, AlternativeHypothesis.Greater), 9);
    }

    [Fact]
    public void A_difference_beyond_the_factor_has_its_direction()
    {
        Assert.Equal(("slower", "faster"), (Word(200), Word(50)));
        Assert.Equal("equivalent", Word(101));
    }

    [Fact]
    public void A_difference_at_the_factor_is_within_noise() => Assert.Equal("within noise", Word(110));

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
        ExperimentStatistics.Of("sample", [.. rows.Concat(reference).OrderBy(row => row.Key.Probe, StringComparer.Ordinal).ThenBy(row => row.Key.Cell, StringComparer.Ordinal)], 42);

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
