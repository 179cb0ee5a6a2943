namespace Harness.Analysis.Comparing;

/// <summary>One run of a history, as one cell saw it.</summary>
/// <param name="Level">The cell's level.</param>
/// <param name="Shift">What all cells of the run share, on the scale of logarithms.</param>
/// <param name="Others">What the other cells share.</param>
internal readonly record struct CellRun(RunLevel Level, double Shift, double Others);

/// <summary>A typical cell's variances between runs.</summary>
/// <param name="Own">Of <see cref="Spread.Own"/>.</param>
/// <param name="Whole">Of <see cref="Spread.Whole"/>.</param>
/// <param name="Multiple">Of <see cref="Spread.Beside"/>, as a multiple of what the blocks of a run leave open: a cell whose blocks are close to each other has runs that are, too. Null where no cell's blocks tell.</param>
internal sealed record TypicalSpread(double Own, double Whole, double? Multiple)
{
    /// <summary>Of cells.</summary>
    internal static TypicalSpread Of(IReadOnlyCollection<CellHistory> cells)
    {
        // Where all blocks of a cell are the same number, they say nothing of other cells. Ratios have a middle on the scale of logarithms.
        ImmutableArray<double> multiples = [.. cells.Where(cell => cell.Within > 0 && cell.Beside > 0).Select(cell => Math.Log(cell.Beside / cell.BesideFreedom / cell.Within)).Order()];
        return new TypicalSpread(Middle(cell => cell.Own), Middle(cell => cell.Whole), multiples.IsEmpty ? null : Math.Exp(RunLevel.Middle(multiples)));

        double Middle(Func<CellHistory, double> squares) => RunLevel.Middle([.. cells.Select(cell => squares(cell) / cell.Freedom).Order()]);
    }
}

/// <summary>What runs between which nothing changed say of one cell: sums of squares, over groups of runs that each have a level of their own.</summary>
internal sealed class CellHistory
{
    /// <summary>
    /// How many degrees of freedom the typical cell's variance counts for in each cell's: as many as the least history has. A longer one speaks for itself.
    /// </summary>
    internal const double Prior = RunSpread.Least - 1;

    private readonly double _blocks;

    /// <summary>Of groups of at least two runs each.</summary>
    internal CellHistory(ImmutableArray<ImmutableArray<CellRun>> groups)
    {
        ImmutableArray<CellRun> runs = [.. groups.SelectMany(group => group)];
        ImmutableArray<double> within = [.. runs.Select(run => run.Level.Within).OfType<double>().Order()];
        _blocks = runs.Average(run => run.Level.Blocks);
        Freedom = runs.Length - groups.Length;
        Within = within.IsEmpty ? 0 : RunLevel.Middle(within);
        Whole = Squares(run => run.Level.Log);
        Own = Squares(run => run.Level.Log - run.Shift);
        Others = Squares(run => run.Others);
        Slope = Others > 0 ? Math.Clamp(groups.Sum(Products) / Others, 0, 1) : 1;
        Beside = Squares(run => run.Level.Log - (Slope * run.Others));

        double Squares(Func<CellRun, double> value) => groups.Sum(group => SquaresAround([.. group.Select(value)]));
    }

    /// <summary>Degrees of freedom.</summary>
    internal int Freedom { get; }

    /// <summary>The variance that the blocks of a typical run leave open; 0 where they tell nothing.</summary>
    internal double Within { get; }

    /// <summary>Squares of the levels without what all cells share.</summary>
    internal double Own { get; }

    /// <summary>Squares of the levels.</summary>
    internal double Whole { get; }

    /// <summary>Squares of what the other cells share.</summary>
    internal double Others { get; }

    /// <summary>
    /// By how much the cell's level rises when that of the other cells does: the regression on them (a control variate, Lavenberg and Welch 1981). A cell of
    /// 60 ms hardly moves with others of 1 ms that vary by a fifth; what they happen to do is then no reason to call it slower or faster.
    /// </summary>
    internal double Slope { get; }

    /// <summary>Squares of the levels without what <see cref="Slope"/> says of the other cells.</summary>
    internal double Beside { get; }

    /// <summary>Degrees of freedom of <see cref="Beside"/>: a slope that was fitted takes one.</summary>
    internal int BesideFreedom => Freedom - (Slope is > 0 and < 1 ? 1 : 0);

    // Few runs say little of one cell, and all cells of a host say more together: a moderated variance (Smyth 2004), whose prior, for what the cell has of
    // its own, follows the blocks' variance as limma's does the expression (Law et al. 2014).
    internal Spread Spread(TypicalSpread typical) => new(Moderated(Own, Freedom, typical.Own), Moderated(Whole, Freedom, typical.Whole), Freedom + Prior, _blocks)
    {
        Slope = Slope,
        Others = Others / Freedom,
        Beside = Moderated(Beside, BesideFreedom, typical.Multiple * (Within > 0 ? Within : null) ?? typical.Own),
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

    private static double Moderated(double squares, int freedom, double typical) => (squares + (Prior * typical)) / (freedom + Prior);
}
