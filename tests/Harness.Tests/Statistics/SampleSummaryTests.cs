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
        var even = SampleSummary.Of(_permeability);
        Assert.Equal((10, 1.415), (even.Count, even.Median!.Value));
        Assert.Equal(0.425, even.Mad!.Value, 12);
        var odd = SampleSummary.Of([12, 7, 3, 19, 4, 8, 15]);
        Assert.Equal((7, 8, 4), (odd.Count, odd.Median!.Value, odd.Mad!.Value));
        // Of 1 to 100 the places from 0 are 94.05 and 98.01.
        var hundred = SampleSummary.Of(OneTo(100));
        Assert.Equal(95.05, hundred.P95!.Value, 12);
        Assert.Equal(99.01, hundred.P99!.Value, 12);
    }

    [Fact]
    public void Nothing_measured_is_nothing_and_not_zero() =>
        Assert.Equal(new SampleSummary { Count = 0 }, SampleSummary.Of([]));

    [Fact]
    public void A_single_value_is_its_own_median_and_says_nothing_of_spread() =>
        Assert.Equal(new SampleSummary { Count = 1, Median = 5 }, SampleSummary.Of([5]));

    [Theory]
    [InlineData(5, false)]
    [InlineData(6, true)]
    public void Fewer_than_six_values_are_too_few_for_an_interval(int count, bool expected) =>
        Assert.Equal(expected, SampleSummary.Of(OneTo(count)).Interval is not null);

    [Theory]
    [InlineData(19, false, false)]
    [InlineData(20, true, false)]
    [InlineData(99, true, false)]
    [InlineData(100, true, true)]
    public void A_percentile_that_would_be_the_greatest_value_is_not_given(int count, bool p95, bool p99)
    {
        var summary = SampleSummary.Of(OneTo(count));
        Assert.Equal((p95, p99), (summary.P95 is not null, summary.P99 is not null));
    }

    [Fact]
    public void A_samples_order_does_not_change_what_it_says() =>
        Assert.Equal(SampleSummary.Of(_permeability), SampleSummary.Of(_permeability.Reverse()));

    [Fact]
    public void Two_ways_of_starting_are_flagged_and_one_is_not()
    {
        Assert.Equal(1, SampleSummary.Of(Drawn(100, 0.1)).Modes);
        Assert.Equal(2, SampleSummary.Of(Drawn(100, 0.1).Select((value, i) => i % 2 == 0 ? value : 2.5 * value)).Modes);
        Assert.Equal(1, SampleSummary.Of(Enumerable.Repeat(7.0, 50)).Modes);
    }

    [Fact]
    public void Few_values_that_show_one_mode_do_not_say_that_there_is_but_one()
    {
        Assert.Null(SampleSummary.Of(Drawn(30, 0.1)).Modes);
        Assert.Null(SampleSummary.Of(Enumerable.Repeat(7.0, 49)).Modes);
        Assert.Equal(2, SampleSummary.Of(Drawn(40, 0.05).Select((value, i) => i % 2 == 0 ? value : 10 * value)).Modes);
    }

    private static IEnumerable<double> OneTo(int count) => Enumerable.Range(1, count).Select(i => (double)i);

    private static ImmutableArray<double> Drawn(int count, double spread)
    {
        var random = new SplitMix64(11);
        return [.. Enumerable.Range(0, count).Select(_ => 1e8 * Math.Exp(spread * (Enumerable.Range(0, 12).Sum(_ => (random.Next() >> 11) * (1.0 / (1UL << 53))) - 6)))];
    }
}
