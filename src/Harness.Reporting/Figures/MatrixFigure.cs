namespace Harness.Reporting.Figures;

/// <summary>
/// A grid of rows and columns. Each cell carries its category as colour and as shape, its label as text, and n. Columns of the query:
/// <c>row, column, category, label, n</c>, and optionally <c>slot</c>, the category's place in the palette from 1, which keeps its look the
/// same in runs that lack some category.
/// </summary>
public sealed class MatrixFigure : IFigureKind
{
    /// <inheritdoc/>
    public string Id => "matrix";

    /// <inheritdoc/>
    public FigureImages Draw(FigureInput input)
    {
        var data = MatrixData.Read(input.Table);
        if (data.Rows.IsEmpty)
            return FigurePage.Nothing(input);

        var layout = MatrixLayout.Of(data);
        return FigurePage.Render(input, new FigureBody(layout.Height, Describe(data), (canvas, area) =>
        {
            using var plot = new PixelPlot(area);
            MatrixDrawing.Add(plot, data, layout);
            plot.Render(canvas);
        }));
    }

    private static ImmutableArray<string> Describe(MatrixData data) =>
    [
        .. from row in data.Rows
           from column in data.Columns
           where data.Cells.ContainsKey((row, column))
           select Describe(row, column, data.Cells[(row, column)]),
    ];

    private static string Describe(string row, string column, MatrixCell cell) =>
        $"{row}, {column}: {cell.Category}"
        + (cell.Label.Length > 0 ? $"; {cell.Label}" : "")
        + (cell.N.Length > 0 ? $"; n = {cell.N}" : "");
}
