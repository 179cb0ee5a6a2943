using System.Globalization;
using Harness.Analysis.Statistics;

namespace Harness.Benchmarks.Coverage;

/// <summary>What the percentiles of a cell are worth: of what is exponentially distributed, how much really lies below the p95 and p99 that are printed.</summary>
public static class PercentileCoverage
{
    /// <summary>By so many samples each, at the least number of values for each percentile and at five times as many.</summary>
    public static IEnumerable<PercentileRow> Run(int samples, ulong seed)
    {
        var draws = new Draws(seed);
        foreach (var (name, least, share, read) in new (string, int, double, Func<SampleSummary, double?>)[]
        {
            ("p95", SampleSummary.LeastForP95, 0.95, summary => summary.P95),
            ("p99", SampleSummary.LeastForP99, 0.99, summary => summary.P99),
        })
        {
            foreach (var count in (int[])[least - 1, least, 5 * least])
            {
                var below = Enumerable.Range(0, samples)
                    .Select(_ => read(SampleSummary.Of(Enumerable.Range(0, count).Select(_ => draws.Exponential()))))
                    .OfType<double>().Select(value => 1 - Math.Exp(-value)).Order().ToImmutableArray();
                yield return below.IsEmpty
                    ? new(name, count, share, null)
                    : new(name, count, share, (below.Average(), below[below.Length / 20], below[below.Length - 1 - (below.Length / 20)]));
            }
        }
    }
}

/// <summary>A percentile of samples of one size.</summary>
/// <param name="Name">p95 or p99.</param>
/// <param name="Count">Values of a sample.</param>
/// <param name="Stated">The share that should lie below.</param>
/// <param name="Below">The share that did: the mean, and from what to what in nine samples of ten; null where none is printed.</param>
public sealed record PercentileRow(string Name, int Count, double Stated, (double Mean, double Low, double High)? Below)
{
    /// <inheritdoc/>
    public override string ToString() => Below is not { } below
        ? string.Create(CultureInfo.InvariantCulture, $"{Name} of {Count} values: not printed")
        : string.Create(CultureInfo.InvariantCulture, $"{Name} of {Count} values: {100 * below.Mean:0.0} % lie below it on average, {100 * below.Low:0.0} to {100 * below.High:0.0} % in nine samples of ten");
}
