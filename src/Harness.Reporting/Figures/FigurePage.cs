using System.Runtime.InteropServices;
using ScottPlot;
using SkiaSharp;

namespace Harness.Reporting.Figures;

/// <summary>What stands between title and caption.</summary>
/// <param name="Height">Its height at <see cref="FigurePage.BodyWidth"/>, px.</param>
/// <param name="Description">What it shows, in words, lines: the text alternative.</param>
/// <param name="Draw">Draws it into that rectangle; called once an image, and draws the same each time.</param>
internal sealed record FigureBody(float Height, ImmutableArray<string> Description, Action<SKCanvas, PixelRect> Draw)
{
    /// <summary>What the pointer is told over places of the body, in the SVG.</summary>
    public ImmutableArray<Hover> Hovers { get; init; } = [];

    /// <summary>Which part of its figure it is, in words, where there are several: <c>debian and ubuntu</c>.</summary>
    public string Part { get; init; } = "";
}

/// <summary>A text that the pointer is shown.</summary>
/// <param name="Place">Where, px from the body's upper left corner.</param>
/// <param name="Text">What is said.</param>
internal sealed record Hover(SKRect Place, string Text);

/// <summary>The page that every figure shares: the title on top, the body, the caption below, as SVG and as PNG.</summary>
internal static class FigurePage
{
    /// <summary>The page's width, px.</summary>
    public const float Width = 700;

    /// <summary>What is left free on each side, px.</summary>
    public const float Margin = 20;

    /// <summary>The body's width, px.</summary>
    public const float BodyWidth = Width - (2 * Margin);

    private const int PngScale = 2;
    private const float TitleSize = 17, TitleLine = 23;
    private const float CaptionSize = 11.5f, CaptionLine = 17;
    private const float Gap = 12;

    /// <summary>Draws title, body and caption.</summary>
    public static FigureImages Render(FigureInput input, FigureBody body)
    {
        using var titleFont = FigureFonts.Create(TitleSize, bold: true);
        using var captionFont = FigureFonts.Create(CaptionSize);
        var title = FigureText.Wrap(input.Title, titleFont, BodyWidth, 6);
        var caption = FigureText.Wrap(input.Caption, captionFont, BodyWidth, 20);
        var top = Margin + (title.Length * TitleLine) + (title.Length > 0 ? Gap : 0);
        var bottom = MathF.Ceiling(top + body.Height);
        var height = MathF.Ceiling(bottom + (caption.Length > 0 ? Gap + (caption.Length * CaptionLine) : 0) + Margin);

        void Paint(SKCanvas canvas)
        {
            using (var white = new SKPaint { Color = SKColors.White })
                canvas.DrawRect(0, 0, Width, height, white);
            DrawLines(canvas, title, titleFont, Palette.Ink, Margin, TitleLine);
            body.Draw(canvas, new PixelRect(Margin, Margin + BodyWidth, bottom, top));
            DrawLines(canvas, caption, captionFont, Palette.Muted, bottom + Gap, CaptionLine);
        }

        return new FigureImages(
            SvgOutlines.Apply(
                input.Id, Svg(height, Paint), input.Title, body.Description.Insert(0, input.Caption),
                body.Hovers.Select(hover => hover with { Place = SKRect.Create(hover.Place.Left + Margin, hover.Place.Top + top, hover.Place.Width, hover.Place.Height) })),
            Png(height, Paint));
    }

    /// <summary>The same on one image after the other; titles and captions of several say which of them it is, and what of the figure it holds.</summary>
    public static FigureImages Render(FigureInput input, ImmutableArray<FigureBody> bodies)
    {
        ImmutableArray<FigureImages> all =
        [
            .. bodies.Select((body, i) => Render(
                bodies.Length == 1 ? input : input with
                {
                    Id = FigureFiles.Name(input.Id, i + 1),
                    Title = FormattableString.Invariant($"{input.Title} ({i + 1} of {bodies.Length})"),
                    // What it counts and where it was measured is the same for all of them.
                    Caption = FormattableString.Invariant($"Image {i + 1} of {bodies.Length}{(body.Part.Length > 0 ? $": {body.Part}" : "")}. Of all images: {input.Caption}"),
                },
                body)),
        ];
        return all[0] with { More = all[1..] };
    }

    /// <summary>A page that says, in place of a figure, that there is nothing to draw.</summary>
    public static FigureImages Nothing(FigureInput input) => Words(input, "Nothing measured.");

    /// <summary>A page that says something in place of a figure.</summary>
    public static FigureImages Words(FigureInput input, string words)
    {
        const float least = 96, line = 20, inset = 16;
        using var measure = FigureFonts.Create(14);
        var lines = FigureText.Wrap(words, measure, BodyWidth - (2 * inset), 6);
        var height = Math.Max(least, (lines.Length * line) + (2 * inset));
        return Render(input, new FigureBody(height, [words], (canvas, area) =>
        {
            using var font = FigureFonts.Create(14);
            using var frame = new SKPaint { Color = Palette.Faint.ToSKColor(), IsStroke = true, StrokeWidth = 1, IsAntialias = true };
            using var ink = new SKPaint { Color = Palette.Muted.ToSKColor(), IsAntialias = true };
            canvas.DrawRect(area.Left + 0.5f, area.Top + 0.5f, area.Width - 1, area.Height - 1, frame);
            for (var i = 0; i < lines.Length; i++)
            {
                var y = area.VerticalCenter + 5 + ((i - ((lines.Length - 1) / 2f)) * line);
                canvas.DrawText(lines[i], area.HorizontalCenter - (font.MeasureText(lines[i]) / 2), y, font, ink);
            }
        }));
    }

    private static void DrawLines(SKCanvas canvas, ImmutableArray<string> lines, SKFont font, Color color, float top, float lineHeight)
    {
        using var paint = new SKPaint { Color = color.ToSKColor(), IsAntialias = true };
        for (var i = 0; i < lines.Length; i++)
        {
            canvas.DrawText(lines[i], Margin, top + (i * lineHeight) + font.Size, font, paint);
        }
    }

    private static byte[] Svg(float height, Action<SKCanvas> paint)
    {
        using var stream = new MemoryStream();
        using (var canvas = SKSvgCanvas.Create(new SKRect(0, 0, Width, height), stream))
        {
            paint(canvas);
        }

        return stream.ToArray();
    }

    private static ImmutableArray<byte> Png(float height, Action<SKCanvas> paint)
    {
        var info = new SKImageInfo((int)Width * PngScale, (int)height * PngScale, SKColorType.Rgba8888, SKAlphaType.Premul);
        using var surface = SKSurface.Create(info);
        surface.Canvas.Scale(PngScale);
        paint(surface.Canvas);
        // Of flat colours one filter makes as small a file as the best of all five for each line, in a third of the time.
        using var pixels = surface.PeekPixels() ?? throw new InvalidOperationException("a surface in memory has pixels");
        using var data = pixels.Encode(new SKPngEncoderOptions(SKPngEncoderFilterFlags.Up, 6)) ?? throw new InvalidOperationException("no memory for an image");
        return ImmutableCollectionsMarshal.AsImmutableArray(data.ToArray());
    }
}
