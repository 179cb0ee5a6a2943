using Harness.Core;

namespace Harness.Reporting.Figures;

/// <summary>A cell of the outcomes figure.</summary>
/// <param name="Category">What became of it.</param>
/// <param name="Label">As a short text.</param>
/// <param name="IsLoud">Whether the eye should find it first.</param>
internal sealed record OutcomeCell(string Category, string Label, bool IsLoud);

/// <summary>Rows that stand together below a heading; the heading is empty where the query has none.</summary>
internal sealed record OutcomeGroup(string Heading, ImmutableArray<string> Rows);

/// <summary>The rows of an outcomes figure's query as groups of rows by panels of columns, in the order in which the query first names them.</summary>
internal sealed record OutcomeGrid(
    ImmutableArray<OutcomeGroup> Groups,
    ImmutableArray<string> Panels,
    ImmutableArray<ImmutableArray<string>> Columns,
    ImmutableDictionary<(string Row, string Panel, string Column), OutcomeCell> Cells,
    ImmutableDictionary<string, CategoryStyle> Styles,
    ImmutableArray<(string Category, int Count)> Counts)
{
    private const int MaxRows = 400, MaxColumns = 40;

    /// <summary>All rows, group by group.</summary>
    public IEnumerable<string> Rows => Groups.SelectMany(group => group.Rows);

    /// <summary>Reads the query's answer.</summary>
    /// <exception cref="HarnessException">A cell comes twice, or a row is in two groups.</exception>
    public static OutcomeGrid Of(FigureRows rows)
    {
        var cells = ImmutableDictionary.CreateBuilder<(string, string, string), OutcomeCell>();
        var columns = new Dictionary<string, List<string>>(StringComparer.Ordinal);
        var groups = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var i = 0; i < rows.Count; i++)
        {
            var (row, panel, column) = (rows[i, "row"], rows[i, "panel"], rows[i, "column"]);
            if (!cells.TryAdd((row, panel, column), new OutcomeCell(rows[i, "category"], rows[i, "label"], rows[i, "loud"] is "true" or "1")))
                throw new HarnessException($"a figure of kind 'outcomes' has one value per cell; its query gives row '{row}', panel '{panel}', column '{column}' twice: group by all three in the figure's sql");
            if (!groups.TryAdd(row, rows[i, "group"]) && groups[row] != rows[i, "group"])
                throw new HarnessException($"a figure of kind 'outcomes' has a row in one group; its query puts row '{row}' into '{groups[row]}' and '{rows[i, "group"]}': give all rows of the answer with that row the same group in the figure's sql");
            if (!columns.TryGetValue(panel, out var known))
                columns.Add(panel, known = []);
            if (!known.Contains(column, StringComparer.Ordinal))
                known.Add(column);
        }

        var (names, panels) = (rows.Distinct("row"), rows.Distinct("panel"));
        var all = columns.Values.Sum(panel => panel.Count);
        if (names.Length > MaxRows || all > MaxColumns)
            throw new FigureTooLargeException("outcomes", $"{MaxRows} rows and {MaxColumns} columns", $"{names.Length} and {all}");
        var counts = rows.Distinct("category").Select(category => (category, cells.Values.Count(cell => cell.Category == category)));
        return new OutcomeGrid(
            [.. rows.Distinct("group").Select(group => new OutcomeGroup(group, [.. names.Where(name => groups[name] == group)]))],
            panels, [.. panels.Select(panel => columns[panel].ToImmutableArray())], cells.ToImmutable(), rows.Styles(), [.. counts]);
    }

    /// <summary>The same in words, a line for each row and panel.</summary>
    public ImmutableArray<string> Describe(IEnumerable<string> shown) =>
    [
        .. from row in shown
           from panel in Panels
           let there = Columns[Panels.IndexOf(panel)].Where(column => Cells.ContainsKey((row, panel, column))).ToList()
           where there.Count > 0
           select $"{row}, {panel}: {string.Join("; ", there.Select(column => $"{column} {Cells[(row, panel, column)].Category}"))}",
    ];
}
