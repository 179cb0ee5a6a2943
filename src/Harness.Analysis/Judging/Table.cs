namespace Harness.Analysis.Judging;

/// <summary>The rows of a query.</summary>
/// <param name="Columns">Names, in order.</param>
/// <param name="Rows">One value a column, null where there is none.</param>
public sealed record Table(ImmutableArray<string> Columns, ImmutableArray<ImmutableArray<string?>> Rows)
{
    /// <summary>Where the column stands, or -1.</summary>
    public int IndexOf(string column) => Columns.IndexOf(column, StringComparer.OrdinalIgnoreCase);
}
