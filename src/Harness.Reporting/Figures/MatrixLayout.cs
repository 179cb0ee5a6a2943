using SkiaSharp;

namespace Harness.Reporting.Figures;

/// <summary>A name with its lines and where it stands.</summary>
/// <param name="Name">As the data has it.</param>
/// <param name="Lines">As it is drawn.</param>
/// <param name="Start">Left edge of a column, upper edge of a row, px within the body.</param>
/// <param name="Extent">The column's width or the row's height, px.</param>
internal sealed record MatrixBand(string Name, ImmutableArray<string> Lines, float Start, float Extent);

/// <summary>An entry of the legend.</summary>
/// <param name="Category">The category.</param>
/// <param name="Text">Its name as drawn.</param>
/// <param name="Count">How many cells, as drawn.</param>
/// <param name="X">Left edge, px.</param>
/// <param name="CountX">Where the count begins, px.</param>
/// <param name="Y">The line's middle, px.</param>
internal sealed record LegendEntry(string Category, string Text, string Count, float X, float CountX, float Y);

/// <summary>Where a cell's parts stand.</summary>
internal enum CellStyle
{
    /// <summary>Mark, label, and n at the right end of the first line.</summary>
    Beside,

    /// <summary>Mark, label, and n below it.</summary>
    Below,

    /// <summary>Narrow: mark and n on the first line, the label below them.</summary>
    Stacked,
}

/// <summary>Where everything in a matrix stands; widths come from the bundled font, so the layout is the same on every machine.</summary>
internal sealed record MatrixLayout(
    ImmutableArray<LegendEntry> Legend,
    ImmutableArray<MatrixBand> Columns,
    ImmutableArray<MatrixBand> Rows,
    ImmutableDictionary<(string Row, string Column), ImmutableArray<string>> Labels,
    float HeaderMiddle,
    CellStyle Style,
    float Height)
{
    /// <summary>Size of names and labels, px.</summary>
    public const float TextSize = 12.5f;

    /// <summary>Size of n, px.</summary>
    public const float SmallSize = 10.5f;

    /// <summary>From line to line, px.</summary>
    public const float Line = 16;

    /// <summary>Between cells, px.</summary>
    public const float CellGap = 3;

    /// <summary>From a cell's left edge to its text, past bar and mark, px.</summary>
    public const float TextIndent = 26;

    /// <summary>The same where the mark has a line of its own, px.</summary>
    public const float StackedIndent = 9;

    /// <summary>From a cell's text to its right edge, px.</summary>
    public const float Padding = 8;

    private const float MinRow = 32, RowPadding = 14, LegendLine = 22, LegendGap = 18;
    private const float MaxRowName = 200, MinCell = 40, MaxWord = 90;
    private const int MaxLines = 4;

    /// <summary>Lays it out.</summary>
    public static MatrixLayout Of(MatrixData data)
    {
        using var font = FigureFonts.Create(TextSize);
        using var bold = FigureFonts.Create(TextSize, bold: true);
        using var small = FigureFonts.Create(SmallSize);

        var legend = LegendOf(data, font, small);
        var top = legend[^1].Y + (LegendLine / 2) + 8;

        // Wide tables take from the row names what the cells need at least, and what keeps their heads' words whole.
        var longestWord = data.Columns.SelectMany(column => column.Split(' ')).Max(word => bold.MeasureText(FigureText.Drawable(word)));
        var least = Math.Clamp(longestWord + 5 + CellGap, MinCell, MaxWord);
        var spare = FigurePage.BodyWidth - (data.Columns.Length * least);
        var nameWidth = Math.Clamp(data.Rows.Max(row => font.MeasureText(FigureText.Drawable(row))) + 14, 60, Math.Clamp(spare, 60, MaxRowName));
        var pitch = (FigurePage.BodyWidth - nameWidth + CellGap) / data.Columns.Length;
        var cellWidth = Math.Max(pitch - CellGap, 1);
        var columns = data.Columns
            .Select((name, i) => new MatrixBand(name, FigureText.Wrap(name, bold, cellWidth - 4, MaxLines), nameWidth + (i * pitch), cellWidth))
            .ToImmutableArray();
        var headerLines = columns.Max(column => column.Lines.Length);

        var countWidth = data.Cells.Values.Max(cell => cell.N.Length == 0 ? 0 : small.MeasureText(CountText(cell.N)) + 8);
        var style = StyleOf(cellWidth, countWidth, data.Cells.Values.Max(cell => font.MeasureText(FigureText.Drawable(cell.Label))));
        var labelWidth = style switch
        {
            CellStyle.Beside => cellWidth - TextIndent - Padding - countWidth,
            CellStyle.Below => cellWidth - TextIndent - Padding,
            _ => cellWidth - StackedIndent - 2,
        };
        var labels = data.Cells.ToImmutableDictionary(cell => cell.Key, cell => FigureText.Wrap(cell.Value.Label, font, labelWidth, MaxLines));

        var y = top + (headerLines * Line) + 6;
        var headerMiddle = top + (Line / 2);
        var rows = ImmutableArray.CreateBuilder<MatrixBand>(data.Rows.Length);
        foreach (var row in data.Rows)
        {
            var lines = FigureText.Wrap(row, font, nameWidth - 12, 3);
            var tallest = data.Columns.Max(column => LinesIn(data, labels, row, column, style));
            var height = Math.Max(MinRow, (Math.Max(lines.Length, tallest) * Line) + RowPadding);
            rows.Add(new MatrixBand(row, lines, y, height));
            y += height + CellGap;
        }

        return new MatrixLayout(legend, columns, rows.MoveToImmutable(), labels, headerMiddle, style, y - CellGap);
    }

    /// <summary>How n is written in a cell.</summary>
    public static string CountText(string n) => FigureText.Drawable($"n = {(n.Length <= 12 ? n : n[..12] + "…")}");

    private static CellStyle StyleOf(float cellWidth, float countWidth, float longestLabel)
    {
        var room = cellWidth - TextIndent - Padding;
        return room - countWidth >= Math.Min(90, longestLabel) ? CellStyle.Beside : room >= 60 ? CellStyle.Below : CellStyle.Stacked;
    }

    private static int LinesIn(
        MatrixData data, ImmutableDictionary<(string, string), ImmutableArray<string>> labels, string row, string column, CellStyle style) =>
        data.Cells.TryGetValue((row, column), out var cell)
            ? labels[(row, column)].Length + (style == CellStyle.Stacked || (style == CellStyle.Below && cell.N.Length > 0) ? 1 : 0)
            : 0;

    private static ImmutableArray<LegendEntry> LegendOf(MatrixData data, SKFont font, SKFont small)
    {
        const float markWidth = 18, countGap = 6;
        var entries = ImmutableArray.CreateBuilder<LegendEntry>(data.Categories.Length);
        float x = 0, y = LegendLine / 2;
        foreach (var category in data.Categories)
        {
            var cells = data.Count(category);
            var count = cells == 1 ? "1 cell" : $"{cells} cells";
            var countWidth = small.MeasureText(count);
            var text = FigureText.Wrap(category, font, FigurePage.BodyWidth - markWidth - countGap - countWidth, 1)[0];
            var countX = markWidth + font.MeasureText(text) + countGap;
            if (x > 0 && x + countX + countWidth > FigurePage.BodyWidth)
                (x, y) = (0, y + LegendLine);
            entries.Add(new LegendEntry(category, text, count, x, x + countX, y));
            x += countX + countWidth + LegendGap;
        }

        return entries.MoveToImmutable();
    }
}
