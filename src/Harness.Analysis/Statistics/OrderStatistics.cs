namespace Harness.Analysis.Statistics;

/// <summary>
/// Intervals of a median between two of the values themselves, and the sign test that says the same: each value lies above the median with the
/// chance of one half, whatever the distribution, so that both follow from the binomial distribution and assume nothing else (Thompson 1936).
/// startup and footprint do the same in SQL.
/// </summary>
public static class OrderStatistics
{
    /// <summary>The median's interval, of at least the confidence; null where even the least and the greatest value have less.</summary>
    /// <param name="sorted">Ascending.</param>
    /// <param name="confidence">Above 0 and below 1.</param>
    public static Interval? Median(ImmutableArray<double> sorted, double confidence)
    {
        var rank = Rank(sorted.Length, confidence);
        return rank == 0 ? null : new Interval(sorted[rank - 1], sorted[^rank]);
    }

    /// <summary>How many values it takes for an interval of that confidence: 6 for 95 %, 8 for 99 %.</summary>
    public static int Least(double confidence)
    {
        var n = 1;
        while (Rank(n, confidence) == 0)
        {
            n++;
        }

        return n;
    }

    /// <summary>The confidence that an interval of at least <paramref name="confidence"/> has exactly, of values without ties; 0 where there is none.</summary>
    public static double Exact(int n, double confidence) => Rank(n, confidence) is > 0 and var rank ? 1 - (2 * AtMost(n).ElementAt(rank - 1)) : 0;

    /// <summary>The chance that so many or more of <paramref name="n"/> values lie above their median.</summary>
    public static double AtLeast(int n, int above) => above == 0 ? 1 : AtMost(n).ElementAt(n - above);

    // Both ends stand at this rank, one from below and one from above; 0: there is none.
    private static int Rank(int n, double confidence) => AtMost(n).TakeWhile(chance => chance <= (1 - confidence) / 2).Count();

    // The chances of at most 0, 1, … of n: by logarithms, since 2 to the power of -n is nothing to a double from n = 1075 on.
    private static IEnumerable<double> AtMost(int n)
    {
        var (logarithm, sum) = (-n * Math.Log(2), 0.0);
        for (var k = 0; k <= n; k++)
        {
            sum += Math.Exp(logarithm);
            yield return Math.Min(1, sum);
            logarithm += Math.Log(n - k) - Math.Log(k + 1);
        }
    }
}
