namespace Harness.Analysis.Statistics;

/// <summary>
/// The sign test of a pair's ratios, one a block, against a least factor that matters, before any correction. Not Wilcoxon's signed ranks: they take
/// the ratios' logarithms to lie symmetrically about their median, and the sign test says what the ratio's interval beside it says.
/// </summary>
/// <param name="Slower">p of "the ratio's median is not above the factor".</param>
/// <param name="Faster">p of "the ratio's median is not below one over the factor".</param>
/// <param name="Equivalent">p of "they differ by the factor or more": the greater of two one-sided tests (Schuirmann 1987).</param>
public readonly record struct PairTest(double Slower, double Faster, double Equivalent)
{
    /// <summary>A smaller factor matters to nobody who waits.</summary>
    public const double Matters = 1.1;

    /// <summary>The level of every word here, after correction.</summary>
    public const double Level = 0.05;

    /// <summary>The least number of ratios with which all on one side are something to speak of.</summary>
    public static int Least { get; } = OrderStatistics.Least(1 - Level);

    /// <summary>p of "they do not differ by more than the factor", in either direction.</summary>
    public double Difference => Math.Min(1, 2 * Math.Min(Slower, Faster));

    /// <summary>Tests the ratios, at least one.</summary>
    public static PairTest Of(ImmutableArray<double> ratios) => new(
        P(ratios, ratio => ratio > Matters),
        P(ratios, ratio => ratio < 1 / Matters),
        Math.Max(P(ratios, ratio => ratio < Matters), P(ratios, ratio => ratio > 1 / Matters)));

    private static double P(ImmutableArray<double> ratios, Func<double, bool> beyond) => OrderStatistics.AtLeast(ratios.Length, ratios.Count(beyond));
}
