using SkiaSharp;

namespace Harness.Reporting.Figures;

/// <summary>Categories as marks with their names and how often each comes, in lines that fit the page.</summary>
internal sealed class FigureLegend
{
    private const float TextSize = 12, SmallSize = 10.5f, Line = 21, Gap = 18, TextStart = 17, CountGap = 5;

    private readonly ImmutableArray<(string Category, string Name, string Count, float X, float CountX, float Y)> _entries;
    private readonly ImmutableDictionary<string, CategoryStyle> _styles;

    /// <summary>Lays it out.</summary>
    /// <param name="categories">Each with how many there are of it.</param>
    /// <param name="styles">How each looks.</param>
    /// <param name="one">What is counted, as <c>cell</c>; empty where counts would say nothing.</param>
    public FigureLegend(IEnumerable<(string Category, int Count)> categories, ImmutableDictionary<string, CategoryStyle> styles, string one)
    {
        using var font = FigureFonts.Create(TextSize);
        using var small = FigureFonts.Create(SmallSize);
        var entries = ImmutableArray.CreateBuilder<(string, string, string, float, float, float)>();
        float x = 0, y = Line / 2;
        foreach (var (category, number) in categories)
        {
            var count = one.Length == 0 ? "" : FormattableString.Invariant($"{number} {one}{(number == 1 ? "" : "s")}");
            var room = FigurePage.BodyWidth - TextStart - (count.Length > 0 ? CountGap + small.MeasureText(count) : 0);
            var name = FigureText.Wrap(category, font, room, 1).FirstOrDefault("");
            var countX = TextStart + font.MeasureText(name) + CountGap;
            var width = countX + small.MeasureText(count);
            if (x > 0 && x + width > FigurePage.BodyWidth)
                (x, y) = (0, y + Line);
            entries.Add((category, name, count, x, x + countX, y));
            x += width + Gap;
        }

        (_entries, _styles) = (entries.ToImmutable(), styles);
        Height = y + (Line / 2);
    }

    /// <summary>Its height, px.</summary>
    public float Height { get; }

    /// <summary>Adds it to a plot, at that height from the top.</summary>
    public void Add(PixelPlot plot, float top = 0)
    {
        foreach (var entry in _entries)
        {
            plot.Mark(entry.X + 6, top + entry.Y, _styles[entry.Category]);
            plot.Text([entry.Name], entry.X + TextStart, top + entry.Y, 0, new TextLook(TextSize, Palette.Ink));
            if (entry.Count.Length > 0)
                plot.Text([entry.Count], entry.CountX, top + entry.Y + 1, 0, new TextLook(SmallSize, Palette.Muted));
        }
    }
}
