namespace Harness.Analysis.Comparing;

/// <summary>
/// A shift that all cells share. A host that is slower today is slower in all its cells: that is a finding of the host (or of the harness itself), and
/// of no cell. A cell is therefore held against the median of the other cells (of three cells: of all), and whatever they all share cancels out.
/// </summary>
public sealed class SharedShift
{
    /// <summary>Cells that it takes to tell what all share from what one has.</summary>
    public const int Least = 3;

    private readonly ImmutableSortedDictionary<string, double> _cells;

    private SharedShift(ImmutableSortedDictionary<string, double> cells) => _cells = cells;

    /// <summary>How many cells there are.</summary>
    internal int Count => _cells.Count;

    /// <summary>Whether there are enough cells.</summary>
    internal bool IsKnown => Count >= Least;

    /// <summary>The median over cells; 0 where it is not known.</summary>
    internal double OfAll => IsKnown ? Median(_cells.Values) : 0;

    /// <summary>How far each cell is from what it is held against.</summary>
    internal IEnumerable<(string Cell, double Log)> Apart => _cells.Select(cell => (cell.Key, cell.Value - Beside(cell.Key)));

    /// <summary>Of cells' differences of logarithms. Each cell counts once, by its median, however many measures it has.</summary>
    internal static SharedShift Of(IEnumerable<(string Cell, double Log)> shifts) =>
        new(shifts.GroupBy(shift => shift.Cell, StringComparer.Ordinal).ToImmutableSortedDictionary(cell => cell.Key, cell => Median(cell.Select(shift => shift.Log)), StringComparer.Ordinal));

    /// <summary>What a cell is held against: the median over all cells but this one; 0 where it is not known.</summary>
    // The median of two others is their mean: a change of one would count half for the third cell, as if that had changed the other way.
    internal double Beside(string cell) => Count == Least ? OfAll : Others(cell);

    /// <summary>The median over all cells but this one, of two too; 0 where it is not known.</summary>
    internal double Others(string cell) => !IsKnown ? 0 : Median(Rest(cell));

    /// <summary>How far apart two others are, of three cells: then nothing says which of them to go by.</summary>
    internal (string One, string Other, double Log)? Pair(string cell) =>
        Count == Least && _cells.Where(other => other.Key != cell).ToArray() is [var one, var other] ? (one.Key, other.Key, one.Value - other.Value) : null;

    private IEnumerable<double> Rest(string cell) => _cells.Where(other => other.Key != cell).Select(other => other.Value);

    private static double Median(IEnumerable<double> values) => RunLevel.Middle([.. values.Order()]);
}
