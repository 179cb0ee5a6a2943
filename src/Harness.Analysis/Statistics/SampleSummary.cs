using Perfolizer.Mathematics.Multimodality;
using Pragmastat;

namespace Harness.Analysis.Statistics;

/// <summary>What a sample says, in its own unit. Null where it is too small for the number: never 0 for that.</summary>
public sealed record SampleSummary
{
    /// <summary>From so many values on, one mode is stated. Below it the detector overlooks a second one too often (simulated: two modes a factor
    /// of 2.5 apart are seen in all samples of 100, in 99 % of 50, in three quarters of 30 and in half of 20).</summary>
    public const int LeastForOneMode = 50;

    /// <summary>The confidence that a median's interval has at least.</summary>
    public const double Confidence = 0.95;

    /// <summary>From so many values on, one in twenty may be expected beyond the 95th percentile.</summary>
    public const int LeastForP95 = 20;

    /// <summary>From so many values on, one in a hundred may be expected beyond the 99th percentile.</summary>
    public const int LeastForP99 = 100;

    /// <summary>How many values.</summary>
    public required int Count { get; init; }

    /// <summary>Of an even number of values, the mean of the two in the middle.</summary>
    public double? Median { get; init; }

    /// <summary>The median distance from the median, not scaled to any distribution; of two values or more.</summary>
    public double? Mad { get; init; }

    /// <summary>The 95th percentile, interpolated between ranks; null below <see cref="LeastForP95"/> values, of which it would be the greatest.</summary>
    public double? P95 { get; init; }

    /// <summary>The 99th percentile, likewise below <see cref="LeastForP99"/>.</summary>
    public double? P99 { get; init; }

    /// <summary>The median's interval; null where there are too few values for its confidence.</summary>
    public Interval? Interval { get; init; }

    /// <summary>How many modes there are; null where few values show but one.</summary>
    public int? Modes { get; init; }

    /// <summary>Of values in any order.</summary>
    /// <param name="values">May be empty.</param>
    public static SampleSummary Of(IEnumerable<double> values)
    {
        ImmutableArray<double> sorted = [.. values.Order()];
        if (sorted.Length < 2)
        {
            return new SampleSummary { Count = sorted.Length, Median = sorted.Length == 1 ? sorted[0] : null };
        }

        var median = Quantile(sorted, 0.5);
        return new SampleSummary
        {
            Count = sorted.Length,
            Median = median,
            Mad = Quantile([.. sorted.Select(value => Math.Abs(value - median)).Order()], 0.5),
            P95 = sorted.Length < LeastForP95 ? null : Quantile(sorted, 0.95),
            P99 = sorted.Length < LeastForP99 ? null : Quantile(sorted, 0.99),
            Interval = OrderStatistics.Median(sorted, Confidence),
            Modes = ModesOf(sorted),
        };
    }

    /// <summary>Linear between ranks: type 7 of Hyndman and Fan (1996), as DuckDB's <c>quantile_cont</c>, R and NumPy have it by default.</summary>
    /// <param name="sorted">Ascending, not empty.</param>
    /// <param name="share">0 to 1.</param>
    internal static double Quantile(ImmutableArray<double> sorted, double share)
    {
        var place = share * (sorted.Length - 1);
        var below = (int)Math.Floor(place);
        var above = Math.Min(below + 1, sorted.Length - 1);
        return sorted[below] + ((place - below) * (sorted[above] - sorted[below]));
    }

    // Akinshin's lowland detector: a second mode must be parted from the first by a stretch without values, so that what is found is there
    // however few values there are, and only its absence takes many.
    private static int? ModesOf(ImmutableArray<double> sorted)
    {
        var modes = sorted[0] < sorted[^1] ? LowlandModalityDetector.Instance.DetectModes(new Sample(sorted.AsSpan().ToArray())).Modality : 1;
        return modes > 1 || sorted.Length >= LeastForOneMode ? modes : null;
    }
}
