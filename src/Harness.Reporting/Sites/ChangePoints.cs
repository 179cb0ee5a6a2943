using Harness.Analysis.Statistics;
using Perfolizer.Mathematics.Cpd;

namespace Harness.Reporting.Sites;

/// <summary>
/// Where a series changed, by ED-PELT (Haynes, Fearnhead and Eckley 2017), as Perfolizer has it: it compares whole distributions, and assumes none. It
/// also marks changes that nobody minds; those by less than the factor that matters are left out.
/// </summary>
internal static class ChangePoints
{
    /// <summary>Values that each stretch between changes has at least: a change is seen once so many runs are past it.</summary>
    internal const int Least = 5;

    /// <summary>Indices of the first value after each change, ascending.</summary>
    /// <param name="values">Above 0, in order of time.</param>
    internal static ImmutableArray<int> Of(ImmutableArray<double> values)
    {
        if (values.Length < 2 * Least)
        {
            return [];
        }

        // The detector names the last value of each stretch.
        var changes = EdPeltChangePointDetector.Instance.GetChangePointIndexes([.. values.Select(Math.Log)], Least).Select(last => last + 1).Where(first => first < values.Length).ToList();
        while (changes.Count > 0)
        {
            var factors = changes.Select((_, i) => Factor(values, changes, i)).ToList();
            var least = factors.IndexOf(factors.Min());
            if (factors[least] >= PairTest.Matters)
            {
                break;
            }

            changes.RemoveAt(least);
        }

        return [.. changes];
    }

    // How far the medians before and after a change are apart, as a factor of at least 1.
    private static double Factor(ImmutableArray<double> values, List<int> changes, int i)
    {
        var (from, at, to) = (i == 0 ? 0 : changes[i - 1], changes[i], i + 1 < changes.Count ? changes[i + 1] : values.Length);
        var (before, after) = (SampleSummary.Of(values[from..at]).Median!.Value, SampleSummary.Of(values[at..to]).Median!.Value);
        return Math.Max(before, after) / Math.Min(before, after);
    }
}
