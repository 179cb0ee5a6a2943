namespace Harness.Analysis.Comparing;

/// <summary>What a time is of, the host left out: times with different keys are never compared. Accelerator and cache state are part of the cell.</summary>
/// <param name="Experiment">The experiment.</param>
/// <param name="Measure">What was measured.</param>
/// <param name="Unit">The unit.</param>
/// <param name="Probe">The probe: which instrument.</param>
/// <param name="Cell">The cell's name.</param>
public sealed record TimedKey(string Experiment, string Measure, string Unit, string Probe, string Cell);

/// <summary>What the blocks of one run say of one key.</summary>
/// <param name="Label">The cell's name for readers.</param>
/// <param name="Blocks">How many blocks have a number.</param>
/// <param name="Median">The blocks' median, in the key's unit.</param>
/// <param name="Log">
/// The logarithm's pseudo-median: the median of the means of all pairs (Hodges and Lehmann 1963). It bears outliers as a median does and uses the
/// blocks nearly as well as a mean, of which a run has few.
/// </param>
/// <param name="Within">Variance of <paramref name="Log"/> as the run's own blocks show it: it knows nothing of other runs. Null for one block.</param>
public sealed record RunLevel(string Label, int Blocks, double Median, double Log, double? Within)
{
    /// <summary>What a pseudo-median loses against a mean: its variance, of a normal distribution, over that of the mean.</summary>
    public const double Loss = Math.PI / 3;

    // What turns a normal distribution's median absolute deviation into its standard deviation.
    private const double Scale = 1.4826;

    /// <summary>Of blocks' values; null where there is none, or one that has no logarithm.</summary>
    /// <param name="label">The cell's name for readers.</param>
    /// <param name="values">One a block, in any order.</param>
    public static RunLevel? Of(string label, ImmutableArray<double> values)
    {
        if (values.IsEmpty || values.Any(value => value <= 0))
        {
            return null;
        }

        ImmutableArray<double> logs = [.. values.Select(Math.Log).Order()];
        var level = Middle([.. logs.SelectMany((first, i) => logs[i..].Select(second => (first + second) / 2)).Order()]);
        var middle = Middle(logs);
        var deviation = Scale * Middle([.. logs.Select(log => Math.Abs(log - middle)).Order()]);
        return new RunLevel(label, logs.Length, Middle([.. values.Order()]), level, logs.Length < 2 ? null : deviation * deviation * Loss / logs.Length);
    }

    /// <summary>The median of sorted numbers.</summary>
    internal static double Middle(ImmutableArray<double> sorted) =>
        sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[(sorted.Length / 2) - 1] + sorted[sorted.Length / 2]) / 2;
}
