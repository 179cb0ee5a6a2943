namespace Harness.Analysis.Comparing;

/// <summary>One run of a history, as one cell saw it.</summary>
/// <param name="Level">The cell's level.</param>
/// <param name="Shift">What all cells of the run share, on the scale of logarithms.</param>
/// <param name="Others">What the other cells share.</param>
internal readonly record struct CellRun(RunLevel Level, double Shift, double Others);

/// <summary>A typical cell's variances between runs, as multiples of what the blocks of a run leave open: a cell whose blocks are close to each other has runs that are, too.</summary>
/// <param name="Own">Of <see cref="Spread.Own"/>.</param>
/// <param name="Whole">Of <see cref="Spread.Whole"/>.</param>
/// <param name="Beside">Of <see cref="Spread.Beside"/>.</param>
/// <param name="Within">What the blocks of its runs leave open.</param>
internal sealed record TypicalSpread(double Own, double Whole, double Beside, double Within)
{
    /// <summary>Of cells.</summary>
    internal static TypicalSpread Of(IEnumerable<CellHistory> cells)
    {
        // Where all blocks of a cell are the same number, they say nothing of other cells.
        ImmutableArray<CellHistory> telling = [.. cells.Where(cell => cell.Within > 0)];
        return telling.IsEmpty ? new TypicalSpread(0, 0, 0, 0)
            : new TypicalSpread(Of(cell => cell.Own), Of(cell => cell.Whole), Of(cell => cell.Beside), RunLevel.Middle([.. telling.Select(cell => cell.Within).Order()]));

        double Of(Func<CellHistory, double> squares) => RunLevel.Middle([.. telling.Select(cell => squares(cell) / cell.Freedom / cell.Within).Order()]);
    }
}

/// <summary>What runs between which nothing changed say of one cell: sums of squares, over groups of runs that each have a level of their own.</summary>
internal sealed class CellHistory
{
    /// <summary>
    /// How many degrees of freedom the typical cell's variance counts for in each cell's: as many as the least history has. A longer one speaks for itself.
    /// </summary>
    internal const double Prior = RunSpread.Least - 1;

    private readonly List<ImmutableArray<CellRun>> _groups = [];

    /// <summary>Degrees of freedom.</summary>
    internal int Freedom => _groups.Sum(group => group.Length - 1);

    /// <summary>The variance that the blocks of a typical run leave open.</summary>
    internal double Within { get; private set; }

    /// <summary>Squares of the levels without what all cells share.</summary>
    internal double Own { get; private set; }

    /// <summary>Squares of the levels.</summary>
    internal double Whole { get; private set; }

    /// <summary>Squares of what the other cells share.</summary>
    internal double Others { get; private set; }

    /// <summary>Squares of the levels without what <see cref="Slope"/> says of the other cells.</summary>
    internal double Beside { get; private set; }

    /// <summary>
    /// By how much the cell's level rises when that of the other cells does: the regression on them (a control variate, Lavenberg and Welch 1981). A cell of
    /// 60 ms hardly moves with others of 1 ms that vary by a fifth; what they happen to do is then no reason to call it slower or faster.
    /// </summary>
    internal double Slope { get; private set; } = 1;

    /// <summary>Adds runs of one kind.</summary>
    internal void Add(ImmutableArray<CellRun> runs)
    {
        _groups.Add(runs);
        Within = RunLevel.Middle([.. _groups.SelectMany(group => group).Select(run => run.Level.Within ?? 0).Order()]);
        Whole += SquaresAround([.. runs.Select(run => run.Level.Log)]);
        Own += SquaresAround([.. runs.Select(run => run.Level.Log - run.Shift)]);
        Others += SquaresAround([.. runs.Select(run => run.Others)]);
        Slope = Others > 0 ? Math.Clamp(_groups.Sum(Products) / Others, 0, 1) : 1;
        Beside = _groups.Sum(group => SquaresAround([.. group.Select(run => run.Level.Log - (Slope * run.Others))]));
    }

    // Few runs say little of one cell, and all cells of a host say more together: a moderated variance (Smyth 2004), with a prior that follows the blocks'
    // variance as limma's does the expression (Law et al. 2014).
    internal Spread Spread(TypicalSpread typical) => new(Moderated(Own, typical.Own, typical), Moderated(Whole, typical.Whole, typical), Freedom + Prior, _groups.Sum(group => group.Sum(run => run.Level.Blocks)) / (double)_groups.Sum(group => group.Length))
    {
        Slope = Slope,
        Others = Others / Freedom,
        Beside = Moderated(Beside, typical.Beside, typical),
    };

    internal static double SquaresAround(ImmutableArray<double> values)
    {
        var mean = values.Average();
        return values.Sum(value => (value - mean) * (value - mean));
    }

    private static double Products(ImmutableArray<CellRun> runs)
    {
        var (level, others) = (runs.Average(run => run.Level.Log), runs.Average(run => run.Others));
        return runs.Sum(run => (run.Level.Log - level) * (run.Others - others));
    }

    private double Moderated(double squares, double multiple, TypicalSpread typical) =>
        (squares + (Prior * multiple * (Within > 0 ? Within : typical.Within))) / (Freedom + Prior);
}
