namespace Harness.Analysis.Merging;

/// <summary>Where a trial's row and its readings lie, and what decides between two rows of one trial.</summary>
/// <param name="Part">The part's place.</param>
/// <param name="Trial">The trial's id as a number.</param>
/// <param name="Start">Of its record in <c>trials.csv</c>, in bytes.</param>
/// <param name="Length">Of the record.</param>
/// <param name="Readings">Start of its records in <c>observations.csv</c>.</param>
/// <param name="ReadingsLength">Of them; 0 where it has none.</param>
/// <param name="Started">When it began, in ticks.</param>
/// <param name="IsPending">Whether it only says that a registry could not give an image: a run that is continued takes it back.</param>
internal readonly record struct MergedRow(int Part, ulong Trial, long Start, int Length, long Readings, long ReadingsLength, long Started, bool IsPending);

/// <summary>What one part has of a sandbox that all parts run.</summary>
/// <param name="Rows">Its rows.</param>
internal sealed record SharedRows(List<MergedRow> Rows)
{
    /// <summary>
    /// Whether these count, and not the others: the fuller ones, of which the earlier ones, of which those with the lesser hash. So the same ones are left in
    /// whatever order and steps parts are merged. Never some of each: frames name their trials by their place in the sandbox.
    /// </summary>
    internal bool AreBefore(SharedRows others, RowContent content)
    {
        if (Settled != others.Settled)
            return Settled > others.Settled;
        if (Rows.Count != others.Rows.Count)
            return Rows.Count > others.Rows.Count;
        return Began != others.Began ? Began < others.Began : Hash(this, content) < Hash(others, content);
    }

    private int Settled => Rows.Count(row => !row.IsPending);

    private long Began => Rows.Min(row => row.Started);

    // Tables have them in the order in which they ended, merged ones in that in which they began.
    private static UInt128 Hash(SharedRows rows, RowContent content) => content.Of(rows.Rows.OrderBy(row => row.Trial));
}
