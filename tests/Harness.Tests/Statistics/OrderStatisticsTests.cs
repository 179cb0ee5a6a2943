using System.Collections.Immutable;
using System.Numerics;
using Harness.Analysis.Statistics;

namespace Harness.Tests.Statistics;

public sealed class OrderStatisticsTests
{
    [Theory]
    [InlineData(0.95, 6)]
    [InlineData(0.99, 8)]
    public void A_confidence_takes_so_many_values(double confidence, int least)
    {
        Assert.Equal(least, OrderStatistics.Least(confidence));
        Assert.Null(OrderStatistics.Median(OneTo(least - 1), confidence));
        Assert.Equal(new Interval(1, least), OrderStatistics.Median(OneTo(least), confidence));
    }

    [Theory]
    // Ranks from below, as in the tables of Conover (1999) and of startup's SQL.
    [InlineData(7, 0.95, 1)]
    [InlineData(10, 0.95, 2)]
    [InlineData(20, 0.95, 6)]
    [InlineData(10, 0.99, 1)]
    [InlineData(20, 0.99, 4)]
    [InlineData(50, 0.99, 16)]
    [InlineData(100, 0.99, 37)]
    public void The_interval_s_ranks_are_those_of_the_binomial_distribution(int n, double confidence, int rank) =>
        Assert.Equal(new Interval(rank, n + 1 - rank), OrderStatistics.Median(OneTo(n), confidence));

    [Fact]
    public void Very_many_values_have_an_interval_too()
    {
        // By the normal distribution: half of 10,000 less 1.96 times half of its root, 98.
        var interval = OrderStatistics.Median(OneTo(10_000), 0.95)!.Value;
        Assert.Equal((4902.0, 5099.0), (interval.Low, interval.High));
    }

    [Theory]
    [InlineData(5)]
    [InlineData(10)]
    [InlineData(24)]
    public void The_sign_test_s_p_is_the_share_of_all_ways_to_fall_on_two_sides(int n)
    {
        for (var above = 0; above <= n; above++)
        {
            var ways = Enumerable.Range(0, 1 << n).Count(way => BitOperations.PopCount((uint)way) >= above);
            Assert.Equal(ways / (double)(1 << n), OrderStatistics.AtLeast(n, above), 12);
        }
    }

    private static ImmutableArray<double> OneTo(int count) => [.. Enumerable.Range(1, count).Select(i => (double)i)];
}
