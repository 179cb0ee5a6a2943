using Harness.Core;

namespace Harness.Reporting.Figures;

/// <summary>
/// Many rows by many narrow columns, side by side for each panel: what became of each probe (column) in each userland (row) under each runtime
/// (panel). A cell carries its category as colour and, where there is room, its label as text, else as shape. Columns of the query:
/// <c>row, panel, column, category, label</c>, and optionally <c>slot</c>, the category's place in the palette from 1.
/// </summary>
public sealed class OutcomesFigure : IFigureKind
{
    private const float RowHeight = 17, CellGap = 2, PanelGap = 12, PanelTitle = 20, NameGap = 10, MaxName = 150, LegendGap = 8;
    private const float NameSize = 11.5f, LabelSize = 9.5f, HeaderSize = 11;
    private const int MaxRows = 150, MaxColumns = 40;

    /// <inheritdoc/>
    public string Id => "outcomes";

    /// <inheritdoc/>
    public FigureImages Draw(FigureInput input)
    {
        var rows = FigureRows.Read(input.Table, Id, "row", "panel", "column", "category", "label");
        if (rows.Count == 0)
            return FigurePage.Nothing(input);
        var grid = Grid.Of(rows);
        var legend = new FigureLegend(grid.Counts, grid.Styles, "cell");
        var (nameWidth, headerHeight) = Measure(grid);
        var top = legend.Height + LegendGap + PanelTitle + headerHeight + 4;
        var cell = (FigurePage.BodyWidth - nameWidth - (PanelGap * (grid.Panels.Length - 1))) / grid.Columns.Sum(panel => panel.Length);
        return FigurePage.Render(input, new FigureBody(top + (grid.Rows.Length * RowHeight), grid.Describe(), (canvas, area) =>
        {
            using var plot = new PixelPlot(area);
            legend.Add(plot);
            for (var row = 0; row < grid.Rows.Length; row++)
                plot.Text(Line(grid.Rows[row], NameSize, nameWidth - NameGap), 0, top + (row * RowHeight) + (RowHeight / 2), 0, new TextLook(NameSize, Palette.Ink));
            var x = nameWidth;
            for (var panel = 0; panel < grid.Panels.Length; panel++)
            {
                AddPanel(plot, grid, panel, x, top, cell);
                x += (grid.Columns[panel].Length * cell) + PanelGap;
            }

            plot.Render(canvas);
        }));
    }

    private static void AddPanel(PixelPlot plot, Grid grid, int panel, float left, float top, float cell)
    {
        var columns = grid.Columns[panel];
        var titleY = top - HeaderHeight(grid) - 4 - (PanelTitle / 2);
        plot.Text(Line(grid.Panels[panel], HeaderSize + 1, columns.Length * cell), left, titleY, 0, new TextLook(HeaderSize + 1, Palette.Ink, Bold: true));
        for (var column = 0; column < columns.Length; column++)
        {
            var x = left + (column * cell);
            plot.Text([FigureText.Drawable(columns[column])], x + (cell / 2), top - 4, 0, new TextLook(HeaderSize, Palette.Ink, IsUpright: true));
            for (var row = 0; row < grid.Rows.Length; row++)
            {
                var y = top + (row * RowHeight);
                if (grid.Cells.TryGetValue((grid.Rows[row], grid.Panels[panel], columns[column]), out var found))
                    AddCell(plot, x, y, cell - CellGap, found.Label, grid.Styles[found.Category]);
                else
                    plot.Fill(x, y + (RowHeight / 2), cell - CellGap, 1, Palette.Faint);
            }
        }
    }

    private static void AddCell(PixelPlot plot, float x, float y, float width, string label, CategoryStyle style)
    {
        using var font = FigureFonts.Create(LabelSize);
        var text = FigureText.Drawable(label);
        var needed = font.MeasureText(text);
        plot.Fill(x, y, width, RowHeight - CellGap, style.Tint);
        plot.Fill(x, y, 3, RowHeight - CellGap, style.Color);
        if (text.Length > 0 && needed <= width - 4)
            plot.Text([text], x + 3 + ((width - 3 - needed) / 2), y + ((RowHeight - CellGap) / 2), 0, new TextLook(LabelSize, Palette.Ink));
        else
            plot.Mark(x + 3 + ((width - 3) / 2), y + ((RowHeight - CellGap) / 2), style);
    }

    private static (float NameWidth, float HeaderHeight) Measure(Grid grid)
    {
        using var font = FigureFonts.Create(NameSize);
        return (Math.Min(MaxName, grid.Rows.Max(row => font.MeasureText(FigureText.Drawable(row)))) + NameGap, HeaderHeight(grid));
    }

    private static float HeaderHeight(Grid grid)
    {
        using var font = FigureFonts.Create(HeaderSize);
        return MathF.Ceiling(grid.Columns.SelectMany(panel => panel).Max(column => font.MeasureText(FigureText.Drawable(column)))) + 4;
    }

    private static ImmutableArray<string> Line(string text, float size, float width)
    {
        using var font = FigureFonts.Create(size);
        return FigureText.Wrap(text, font, width, 1);
    }

    private sealed record Grid(
        ImmutableArray<string> Rows,
        ImmutableArray<string> Panels,
        ImmutableArray<ImmutableArray<string>> Columns,
        ImmutableDictionary<(string Row, string Panel, string Column), (string Category, string Label)> Cells,
        ImmutableDictionary<string, CategoryStyle> Styles,
        ImmutableArray<(string Category, int Count)> Counts)
    {
        public static Grid Of(FigureRows rows)
        {
            var cells = ImmutableDictionary.CreateBuilder<(string, string, string), (string Category, string Label)>();
            var columns = new Dictionary<string, List<string>>(StringComparer.Ordinal);
            for (var i = 0; i < rows.Count; i++)
            {
                var (row, panel, column) = (rows[i, "row"], rows[i, "panel"], rows[i, "column"]);
                if (!cells.TryAdd((row, panel, column), (rows[i, "category"], rows[i, "label"])))
                    throw new HarnessException($"a figure of kind 'outcomes' has one value a cell; its query gives row '{row}', panel '{panel}', column '{column}' twice: group by all three in the figure's sql");
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
            return new Grid(names, panels, [.. panels.Select(panel => columns[panel].ToImmutableArray())], cells.ToImmutable(), rows.Styles(), [.. counts]);
        }

        public ImmutableArray<string> Describe() =>
        [
            .. from row in Rows
               from panel in Panels
               let there = Columns[Panels.IndexOf(panel)].Where(column => Cells.ContainsKey((row, panel, column))).ToList()
               where there.Count > 0
               select $"{row}, {panel}: {string.Join("; ", there.Select(column => $"{column} {Cells[(row, panel, column)].Category}"))}",
        ];
    }
}
