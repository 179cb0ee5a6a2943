namespace Harness.Benchmarks.Measuring;

/// <summary>What samples amount to.</summary>
/// <param name="Count">How many.</param>
/// <param name="Median">The middle one, or the mean of the middle two.</param>
/// <param name="Spread">Median absolute deviation from the median.</param>
/// <param name="Least">The smallest.</param>
/// <param name="Most">The greatest.</param>
public sealed record Summary(int Count, double Median, double Spread, double Least, double Most)
{
    /// <summary>Of samples, at least one.</summary>
    public static Summary Of(ImmutableArray<double> samples)
    {
        var median = Middle(samples);
        return new Summary(samples.Length, median, Middle([.. samples.Select(sample => Math.Abs(sample - median))]), samples.Min(), samples.Max());
    }

    /// <summary>Of one series over another, round by round.</summary>
    public static Summary OfRatio(ImmutableArray<double> numerator, ImmutableArray<double> denominator) =>
        Of([.. numerator.Zip(denominator, (above, below) => above / below)]);

    private static double Middle(ImmutableArray<double> samples)
    {
        var sorted = samples.Sort();
        var half = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
    }
}
