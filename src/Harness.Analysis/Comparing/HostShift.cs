using Harness.Analysis.Statistics;

namespace Harness.Analysis.Comparing;

/// <summary>What the cells of one host share between two sides, and what each of their ratios is therefore taken without.</summary>
internal sealed class HostShift
{
    // Standard deviations: what is further than that, the history has not seen.
    private const double Unseen = 2;

    private readonly ILookup<string, TimedPart> _parts;

    /// <summary>Of a host's cells.</summary>
    internal HostShift(TimedHost host, IEnumerable<TimedPart> parts, RunSpread spread)
    {
        Host = host;
        _parts = parts.ToLookup(part => part.Key.Cell, StringComparer.Ordinal);
        Cells = SharedShift.Of(_parts.SelectMany(cell => cell.Select(part => (cell.Key, part.Log))));
        IsTaken = Cells.IsKnown && !IsOfSomeOnly(Student.Beyond((1 - TimedComparison.Confidence) / 2, spread.SharedFreedom) * Math.Sqrt(spread.Shared * host.Runs));
    }

    /// <summary>The host.</summary>
    internal TimedHost Host { get; }

    /// <summary>Its cells' differences.</summary>
    internal SharedShift Cells { get; }

    /// <summary>Whether what they share is the host's: it is not where most cells changed and some did not, or where there are too few.</summary>
    internal bool IsTaken { get; }

    /// <summary>
    /// What a cell's ratio is taken without, and the variance that this adds. How far a cell goes along with the others was learnt from shifts like those of the
    /// history. With a larger one a cell may go along fully, as on a host that is slower in everything, or as it used to: the ratio is the one that is closer to 1.
    /// </summary>
    internal Taken For(TimedPart part)
    {
        if (!IsTaken)
            return new Taken(Reference.None, 0, 0);
        var shift = new Taken(Reference.Shift, Cells.Beside(part.Key.Cell), 0);
        if (part.Spread.Slope is not { } slope || Disagree(part.Key.Cell))
            return shift;
        var others = Cells.Others(part.Key.Cell);
        var own = new Taken(Reference.Others, slope * others, part.Spread.OfSlope(others));
        return IsSeen(part) || Math.Abs(part.Log - own.Log) < Math.Abs(part.Log - shift.Log) ? own : shift;
    }

    private bool IsSeen(TimedPart part) => Math.Abs(Cells.Others(part.Key.Cell)) <= Unseen * Math.Sqrt(part.Spread.Others * Host.Runs);

    // Most cells moved further than what runs share explains, and some cell provably did not go along: then most cells changed, and not the host.
    private bool IsOfSomeOnly(double explained) =>
        Math.Abs(Cells.OfAll) > explained
        && Cells.Apart.Any(cell => -Math.Sign(Cells.OfAll) * cell.Log > Reach(cell.Cell, Reference.Shift, part => Student.Beyond(PairTest.Level / Cells.Count, part.Spread.Freedom)));

    // Of two others one has changed, and the mean of both would halve that and lay it on the third.
    private bool Disagree(string cell) =>
        Cells.Pair(cell) is { } pair && Math.Abs(pair.Log) > Math.Sqrt(Square(Reach(pair.One, Reference.Others, _ => Unseen)) + Square(Reach(pair.Other, Reference.Others, _ => Unseen)));

    private double Reach(string cell, Reference reference, Func<TimedPart, double> deviations) => _parts[cell].Max(part => deviations(part) * Math.Sqrt(part.Variance(reference)));

    private static double Square(double x) => x * x;
}

/// <summary>What is taken out of a ratio.</summary>
/// <param name="Reference">What the cell is held against.</param>
/// <param name="Log">How much is taken out, on the scale of logarithms.</param>
/// <param name="Variance">What the error of that adds to the ratio's variance.</param>
internal readonly record struct Taken(Reference Reference, double Log, double Variance);
