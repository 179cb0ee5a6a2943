using Perfolizer.Mathematics.SignificanceTesting.Base;
using Perfolizer.Mathematics.SignificanceTesting.MannWhitney;
using Perfolizer.Metrology;
using Pragmastat;

namespace Harness.Analysis.Statistics;

/// <summary>Mann and Whitney's test of two samples against a least factor that matters, before any correction.</summary>
/// <param name="Slower">p of "the first is not greater by more than the factor".</param>
/// <param name="Faster">p of "the first is not smaller by more than the factor".</param>
/// <param name="Equivalent">p of "they differ by the factor or more": the greater of two one-sided tests (Schuirmann 1987).</param>
public readonly record struct PairTest(double Slower, double Faster, double Equivalent)
{
    /// <summary>A smaller factor matters to nobody who waits.</summary>
    public const double Matters = 1.1;

    /// <summary>The level of every word here, after correction.</summary>
    public const double Level = 0.05;

    /// <summary>p of "they do not differ by more than the factor", in either direction.</summary>
    public double Difference => Math.Min(1, 2 * Math.Min(Slower, Faster));

    /// <summary>Tests two samples, neither empty.</summary>
    public static PairTest Of(ImmutableArray<double> values, ImmutableArray<double> reference)
    {
        // A factor becomes a question of ranks when one side is stretched by it.
        var stretched = reference.Select(value => value * Matters).ToArray();
        var own = values.Select(value => value * Matters).ToArray();
        return new PairTest(
            P([.. values], stretched, AlternativeHypothesis.Greater),
            P(own, [.. reference], AlternativeHypothesis.Less),
            Math.Max(P([.. values], stretched, AlternativeHypothesis.Less), P(own, [.. reference], AlternativeHypothesis.Greater)));
    }

    /// <summary>The p-value of one test.</summary>
    internal static double P(double[] x, double[] y, AlternativeHypothesis alternative) =>
        MannWhitneyTest.Instance.GetPValue(new Sample(x), new Sample(y), alternative, new Threshold()).Value;
}
