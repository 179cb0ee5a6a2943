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

    private const float GroupGap = 4, LeastNamedColumn = 9;

    /// <summary>Where gaps between groups stand: before the names at these places.</summary>
    public ImmutableArray<int> Starts { get; init; } = [];

    /// <summary>Whether columns have names; else their groups have.</summary>
    public bool HasColumnNames { get; init; } = true;

    /// <summary>Right edge of the cells.</summary>
    public float Right => X(Names.Length - 1) + Width;

    /// <summary>Left edge of a column.</summary>
    public float X(int column) => Left + (Width * column) + Gaps(column);

    /// <summary>Upper edge of a row.</summary>
    public float Y(int row) => Top + (RowHeight * row) + Gaps(row);

    private float Gaps(int place) => GroupGap * Starts.Count(start => start > 0 && start <= place);

    /// <summary>Lays it out.</summary>
    public static SimilarityLayout Of(SimilarityData data)
    {
        var count = data.Names.Length;
        var rowText = count <= 30 ? 12.5f : 10.5f;
        using var font = FigureFonts.Create(rowText);
        var names = data.Names.Select(name => FigureText.Wrap(name, font, MostName, 1) is [var line] ? line : "none").ToImmutableArray();
        var longest = names.Max(name => font.MeasureText(name));
        var left = longest + Gap;
        ImmutableArray<int> starts = [.. data.Groups.Select((_, i) => data.Groups[..i].Sum(group => group.Count))];
        var gaps = GroupGap * Math.Max(0, starts.Length - 1);
        var width = Math.Min((FigurePage.BodyWidth - left - TreeWidth - Gap - gaps) / count, MostWidth);
        var hasColumnNames = starts.IsEmpty || width >= LeastNamedColumn;
        var rowHeight = Math.Clamp(width * 0.6f, LeastRow, MostRow);
        var isUpright = longest > width - 4;
        // Upright names are as far apart as columns are wide: a size that leaves a little between them.
        var columnText = isUpright ? Math.Min(rowText, width * 0.92f) : rowText;
        var longestColumn = hasColumnNames ? longest * columnText / rowText : LongestGroup(data.Groups);
        var top = Legend + (isUpright ? longestColumn : rowText) + Gap;
        return new SimilarityLayout(names, left, top, width, rowHeight, rowText, columnText, isUpright, Numbers(width, rowHeight), top + (rowHeight * count) + gaps)
        {
            Starts = starts,
            HasColumnNames = hasColumnNames,
        };
    }

    /// <summary>Size of the groups' names.</summary>
    public const float GroupText = 11.5f;

    private static float LongestGroup(ImmutableArray<(string Name, int Count)> groups)
    {
        using var font = FigureFonts.Create(GroupText, bold: true);
        return groups.Max(group => font.MeasureText(FigureText.Drawable(group.Name)));
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
