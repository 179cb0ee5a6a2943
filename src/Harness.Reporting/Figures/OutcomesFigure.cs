using ScottPlot;

namespace Harness.Reporting.Figures;

/// <summary>
/// Many rows by many narrow columns, side by side for each panel: what became of each probe (column) in each userland (row) under each runtime
/// (panel). A cell carries its category as colour and, where there is room, its label as text, else as shape; one that is loud is filled with the
/// colour at full strength. Columns of the query: <c>row, panel, column, category, label</c>, and optionally <c>slot</c>, the category's place in the
/// palette from 1, <c>group</c>, a heading over the rows that have it, and <c>loud</c>. What one image cannot hold goes on in further ones.
/// </summary>
public sealed class OutcomesFigure : IFigureKind
{
    private const float CellGap = 2, PanelGap = 12, PanelTitle = 20, NameGap = 10, MaxName = 150, LegendGap = 8;
    private const float NameSize = 11.5f, LabelSize = 9.5f, HeaderSize = 11;

    /// <inheritdoc/>
    public string Id => "outcomes";

    /// <inheritdoc/>
    public FigureImages Draw(FigureInput input)
    {
        var rows = FigureRows.Read(input.Table, Id, "row", "panel", "column", "category", "label");
        if (rows.Count == 0)
            return FigurePage.Nothing(input);
        var grid = OutcomeGrid.Of(rows);
        var pages = OutcomePage.Of(grid.Groups);
        return FigurePage.Render(input, [.. pages.Select(page => Body(grid, page))]);
    }

    private static FigureBody Body(OutcomeGrid grid, OutcomePage page)
    {
        var legend = new FigureLegend(grid.Counts, grid.Styles, "cell");
        var (nameWidth, headerHeight) = Measure(grid);
        var top = legend.Height + LegendGap + PanelTitle + headerHeight + 4;
        var cell = (FigurePage.BodyWidth - nameWidth - (PanelGap * (grid.Panels.Length - 1))) / grid.Columns.Sum(panel => panel.Length);
        return new FigureBody(top + page.Height, grid.Describe(page.Lines.Where(line => !line.IsHeading).Select(line => line.Text)), (canvas, area) =>
        {
            using var plot = new PixelPlot(area);
            legend.Add(plot);
            foreach (var line in page.Lines)
                AddName(plot, line, top + line.Y, nameWidth);
            var x = nameWidth;
            for (var panel = 0; panel < grid.Panels.Length; panel++)
            {
                AddPanel(plot, grid, page, panel, x, top, cell);
                x += (grid.Columns[panel].Length * cell) + PanelGap;
            }

            plot.Render(canvas);
        })
        {
            Part = Part(page),
        };
    }

    // Its headings; without any, its first and last row.
    private static string Part(OutcomePage page)
    {
        var headings = page.Lines.Where(line => line.IsHeading).Select(line => line.Text).ToList();
        var rows = page.Lines.Where(line => !line.IsHeading).Select(line => line.Text).ToList();
        return headings.Count > 0 ? string.Join("; ", headings) : $"{rows[0]} to {rows[^1]}";
    }

    private static void AddName(PixelPlot plot, OutcomeLine line, float y, float nameWidth)
    {
        if (!line.IsHeading)
        {
            plot.Text(Line(line.Text, NameSize, nameWidth - NameGap), 0, y + (OutcomePage.RowHeight / 2), 0, new TextLook(NameSize, Palette.Ink));
            return;
        }

        // Over the whole width: the rule that the next rows hang from.
        plot.Fill(0, y + 17, FigurePage.BodyWidth, 1, Palette.Faint);
        plot.Text(Line(line.Text, NameSize, FigurePage.BodyWidth), 0, y + 8, 0, new TextLook(NameSize, Palette.Ink, Bold: true));
    }

    private static void AddPanel(PixelPlot plot, OutcomeGrid grid, OutcomePage page, int panel, float left, float top, float cell)
    {
        var columns = grid.Columns[panel];
        var titleY = top - HeaderHeight(grid) - 4 - (PanelTitle / 2);
        plot.Text(Line(grid.Panels[panel], HeaderSize + 1, columns.Length * cell), left, titleY, 0, new TextLook(HeaderSize + 1, Palette.Ink, Bold: true));
        for (var column = 0; column < columns.Length; column++)
        {
            var x = left + (column * cell);
            plot.Text([FigureText.Drawable(columns[column])], x + (cell / 2), top - 4, 0, new TextLook(HeaderSize, Palette.Ink, IsUpright: true));
            foreach (var line in page.Lines.Where(line => !line.IsHeading))
            {
                if (grid.Cells.TryGetValue((line.Text, grid.Panels[panel], columns[column]), out var found))
                    AddCell(plot, x, top + line.Y, cell - CellGap, found, grid.Styles[found.Category]);
                else
                    plot.Fill(x, top + line.Y + (OutcomePage.RowHeight / 2), cell - CellGap, 1, Palette.Faint);
            }
        }
    }

    private static void AddCell(PixelPlot plot, float x, float y, float width, OutcomeCell cell, CategoryStyle style)
    {
        const float height = OutcomePage.RowHeight - CellGap;
        using var font = FigureFonts.Create(LabelSize, cell.IsLoud);
        var text = FigureText.Drawable(cell.Label);
        var needed = font.MeasureText(text);
        plot.Fill(x, y, width, height, cell.IsLoud ? style.Color : style.Tint);
        plot.Fill(x, y, 3, height, style.Color);
        var color = cell.IsLoud ? Palette.TextOn(style.Color) : Palette.Ink;
        if (text.Length > 0 && needed <= width - 4)
            plot.Text([text], x + 3 + ((width - 3 - needed) / 2), y + (height / 2), 0, new TextLook(LabelSize, color, Bold: cell.IsLoud));
        else
            plot.Mark(x + 3 + ((width - 3) / 2), y + (height / 2), cell.IsLoud ? style with { Color = Colors.White } : style);
    }

    private static (float NameWidth, float HeaderHeight) Measure(OutcomeGrid grid)
    {
        using var font = FigureFonts.Create(NameSize);
        return (Math.Min(MaxName, grid.Rows.Max(row => font.MeasureText(FigureText.Drawable(row)))) + NameGap, HeaderHeight(grid));
    }

    private static float HeaderHeight(OutcomeGrid grid)
    {
        using var font = FigureFonts.Create(HeaderSize);
        return MathF.Ceiling(grid.Columns.SelectMany(panel => panel).Max(column => font.MeasureText(FigureText.Drawable(column)))) + 4;
    }

    private static ImmutableArray<string> Line(string text, float size, float width)
    {
        using var font = FigureFonts.Create(size);
        return FigureText.Wrap(text, font, width, 1);
    }
}
