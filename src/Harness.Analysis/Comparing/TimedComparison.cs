using Harness.Analysis.Statistics;

namespace Harness.Analysis.Comparing;

/// <summary>One cell's times on two sides, new over base.</summary>
/// <param name="Key">What the times are of.</param>
/// <param name="Label">The cell's name for readers.</param>
/// <param name="Base">The base's runs.</param>
/// <param name="New">The new ones.</param>
public sealed record TimedRow(TimedKey Key, string Label, TimedSide Base, TimedSide New)
{
    /// <summary>There is a number of both, yet of too few blocks to speak of, or of no host that both sides have it of.</summary>
    public const string TooFew = "too few";

    /// <summary>New takes less time, beyond what runs differ by and by at least the factor that matters.</summary>
    public const string Faster = "faster";

    /// <summary>New takes more, likewise.</summary>
    public const string Slower = "slower";

    /// <summary>Neither was shown.</summary>
    public const string WithinNoise = "within noise";

    /// <summary>The ratio, without what the other cells share, as far as the cell goes along with it; null where there are too few blocks.</summary>
    public double? Ratio { get; init; }

    /// <summary>The ratio as it was measured.</summary>
    public double? Measured { get; init; }

    /// <summary>The ratio's interval, of <see cref="TimedComparison.Confidence"/>: the spread between runs is in it.</summary>
    public Interval? Interval { get; init; }

    /// <summary>The standard error of the ratio's logarithm; null where there are too few blocks.</summary>
    public double? Error { get; init; }

    /// <summary>The degrees of freedom that <see cref="Error"/> is known with.</summary>
    public double Freedom { get; init; }

    /// <summary>p of "nothing changed", before correction.</summary>
    public double? P { get; init; }

    /// <summary>p of "it takes no longer", before correction: half of <see cref="P"/> where it took longer.</summary>
    public double? PNotSlower => Ratio >= 1 ? P / 2 : 1 - (P / 2);

    /// <summary>p corrected for all cells that are compared.</summary>
    public double? Corrected { get; init; }

    /// <summary>Whether the spread between its runs was learnt; else it is assumed.</summary>
    public bool IsSpreadLearnt { get; init; }

    /// <summary>One of <see cref="Faster"/>, <see cref="Slower"/>, <see cref="WithinNoise"/>, <see cref="TooFew"/>.</summary>
    public required string Word { get; init; }
}

/// <summary>One side of a row: of hosts that have it on both sides.</summary>
/// <param name="Runs">How many runs have a number.</param>
/// <param name="Blocks">Blocks of all of them.</param>
/// <param name="Median">The median over runs of each run's median, in the key's unit; null where there is none.</param>
public sealed record TimedSide(int Runs, int Blocks, double? Median);

/// <summary>
/// The times of two sides. Runs are independent of each other, so nothing is paired: block 3 of one run has nothing in common with block 3 of another.
/// A cell's difference is that of its sides' mean levels (logarithms, so that it is a ratio), and its standard error that of the spread between runs.
/// </summary>
/// <param name="Rows">By experiment, measure, probe and cell.</param>
/// <param name="Shift">What all cells share, as a factor: the median over cells. Each <see cref="TimedRow.Ratio"/> is without that of the other cells, as far as it was seen to go along with them. Null where most cells changed and some did not, or it cannot be told.</param>
/// <param name="Cells">Cells that the shift was told from, on the host with most of them.</param>
public sealed record TimedComparison(ImmutableArray<TimedRow> Rows, double? Shift, int Cells)
{
    /// <summary>The confidence of each interval.</summary>
    public const double Confidence = 0.99;

    /// <summary>Blocks that a side needs.</summary>
    public static int LeastBlocks => PairTest.Least;

    /// <summary>Whether anything was compared.</summary>
    public bool IsEmpty => Rows.All(row => row.Ratio is null);

    /// <summary>
    /// Compares; the words are still those of each cell alone, until <see cref="Correct"/>. Each host is compared with itself, since how hosts differ is no
    /// change of a cell, and what they say is put together. Sides that have no host in common are compared as they are: the user said so.
    /// </summary>
    /// <param name="before">The base's runs, by host.</param>
    /// <param name="after">The new ones.</param>
    /// <param name="spread">The spread between runs.</param>
    /// <param name="pools">Whether hosts stand for each other: the spread then has in it how they differ.</param>
    public static TimedComparison Of(IReadOnlyCollection<RunUnit> before, IReadOnlyCollection<RunUnit> after, RunSpread spread, bool pools = false)
    {
        spread = spread.For(before.Concat(after));
        var hosts = TimedHost.Of(before, after, pools);
        var there = after.SelectMany(unit => unit.Levels.Keys).ToHashSet();
        var drafts = before.SelectMany(unit => unit.Levels).DistinctBy(level => level.Key).Where(level => there.Contains(level.Key))
            .OrderBy(level => level.Key.Experiment, StringComparer.Ordinal).ThenBy(level => level.Key.Measure, StringComparer.Ordinal).ThenBy(level => level.Key.Probe, StringComparer.Ordinal).ThenBy(level => level.Key.Cell, StringComparer.Ordinal)
            .Select(level => new TimedDraft(level.Key, level.Value.Label, [.. hosts.Select(host => host.Of(level.Key, spread.Of(level.Key))).OfType<TimedPart>()]))
            .ToImmutableArray();
        var parts = drafts.Where(draft => draft.IsUsable).SelectMany(draft => draft.Parts).ToLookup(part => part.Host);
        var shifts = hosts.Select(host => new HostShift(host, parts[host], spread)).ToImmutableArray();
        var known = shifts.Where(shift => shift.Cells.IsKnown).ToImmutableArray();
        var weights = known.Sum(shift => 1 / shift.Host.Runs);
        var byHost = shifts.ToDictionary(shift => shift.Host);
        return new TimedComparison(
            [.. drafts.Select(draft => draft.Row(part => byHost[part.Host].For(part), spread.Knows(draft.Key)))],
            known.IsEmpty || !known.All(shift => shift.IsTaken) ? null : Math.Exp(known.Sum(shift => 1 / shift.Host.Runs / weights * shift.Cells.OfAll)), shifts.Max(shift => shift.Cells.Count));
    }

    /// <summary>Gives the words, such that the chance of even one false one among all comparisons stays below the level (Holm 1979).</summary>
    /// <param name="comparisons">All that are looked at together.</param>
    /// <param name="matters">The least factor that matters, above 1.</param>
    public static ImmutableArray<TimedComparison> Correct(ImmutableArray<TimedComparison> comparisons, double matters)
    {
        var corrected = new Queue<double>(Holm.Adjust([.. comparisons.SelectMany(comparison => comparison.Rows).Select(row => row.P).OfType<double>()]));
        return [.. comparisons.Select(comparison => comparison with { Rows = [.. comparison.Rows.Select(row => row.P is null ? row : Word(row with { Corrected = corrected.Dequeue() }, matters))] })];
    }

    // Both are asked: that runs alone do not explain it, and that it is large enough for anybody to mind.
    private static TimedRow Word(TimedRow row, double matters) => row with
    {
        Word = row.Corrected > PairTest.Level ? TimedRow.WithinNoise
            : row.Ratio >= matters ? TimedRow.Slower
            : row.Ratio <= 1 / matters ? TimedRow.Faster
            : TimedRow.WithinNoise,
    };
}
