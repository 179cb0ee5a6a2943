using Harness.Analysis.Statistics;

namespace Harness.Analysis.Comparing;

/// <summary>What the cells of one host share between two sides, and what each of their ratios is therefore taken without.</summary>
/// <param name="Host">The host.</param>
/// <param name="Cells">Its cells' differences.</param>
/// <param name="IsTaken">Whether what they share is the host's: it is not where most cells changed and some did not, or where there are too few.</param>
internal sealed record HostShift(TimedHost Host, SharedShift Cells, bool IsTaken)
{
    // Standard deviations: what is further than that, the history has not seen.
    private const double Unseen = 2;

    private ILookup<string, TimedPart> Parts { get; init; } = Enumerable.Empty<TimedPart>().ToLookup(part => "");

    /// <summary>Of a host.</summary>
    internal static HostShift Of(TimedHost host, ImmutableArray<TimedPart> parts, RunSpread spread)
    {
        var cells = SharedShift.Of(parts.Select(part => (part.Key.Cell, part.Log)));
        var deviation = Math.Sqrt(spread.Shared * host.Runs);
        var shift = new HostShift(host, cells, cells.IsKnown)
        {
            Parts = parts.ToLookup(part => part.Key.Cell, StringComparer.Ordinal),
        };
        return shift with { IsTaken = cells.IsKnown && !shift.IsOfSomeOnly(Student.Beyond((1 - TimedComparison.Confidence) / 2, spread.SharedFreedom) * deviation) };
    }

    /// <summary>
    /// What a cell's ratio is taken without. How far a cell goes along with the others was learnt from shifts like those of the history; with a larger one
    /// every cell is held to go along, as with a host that is slower in everything.
    /// </summary>
    internal (Reference Reference, double Log) For(TimedPart part) =>
        !IsTaken ? (Reference.None, 0)
        : part.Spread.Slope is { } slope && IsSeen(part) && !Disagree(part.Key.Cell) ? (Reference.Others, slope * Cells.Others(part.Key.Cell))
        : (Reference.Shift, Cells.Beside(part.Key.Cell));

    private bool IsSeen(TimedPart part) => Math.Abs(Cells.Others(part.Key.Cell)) <= Unseen * Math.Sqrt(part.Spread.Others * Host.Runs);

    // Most cells moved further than what runs share explains, and some cell provably did not go along: then most cells changed, and not the host.
    private bool IsOfSomeOnly(double explained) =>
        Math.Abs(Cells.OfAll) > explained
        && Cells.Apart.Any(cell => -Math.Sign(Cells.OfAll) * cell.Log > Reach(cell.Cell, Reference.Shift, part => Student.Beyond(PairTest.Level / Cells.Count, part.Spread.Freedom)));

    // Of two others one has changed, and the mean of both would halve that and lay it on the third.
    private bool Disagree(string cell) =>
        Cells.Pair(cell) is { } pair && Math.Abs(pair.Log) > Math.Sqrt(Square(Reach(pair.One, Reference.Others, _ => Unseen)) + Square(Reach(pair.Other, Reference.Others, _ => Unseen)));

    private double Reach(string cell, Reference reference, Func<TimedPart, double> deviations) => Parts[cell].Max(part => deviations(part) * Math.Sqrt(part.Variance(reference)));

    private static double Square(double x) => x * x;
}
