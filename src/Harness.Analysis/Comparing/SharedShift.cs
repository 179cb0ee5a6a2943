namespace Harness.Analysis.Comparing;

/// <summary>
/// A shift that all cells share. A host that is slower today is slower in all its cells: that is a finding of the host (or of the harness itself), and
/// of no cell.
/// </summary>
public static class SharedShift
{
    /// <summary>Cells that it takes to tell what all share from what one has.</summary>
    public const int Least = 3;

    /// <summary>The median over cells, each of which counts once, however many measures it has; 0 of fewer cells than <see cref="Least"/>.</summary>
    internal static double Median(IEnumerable<(string Cell, double Log)> shifts)
    {
        ImmutableArray<double> cells = [.. shifts.GroupBy(shift => shift.Cell, StringComparer.Ordinal).Select(cell => RunLevel.Middle([.. cell.Select(shift => shift.Log).Order()])).Order()];
        return cells.Length < Least ? 0 : RunLevel.Middle(cells);
    }

    /// <summary>The shift of all cells; null where some cell does not share it, or there are too few cells to tell.</summary>
    /// <param name="shifts">By cell: the difference of logarithms, and its standard error.</param>
    /// <param name="level">The chance that a shift which all share is not seen as such.</param>
    internal static double? Of(IReadOnlyCollection<(string Cell, double Log, double Error, double Freedom)> shifts, double level)
    {
        var cells = shifts.GroupBy(shift => shift.Cell, StringComparer.Ordinal)
            .Select(cell => (Log: RunLevel.Middle([.. cell.Select(shift => shift.Log).Order()]), Error: cell.Max(shift => shift.Error), Freedom: cell.Min(shift => shift.Freedom)))
            .ToImmutableArray();
        if (cells.Length < Least)
        {
            return null;
        }

        var middle = RunLevel.Middle([.. cells.Select(cell => cell.Log).Order()]);
        return cells.All(Shares) ? middle : null;

        // A cell that goes further has what all share, and something of its own. One that falls short speaks against it; unless all others became faster
        // and it alone slower, which takes both a faster host and a slower cell.
        bool Shares((double Log, double Error, double Freedom) cell)
        {
            var noise = Student.Beyond(level / cells.Length, cell.Freedom) * cell.Error;
            return Math.Sign(middle) * (middle - cell.Log) <= noise || (middle < 0 && cell.Log > noise);
        }
    }
}
