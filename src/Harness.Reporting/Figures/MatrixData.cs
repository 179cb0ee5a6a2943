using System.Globalization;
using Harness.Analysis.Judging;
using Harness.Core;

namespace Harness.Reporting.Figures;

/// <summary>A cell of the matrix.</summary>
/// <param name="Category">What it is, a key of <see cref="MatrixData.Styles"/>.</param>
/// <param name="Label">What was read there; may be empty.</param>
/// <param name="N">How many readings it rests on, or empty where the query has none.</param>
internal sealed record MatrixCell(string Category, string Label, string N);

/// <summary>The query's rows as a grid: rows, columns and categories in the order in which the query first names them.</summary>
/// <param name="Rows">The rows' names.</param>
/// <param name="Columns">The columns' names.</param>
/// <param name="Cells">The cells by row and column; where the query says nothing there is none.</param>
/// <param name="Categories">The categories.</param>
/// <param name="Styles">How each category looks.</param>
internal sealed record MatrixData(
    ImmutableArray<string> Rows,
    ImmutableArray<string> Columns,
    ImmutableDictionary<(string Row, string Column), MatrixCell> Cells,
    ImmutableArray<string> Categories,
    ImmutableDictionary<string, CategoryStyle> Styles)
{
    private static readonly ImmutableArray<string> Required = ["row", "column", "category", "label", "n"];

    /// <summary>Categories that are no result; they are grey and take no place of the palette.</summary>
    private static readonly ImmutableHashSet<string> NoResult =
        ImmutableHashSet.Create(StringComparer.OrdinalIgnoreCase, "not measured", "none", "unavailable", "skipped");

    // At most 15 cells stay readable side by side, and the tallest image stays within what decoders take.
    private const int MaxColumns = 15, MaxRows = 150;

    /// <summary>Reads the table's columns <c>row, column, category, label, n</c> and, where there is one, <c>slot</c>.</summary>
    /// <exception cref="HarnessException">A column is missing, a cell comes twice, there are too many, or a slot is no whole number from 1.</exception>
    public static MatrixData Read(Table table, string kind = "matrix", int maxRows = MaxRows, int maxColumns = MaxColumns)
    {
        var missing = Required.Where(column => table.IndexOf(column) < 0).ToList();
        if (missing.Count > 0)
        {
            throw new HarnessException(
                $"a matrix figure needs the columns {string.Join(", ", Required)}; its query lacks {string.Join(", ", missing)}: add them to the figure's sql");
        }

        var cells = ImmutableDictionary.CreateBuilder<(string, string), MatrixCell>();
        var (rows, columns, categories) = (new List<string>(), new List<string>(), new List<string>());
        var slots = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var values in table.Rows)
        {
            string Value(string column) => FigureText.Printable(values[table.IndexOf(column)]);
            var (row, column) = (Named(Value("row")), Named(Value("column")));
            var cell = new MatrixCell(Named(Value("category")), Value("label"), Value("n"));
            if (!cells.TryAdd((row, column), cell))
                throw new HarnessException($"a matrix figure has one value per cell; its query gives row '{row}', column '{column}' twice: group by both in the figure's sql");
            AddNew(rows, row);
            AddNew(columns, column);
            AddNew(categories, cell.Category);
            if (table.IndexOf("slot") >= 0 && Value("slot") is { Length: > 0 } slot)
                slots.TryAdd(cell.Category, Slot(slot));
        }

        if (columns.Count > maxColumns || rows.Count > maxRows)
        {
            throw new FigureTooLargeException(kind, $"{maxRows} rows and {maxColumns} columns", $"{rows.Count} and {columns.Count}");
        }

        return new MatrixData([.. rows], [.. columns], cells.ToImmutable(), [.. categories], StylesOf(categories, slots));
    }

    /// <summary>How many cells are of that category.</summary>
    public int Count(string category) => Cells.Values.Count(cell => string.Equals(cell.Category, category, StringComparison.Ordinal));

    /// <summary>How categories look: those with a slot always the same, no result in grey, the others in the palette's order.</summary>
    internal static ImmutableDictionary<string, CategoryStyle> StylesOf(IReadOnlyList<string> categories, IReadOnlyDictionary<string, int> slots)
    {
        var taken = slots.Values.ToHashSet();
        var next = 0;
        var styles = ImmutableDictionary.CreateBuilder<string, CategoryStyle>(StringComparer.Ordinal);
        foreach (var category in categories)
        {
            if (slots.TryGetValue(category, out var slot))
            {
                styles[category] = Palette.Slot(slot);
            }
            else if (NoResult.Contains(category))
            {
                styles[category] = Palette.Nothing;
            }
            else
            {
                while (taken.Contains(next))
                    next++;
                styles[category] = Palette.Slot(next++);
            }
        }

        return styles.ToImmutable();
    }

    /// <summary>A place of the palette, counted from 0, as queries write it, counted from 1.</summary>
    /// <exception cref="HarnessException">It is no whole number from 1.</exception>
    internal static int Slot(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var slot) && slot >= 1
            ? slot - 1
            : throw new HarnessException($"a figure's slot is a place of the palette, a whole number from 1, not '{text}'");

    private static string Named(string text) => text.Length > 0 ? text : "none";

    private static void AddNew(List<string> names, string name)
    {
        if (!names.Contains(name, StringComparer.Ordinal))
            names.Add(name);
    }
}
