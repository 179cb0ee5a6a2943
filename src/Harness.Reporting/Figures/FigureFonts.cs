using ScottPlot;
using SkiaSharp;

namespace Harness.Reporting.Figures;

/// <summary>
/// The bundled font. No figure asks the system for one: the same text has the same shape and width everywhere. ScottPlot finds typefaces by
/// name through a process-wide list, which is touched here and nowhere else.
/// </summary>
internal static class FigureFonts
{
    /// <summary>The name by which ScottPlot is to ask for the font.</summary>
    public const string Family = "Noto Sans";

    private static readonly Lock Gate = new();
    private static bool _registered;

    /// <summary>The upright face.</summary>
    public static SKTypeface Regular { get; } = Load("NotoSans-Regular.ttf");

    /// <summary>The bold face.</summary>
    public static SKTypeface Bold { get; } = Load("NotoSans-Bold.ttf");

    /// <summary>A font for drawing and measuring, unhinted, so that widths grow in proportion to the size.</summary>
    public static SKFont Create(float size, bool bold = false) => new(bold ? Bold : Regular, size)
    {
        Hinting = SKFontHinting.None,
        Subpixel = true,
        LinearMetrics = true,
        Edging = SKFontEdging.Antialias,
    };

    /// <summary>Makes ScottPlot draw every text with the bundled font, whatever the name.</summary>
    public static void Register()
    {
        lock (Gate)
        {
            if (!_registered)
            {
                ScottPlot.Fonts.FontResolvers.Insert(0, new Resolver());
                ScottPlot.Fonts.Default = Family;
                _registered = true;
            }
        }
    }

    private static SKTypeface Load(string file)
    {
        using var stream = typeof(FigureFonts).Assembly.GetManifestResourceStream($"Fonts/{file}")
            ?? throw new InvalidOperationException($"the assembly lacks Fonts/{file}");
        using var data = SKData.Create(stream);
        return SKTypeface.FromData(data) ?? throw new InvalidOperationException($"Fonts/{file} is not a font");
    }

    private sealed class Resolver : IFontResolver
    {
        public SKTypeface CreateTypeface(string fontName, bool bold, bool italic) => bold ? Bold : Regular;

        public SKTypeface CreateTypeface(string fontName, FontWeight weight, FontSlant slant, FontSpacing spacing) =>
            weight >= FontWeight.SemiBold ? Bold : Regular;
    }
}
