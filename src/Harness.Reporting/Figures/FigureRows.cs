using Harness.Analysis.Judging;
using Harness.Core;

namespace Harness.Reporting.Figures;

/// <summary>A query's rows by column name, cleaned for drawing.</summary>
internal sealed class FigureRows
{
    private readonly Table _table;

    private FigureRows(Table table) => _table = table;

    /// <summary>How many.</summary>
    public int Count => _table.Rows.Length;

    /// <summary>Checks that the columns are there.</summary>
    /// <exception cref="HarnessException">Some are missing: all are named.</exception>
    public static FigureRows Read(Table table, string kind, params ImmutableArray<string> required)
    {
        var missing = required.Where(column => table.IndexOf(column) < 0).ToList();
        return missing.Count == 0
            ? new FigureRows(table)
            : throw new HarnessException(
                $"the figure kind '{kind}' needs the columns {string.Join(", ", required)}; its query lacks {string.Join(", ", missing)}: add them to the figure's sql");
    }

    /// <summary>A value; empty where there is none, or no such column.</summary>
    public string this[int row, string column] =>
        _table.IndexOf(column) is var index and >= 0 ? FigureText.Printable(_table.Rows[row][index]) : "";

    /// <summary>The column's values in the order in which they first come.</summary>
    public ImmutableArray<string> Distinct(string column) =>
        [.. Enumerable.Range(0, Count).Select(row => this[row, column]).Distinct(StringComparer.Ordinal)];

    /// <summary>How the values of the column <c>category</c> look, by the column <c>slot</c> where there is one.</summary>
    public ImmutableDictionary<string, CategoryStyle> Styles()
    {
        var slots = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var row = 0; row < Count; row++)
        {
            if (this[row, "slot"] is { Length: > 0 } slot)
                slots.TryAdd(this[row, "category"], MatrixData.Slot(slot));
        }

        return MatrixData.StylesOf(Distinct("category"), slots);
    }
}
