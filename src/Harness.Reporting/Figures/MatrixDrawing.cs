using ScottPlot;

namespace Harness.Reporting.Figures;

/// <summary>Puts a matrix that has been laid out onto a plot.</summary>
internal static class MatrixDrawing
{
    private static readonly TextLook Name = new(MatrixLayout.TextSize, Palette.Ink);
    private static readonly TextLook Header = new(MatrixLayout.TextSize, Palette.Ink, Bold: true);
    private static readonly TextLook Small = new(MatrixLayout.SmallSize, Palette.Muted);

    /// <summary>Adds legend, header, row names and cells.</summary>
    public static void Add(PixelPlot plot, MatrixData data, MatrixLayout layout)
    {
        foreach (var entry in layout.Legend)
        {
            plot.Mark(entry.X + 6, entry.Y, data.Styles[entry.Category]);
            plot.Text([entry.Text], entry.X + 18, entry.Y, 0, Name);
            plot.Text([entry.Count], entry.CountX, entry.Y + 1, 0, Small);
        }

        foreach (var column in layout.Columns)
        {
            plot.Text(column.Lines, column.Start, layout.HeaderMiddle, MatrixLayout.Line, Header);
        }

        foreach (var row in layout.Rows)
        {
            plot.Text(row.Lines, 0, FirstLine(row, row.Lines.Length), MatrixLayout.Line, Name);
            foreach (var column in layout.Columns)
            {
                if (data.Cells.TryGetValue((row.Name, column.Name), out var cell))
                    AddCell(plot, layout, row, column, cell, data.Styles[cell.Category]);
                else
                    plot.Fill(column.Start, row.Start + (row.Extent / 2) - 0.5f, column.Extent, 1, Palette.Faint);
            }
        }
    }

    private static void AddCell(PixelPlot plot, MatrixLayout layout, MatrixBand row, MatrixBand column, MatrixCell cell, CategoryStyle style)
    {
        plot.Fill(column.Start, row.Start, column.Extent, row.Extent, style.Tint);
        plot.Fill(column.Start, row.Start, 4, row.Extent, style.Color);

        var lines = layout.Labels[(row.Name, column.Name)];
        var right = column.Start + column.Extent - MatrixLayout.Padding;
        if (layout.Style == CellStyle.Stacked)
        {
            var first = FirstLine(row, lines.Length + 1);
            plot.Mark(column.Start + 14, first, style);
            plot.Text(lines, column.Start + MatrixLayout.StackedIndent, first + MatrixLayout.Line, MatrixLayout.Line, Name);
            AddCount(plot, cell, right + 4, first + 1, Small with { Anchor = TextAnchor.End }, column.Extent >= 62);
        }
        else
        {
            var below = layout.Style == CellStyle.Below && cell.N.Length > 0;
            var first = FirstLine(row, lines.Length + (below ? 1 : 0));
            var text = column.Start + MatrixLayout.TextIndent;
            plot.Mark(column.Start + 15, first, style);
            plot.Text(lines, text, first, MatrixLayout.Line, Name);
            if (below)
                AddCount(plot, cell, text, first + (lines.Length * MatrixLayout.Line), Small, true);
            else
                AddCount(plot, cell, right, first + 1, Small with { Anchor = TextAnchor.End }, true);
        }
    }

    private static void AddCount(PixelPlot plot, MatrixCell cell, float x, float y, TextLook look, bool wide)
    {
        var text = MatrixLayout.CountText(cell.N);
        if (cell.N.Length > 0)
            plot.Text([wide ? text : text["n = ".Length..]], x, y, 0, look);
    }

    /// <summary>The middle of the first of so many lines centred in the row.</summary>
    private static float FirstLine(MatrixBand row, int lines) =>
        row.Start + (row.Extent / 2) - ((Math.Max(lines, 1) - 1) * MatrixLayout.Line / 2);
}
