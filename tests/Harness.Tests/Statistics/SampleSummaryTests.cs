using System.Collections.Immutable;
using Harness.Analysis.Statistics;
using Harness.Core.Planning;

namespace Harness.Tests.Statistics;

public sealed class SampleSummaryTests
{
    // Hollander and Wolfe (1973), page 69: permeability of human membranes at term; also the example of R's wilcox.test.
    private static readonly double[] _permeability = [0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46];

    [Fact]
    public void Known_samples_have_the_numbers_that_python_gives()
    {
        // Python 3: statistics.median, of the absolute differences from it again, and quantiles(n=100, method='inclusive')[94] and [98].
        var even = SampleSummary.Of(_permeability, 1);
        Assert.Equal((10, 1.415), (even.Count, even.Median!.Value));
        Assert.Equal(0.425, even.Mad!.Value, 12);
        Assert.Equal(1.901, even.P95!.Value, 12);
        Assert.Equal(1.9082, even.P99!.Value, 12);
        var odd = SampleSummary.Of([12, 7, 3, 19, 4, 8, 15], 1);
        Assert.Equal((7, 8, 4), (odd.Count, odd.Median!.Value, odd.Mad!.Value));
        Assert.Equal(17.8, odd.P95!.Value, 12);
        Assert.Equal(18.76, odd.P99!.Value, 12);
    }

    [Fact]
    public void Nothing_measured_is_nothing_and_not_zero() =>
        Assert.Equal(new SampleSummary { Count = 0 }, SampleSummary.Of([], 1));

    [Fact]
    public void A_single_value_is_its_own_median_and_says_nothing_of_spread() =>
        Assert.Equal(new SampleSummary { Count = 1, Median = 5 }, SampleSummary.Of([5], 1));

    [Theory]
    [InlineData(5, false)]
    [InlineData(6, true)]
    public void Fewer_than_six_values_are_too_few_for_an_interval(int count, bool expected) =>
        Assert.Equal(expected, SampleSummary.Of(Enumerable.Range(1, count).Select(i => (double)i), 1).Interval is not null);

    [Fact]
    public void The_interval_is_that_of_the_exact_distribution_of_resampled_medians()
    {
        // Of 1 to 11 a resample's median is at most k with the chance that 6 or more of 11 draws are: the sum of C(11,j) (k/11)^j (1-k/11)^(11-j),
        // 0.0072 for k = 2 and 0.0512 for 3, 0.9488 for 8 and 0.9928 for 9 (Python, math.comb): 2.5 % lie within 3 and 97.5 % within 9, whatever the seed.
        foreach (var seed in new ulong[] { 1, 2, 3, 42, 1000 })
        {
            Assert.Equal(new Interval(3, 9), Bootstrap.Median(Enumerable.Range(1, 11).Select(i => (double)i), seed));
        }
    }

    [Fact]
    public void A_resample_is_the_same_for_a_seed_and_another_for_another()
    {
        var values = Drawn(200, 0.3);
        var first = Bootstrap.Median(values, 42);
        Assert.Equal(first, Bootstrap.Median(values, 42));
        Assert.NotEqual(first, Bootstrap.Median(values, 43));
    }

    [Fact]
    public void A_samples_order_does_not_change_what_it_says() =>
        Assert.Equal(SampleSummary.Of(_permeability, 7), SampleSummary.Of(_permeability.Reverse(), 7));

    [Fact]
    public void A_ratio_whose_blocks_drift_together_is_surer_than_either_median()
    {
        ImmutableArray<double> below = [.. Enumerable.Range(1, 20).Select(block => 100.0 * block)];
        ImmutableArray<double> above = [.. below.Select(value => value * 3)];
        Assert.Equal(new Interval(3, 3), Bootstrap.RatioOfMedians(above, below, 42));
        Assert.Null(Bootstrap.RatioOfMedians(above[..5], below[..5], 42));
    }

    [Fact]
    public void Two_ways_of_starting_are_flagged_and_one_is_not()
    {
        Assert.Equal(1, SampleSummary.Of(Drawn(100, 0.1), 1).Modes);
        Assert.Equal(2, SampleSummary.Of(Drawn(100, 0.1).Select((value, i) => i % 2 == 0 ? value : 2.5 * value), 1).Modes);
        Assert.Equal(1, SampleSummary.Of(Enumerable.Repeat(7.0, 50), 1).Modes);
    }

    [Fact]
    public void Few_values_that_show_one_mode_do_not_say_that_there_is_but_one()
    {
        Assert.Null(SampleSummary.Of(Drawn(30, 0.1), 1).Modes);
        Assert.Null(SampleSummary.Of(Enumerable.Repeat(7.0, 49), 1).Modes);
        Assert.Equal(2, SampleSummary.Of(Drawn(40, 0.05).Select((value, i) => i % 2 == 0 ? value : 10 * value), 1).Modes);
    }

    private static ImmutableArray<double> Drawn(int count, double spread)
    {
        var random = new SplitMix64(11);
        return [.. Enumerable.Range(0, count).Select(_ => 1e8 * Math.Exp(spread * (Enumerable.Range(0, 12).Sum(_ => (random.Next() >> 11) * (1.0 / (1UL << 53))) - 6)))];
    }
}
