using Harness.Core.Planning;

namespace Harness.Analysis.Statistics;

/// <summary>From <paramref name="Low"/> to <paramref name="High"/>, both included.</summary>
public readonly record struct Interval(double Low, double High)
{
    /// <summary>Whether the two have a point in common.</summary>
    public bool Meets(Interval other) => Low <= other.High && other.Low <= High;
}

/// <summary>Percentile intervals by resampling (Efron 1979), the same for a seed on every platform: whole numbers draw, nothing but sorting and one division follows.</summary>
public static class Bootstrap
{
    /// <summary>The confidence of every interval here.</summary>
    public const double Confidence = 0.95;

    /// <summary>The least number of values: between the smallest and the largest of five the median lies with 94 % only, whatever is resampled.</summary>
    public const int Least = 6;

    private const int Resamples = 1999;

    /// <summary>The median's interval, in the values' unit; null where there are fewer than <see cref="Least"/>.</summary>
    public static Interval? Median(IEnumerable<double> values, ulong seed)
    {
        var column = new Column([.. values]);
        return column.Length < Least ? null : Resample(column.Length, seed, column.Median);
    }

    /// <summary>The interval of the ratio of two medians whose values belong together one by one: a resample takes both or neither.</summary>
    /// <param name="above">Of the numerator.</param>
    /// <param name="below">Of the denominator, as many, all above 0.</param>
    /// <param name="seed">Of the resampling.</param>
    public static Interval? RatioOfMedians(ImmutableArray<double> above, ImmutableArray<double> below, ulong seed)
    {
        if (above.Length != below.Length)
        {
            throw new ArgumentException("values belong together one by one", nameof(below));
        }

        var (first, second) = (new Column(above), new Column(below));
        return above.Length < Least ? null : Resample(above.Length, seed, times => first.Median(times) / second.Median(times));
    }

    // times: how often each value was drawn.
    private static Interval Resample(int length, ulong seed, Func<int[], double> statistic)
    {
        var random = new SplitMix64(seed);
        var times = new int[length];
        var found = new double[Resamples];
        for (var i = 0; i < Resamples; i++)
        {
            random.Count(times);
            found[i] = statistic(times);
        }

        Array.Sort(found);
        var outside = (int)Math.Round((Resamples + 1) * (1 - Confidence) / 2);
        return new Interval(found[outside - 1], found[Resamples - outside]);
    }

    // Values in their own order, and where each stands when sorted, so that a resample's median takes a walk and no sorting.
    private sealed class Column(ImmutableArray<double> values)
    {
        private readonly int[] _ascending = [.. Enumerable.Range(0, values.Length).OrderBy(i => values[i])];

        public int Length => values.Length;

        public double Median(int[] times)
        {
            var (left, right) = ((values.Length - 1) / 2, values.Length / 2);
            var (seen, lower) = (0, 0.0);
            var found = false;
            foreach (var i in _ascending)
            {
                seen += times[i];
                if (!found && seen > left)
                {
                    (lower, found) = (values[i], true);
                }

                if (seen > right)
                {
                    return lower + ((values[i] - lower) / 2);
                }
            }

            throw new InvalidOperationException("a resample is as large as its sample");
        }
    }
}
