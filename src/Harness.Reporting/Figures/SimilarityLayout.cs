using SkiaSharp;

namespace Harness.Reporting.Figures;

/// <summary>Where everything in a similarity figure stands, px within the body; the same on every machine.</summary>
/// <param name="Names">As they are drawn, one line each.</param>
/// <param name="Left">Left edge of the cells.</param>
/// <param name="Top">Upper edge of the cells.</param>
/// <param name="Width">From column to column.</param>
/// <param name="RowHeight">From row to row.</param>
/// <param name="RowText">Size of the rows' names.</param>
/// <param name="ColumnText">Size of the columns' names.</param>
/// <param name="IsUpright">Whether the columns' names stand on end.</param>
/// <param name="NumberText">Size of the numbers in the cells; 0 where they do not fit.</param>
/// <param name="Height">Of the whole body.</param>
internal sealed record SimilarityLayout(
    ImmutableArray<string> Names, float Left, float Top, float Width, float RowHeight, float RowText, float ColumnText, bool IsUpright, float NumberText, float Height)
{
    /// <summary>What the joins take at the right.</summary>
    public const float TreeWidth = 56;

    /// <summary>Height of the legend above the columns' names.</summary>
    public const float Legend = 40;

    private const float MostName = 190, MostWidth = 72, LeastRow = 12.5f, MostRow = 30, Gap = 8;

    /// <summary>Right edge of the cells.</summary>
    public float Right => Left + (Width * Names.Length);

    /// <summary>Lays it out.</summary>
    public static SimilarityLayout Of(SimilarityData data)
    {
        var count = data.Names.Length;
        var rowText = count <= 30 ? 12.5f : 10.5f;
        using var font = FigureFonts.Create(rowText);
        var names = data.Names.Select(name => FigureText.Wrap(name, font, MostName, 1) is [var line] ? line : "none").ToImmutableArray();
        var longest = names.Max(name => font.MeasureText(name));
        var left = longest + Gap;
        var width = Math.Min((FigurePage.BodyWidth - left - TreeWidth - Gap) / count, MostWidth);
        var rowHeight = Math.Clamp(width * 0.6f, LeastRow, MostRow);
        var isUpright = longest > width - 4;
        // Upright names are as far apart as columns are wide: a size that leaves a little between them.
        var columnText = isUpright ? Math.Min(rowText, width * 0.92f) : rowText;
        var top = Legend + (isUpright ? longest * columnText / rowText : rowText) + Gap;
        return new SimilarityLayout(names, left, top, width, rowHeight, rowText, columnText, isUpright, Numbers(width, rowHeight), top + (rowHeight * count));
    }

    private static float Numbers(float width, float height)
    {
        // The widest number there is.
        foreach (var size in (ReadOnlySpan<float>)[12.5f, 11, 9.5f, 8.5f])
        {
            using var font = FigureFonts.Create(size);
            if (font.MeasureText("100") <= width - 3 && size <= height - 3)
                return size;
        }

        return 0;
    }
}
