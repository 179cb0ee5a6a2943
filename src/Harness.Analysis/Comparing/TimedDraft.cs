using Harness.Analysis.Statistics;

namespace Harness.Analysis.Comparing;

/// <summary>The runs of one host on both sides, or of all hosts where these stand for each other.</summary>
internal sealed class TimedHost(ImmutableArray<RunUnit> before, ImmutableArray<RunUnit> after)
{
    /// <summary>What the variance of one run is multiplied by for the difference of both sides' means.</summary>
    public double Runs { get; } = (1.0 / before.Length) + (1.0 / after.Length);

    /// <summary>The hosts that both sides have, by id.</summary>
    /// <param name="before">The base's runs.</param>
    /// <param name="after">The new ones.</param>
    /// <param name="pools">Whether all hosts are taken for one.</param>
    public static ImmutableArray<TimedHost> Of(IReadOnlyCollection<RunUnit> before, IReadOnlyCollection<RunUnit> after, bool pools)
    {
        var (first, second) = (before.ToLookup(unit => unit.HostId, StringComparer.Ordinal), after.ToLookup(unit => unit.HostId, StringComparer.Ordinal));
        ImmutableArray<TimedHost> both = pools ? [] : [.. first.Where(host => second.Contains(host.Key)).OrderBy(host => host.Key, StringComparer.Ordinal).Select(host => new TimedHost([.. host], [.. second[host.Key]]))];
        return both.IsEmpty ? [new TimedHost([.. before], [.. after])] : both;
    }

    /// <summary>What it has of a key; null where a side has nothing.</summary>
    public TimedPart? Of(TimedKey key, Spread spread)
    {
        var (first, second) = (Levels(before), Levels(after));
        return first.IsEmpty || second.IsEmpty ? null : new TimedPart(this, key, first, second, spread);

        ImmutableArray<RunLevel> Levels(ImmutableArray<RunUnit> units) => [.. units.Select(unit => unit.Levels.GetValueOrDefault(key)).OfType<RunLevel>()];
    }
}

/// <summary>One key on one host: both sides have it.</summary>
internal sealed record TimedPart(TimedHost Host, TimedKey Key, ImmutableArray<RunLevel> Before, ImmutableArray<RunLevel> After, Spread Spread)
{
    /// <summary>The difference of both sides' mean levels.</summary>
    public double Log => After.Average(level => level.Log) - Before.Average(level => level.Log);

    /// <summary>How much it says, by the number of runs alone: a weight that follows from the numbers themselves would prefer those that agree by chance.</summary>
    public double Weight => 1 / ((1.0 / Before.Length) + (1.0 / After.Length));

    /// <summary>The variance of <see cref="Log"/>.</summary>
    public double Variance(Reference reference) => Of(Before, reference) + Of(After, reference);

    private double Of(ImmutableArray<RunLevel> levels, Reference reference) => levels.Sum(level => Spread.Of(level, reference)) / levels.Length / levels.Length;
}

/// <summary>A row that is being made.</summary>
/// <param name="Key">What the times are of.</param>
/// <param name="Label">The cell's name for readers.</param>
/// <param name="Parts">One a host that has it on both sides.</param>
internal sealed record TimedDraft(TimedKey Key, string Label, ImmutableArray<TimedPart> Parts)
{
    private ImmutableArray<RunLevel> Before => [.. Parts.SelectMany(part => part.Before)];

    private ImmutableArray<RunLevel> After => [.. Parts.SelectMany(part => part.After)];

    // A run of one block has no spread of its own, and nothing may be known of other runs.
    public bool IsUsable => Enough(Before) && Enough(After);

    /// <summary>The row.</summary>
    /// <param name="others">What the part's ratio is taken without.</param>
    /// <param name="learnt">Whether the spread was learnt.</param>
    public TimedRow Row(Func<TimedPart, Taken> others, bool learnt)
    {
        var row = new TimedRow(Key, Label, Side(Before), Side(After)) { Word = TimedRow.TooFew, IsSpreadLearnt = learnt };
        if (!IsUsable)
        {
            return row;
        }

        var (all, freedom) = (Parts.Sum(part => part.Weight), Parts[0].Spread.Freedom);
        var (measured, log, variance) = (0.0, 0.0, 0.0);
        foreach (var part in Parts)
        {
            // Where no shift was taken away there may still be one, so that the whole spread counts.
            var (weight, taken) = (part.Weight / all, others(part));
            measured += weight * part.Log;
            log += weight * (part.Log - taken.Log);
            variance += weight * weight * (part.Variance(taken.Reference) + taken.Variance);
        }

        var error = Math.Sqrt(variance);
        var reach = Student.Beyond((1 - TimedComparison.Confidence) / 2, freedom) * error;
        return row with
        {
            Word = TimedRow.WithinNoise,
            Ratio = Math.Exp(log),
            Measured = Math.Exp(measured),
            Interval = new Interval(Math.Exp(log - reach), Math.Exp(log + reach)),
            Error = error,
            Freedom = freedom,
            P = error > 0 ? Student.TwoSided(log / error, freedom) : log == 0 ? 1 : 0,
        };
    }

    private static bool Enough(ImmutableArray<RunLevel> levels) => levels.Sum(level => level.Blocks) >= TimedComparison.LeastBlocks && levels.All(level => level.Within is not null);

    private static TimedSide Side(ImmutableArray<RunLevel> levels) =>
        new(levels.Length, levels.Sum(level => level.Blocks), levels.IsEmpty ? null : RunLevel.Middle([.. levels.Select(level => level.Median).Order()]));
}
