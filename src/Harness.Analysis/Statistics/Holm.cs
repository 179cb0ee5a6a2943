namespace Harness.Analysis.Statistics;

/// <summary>Holm's correction for many tests (1979): the chance of even one false alarm among them stays below the level, whatever they share.</summary>
public static class Holm
{
    /// <summary>Adjusted p-values in the order given, each to be compared with the level as if it were alone.</summary>
    public static ImmutableArray<double> Adjust(ImmutableArray<double> p)
    {
        var adjusted = new double[p.Length];
        var least = 0.0;
        foreach (var (i, rank) in Enumerable.Range(0, p.Length).OrderBy(i => p[i]).Select((i, rank) => (i, rank)))
        {
            least = Math.Max(least, Math.Min(1, (p.Length - rank) * p[i]));
            adjusted[i] = least;
        }

        return [.. adjusted];
    }
}
