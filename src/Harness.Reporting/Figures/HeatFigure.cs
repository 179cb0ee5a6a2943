using SkiaSharp;

namespace Harness.Reporting.Figures;

/// <summary>
/// Hundreds of columns as small squares, in lines under each other for each row: the same square of every row is the same column, so that
/// equal behaviour makes equal pictures. Columns of the query: <c>row, column, category, label, n</c>, and optionally <c>slot</c>, as for
/// a matrix; rows, columns and categories stand in the order in which the query first names them. In the SVG the pointer names the square.
/// </summary>
public sealed class HeatFigure : IFigureKind
{
    private const float NameWidth = 170, Square = 7, Step = 8.4f;
    private const float TextSize = 12.5f, Line = 16, RowGap = 12, LegendMark = 12;
    private const int MaxColumns = 1000, MaxRows = 40;

    /// <inheritdoc/>
    public string Id => "heat";

    /// <inheritdoc/>
    public FigureImages Draw(FigureInput input)
    {
        var data = MatrixData.Read(input.Table, Id, MaxRows, MaxColumns);
        if (data.Rows.IsEmpty)
            return FigurePage.Nothing(input);
        using var font = FigureFonts.Create(TextSize);
        var layout = Layout.Of(data, font);
        return FigurePage.Render(input, new FigureBody(layout.Height, Describe(data), (canvas, area) => Paint(canvas, area.Left, area.Top, data, layout))
        {
            Hovers = [.. Hovers(data, layout)],
        });
    }

    private static void Paint(SKCanvas canvas, float left, float top, MatrixData data, Layout layout)
    {
        using var font = FigureFonts.Create(TextSize);
        using var ink = new SKPaint { Color = Palette.Ink.ToSKColor(), IsAntialias = true };
        foreach (var (category, text, x, y) in layout.Legend)
        {
            using var paint = Fill(data.Styles[category]);
            canvas.DrawRect(left + x, top + y - (Square / 2), Square, Square, paint);
            canvas.DrawText(text, left + x + LegendMark, top + y + 4.5f, font, ink);
        }

        foreach (var row in layout.Rows)
        {
            for (var i = 0; i < row.Lines.Length; i++)
                canvas.DrawText(row.Lines[i], left, top + row.Start + 9 + (i * Line), font, ink);
            // One path a category: thousands of elements would make the SVG slow.
            foreach (var category in data.Categories)
            {
                using var path = new SKPath();
                for (var i = 0; i < data.Columns.Length; i++)
                {
                    if (data.Cells.TryGetValue((row.Name, data.Columns[i]), out var cell) && cell.Category == category)
                        path.AddRect(Place(i, left, top + row.Start, layout));
                }

                using var paint = Fill(data.Styles[category]);
                canvas.DrawPath(path, paint);
            }
        }
    }

    private static IEnumerable<Hover> Hovers(MatrixData data, Layout layout) =>
        from row in layout.Rows
        from i in Enumerable.Range(0, data.Columns.Length)
        where data.Cells.ContainsKey((row.Name, data.Columns[i]))
        let cell = data.Cells[(row.Name, data.Columns[i])]
        select new Hover(
            Place(i, 0, row.Start, layout),
            $"{data.Columns[i]}: {cell.Category}{(cell.Label.Length > 0 ? $" ({cell.Label})" : "")}");

    private static ImmutableArray<string> Describe(MatrixData data) =>
    [
        .. from row in data.Rows
           from category in data.Categories
           let columns = data.Columns.Where(column => data.Cells.TryGetValue((row, column), out var cell) && cell.Category == category).ToList()
           where columns.Count > 0
           select $"{row}: {category} {columns.Count}{(columns.Count <= 80 ? $" ({string.Join(", ", columns)})" : "")}",
    ];

    private static SKRect Place(int column, float left, float top, Layout layout) => SKRect.Create(
        left + NameWidth + (column % layout.PerLine * Step), top + (column / layout.PerLine * Step), Square, Square);

    private static SKPaint Fill(CategoryStyle style) => new() { Color = style.Color.ToSKColor(), IsAntialias = false };

    private sealed record Layout(ImmutableArray<(string Category, string Text, float X, float Y)> Legend, ImmutableArray<MatrixBand> Rows, int PerLine, float Height)
    {
        public static Layout Of(MatrixData data, SKFont font)
        {
            var legend = ImmutableArray.CreateBuilder<(string, string, float, float)>();
            float x = 0, y = Line / 2;
            foreach (var category in data.Categories)
            {
                var text = FigureText.Wrap(category, font, FigurePage.BodyWidth - LegendMark, 1)[0];
                var width = LegendMark + font.MeasureText(text) + Line;
                if (x > 0 && x + width > FigurePage.BodyWidth)
                    (x, y) = (0, y + Line);
                legend.Add((category, text, x, y));
                x += width;
            }

            var perLine = (int)((FigurePage.BodyWidth - NameWidth) / Step);
            var squares = (data.Columns.Length + perLine - 1) / perLine * Step;
            var rows = ImmutableArray.CreateBuilder<MatrixBand>();
            var at = y + Line + RowGap;
            foreach (var row in data.Rows)
            {
                var lines = FigureText.Wrap(row, font, NameWidth - RowGap, 4);
                var height = Math.Max(squares, lines.Length * Line);
                rows.Add(new MatrixBand(row, lines, at, height));
                at += height + RowGap;
            }

            return new Layout(legend.ToImmutable(), rows.ToImmutable(), perLine, at - RowGap);
        }
    }
}
