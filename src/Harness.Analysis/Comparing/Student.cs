using Perfolizer.Mathematics.Distributions.ContinuousDistributions;

namespace Harness.Analysis.Comparing;

/// <summary>Student's t, and the normal distribution where the degrees of freedom are without end.</summary>
internal static class Student
{
    /// <summary>The chance of a value at least that far from 0, either way.</summary>
    public static double TwoSided(double t, double freedom) =>
        Math.Clamp(2 * (double.IsInfinity(freedom) ? NormalDistribution.Standard.Cdf(-Math.Abs(t)) : new StudentDistribution(freedom).Cdf(-Math.Abs(t))), 0, 1);

    /// <summary>The value that is exceeded with the chance <paramref name="above"/>, below one half.</summary>
    public static double Beyond(double above, double freedom) =>
        double.IsInfinity(freedom) ? NormalDistribution.Standard.Quantile(1 - above) : new StudentDistribution(freedom).Quantile(1 - above);
}
