using ScottPlot;
using SkiaSharp;

namespace Harness.Reporting.Figures;

/// <summary>A ScottPlot plot without axes whose coordinates are the page's pixels, y downwards: for figures that are a table more than a graph.</summary>
internal sealed class PixelPlot : IDisposable
{
    private readonly Plot _plot = new();
    private readonly PixelRect _area;

    /// <summary>An empty plot that will fill that rectangle.</summary>
    public PixelPlot(PixelRect area)
    {
        _area = area;
        _plot.Layout.Frameless();
        _plot.HideGrid();
        _plot.Axes.SetLimits(0, area.Width, area.Height, 0);
    }

    /// <summary>Adds a filled rectangle.</summary>
    public void Fill(float left, float top, float width, float height, Color color)
    {
        var rectangle = _plot.Add.Rectangle(left, left + width, top + height, top);
        rectangle.FillStyle.Color = color;
        rectangle.LineStyle.IsVisible = false;
    }

    /// <summary>Adds a line through points.</summary>
    public void Line(IEnumerable<(double X, double Y)> points, float width, Color color)
    {
        var coordinates = points.Select(point => new Coordinates(point.X, point.Y)).ToArray();
        var line = _plot.Add.ScatterLine(coordinates);
        line.LineWidth = width;
        line.Color = color;
    }

    /// <summary>Adds a filled outline, thinned so that what lies below stays visible.</summary>
    public void Band(IEnumerable<(double X, double Y)> outline, Color color)
    {
        var polygon = _plot.Add.Polygon([.. outline.Select(point => new Coordinates(point.X, point.Y))]);
        polygon.FillColor = color.WithAlpha(0.2);
        polygon.LineWidth = 0;
    }

    /// <summary>Adds a category's mark around a point.</summary>
    public void Mark(float x, float y, CategoryStyle style)
    {
        var marker = _plot.Add.Marker(x, y, style.Shape, 9, style.Color);
        marker.MarkerStyle.LineWidth = 2;
        if (PathMark.Has(style.Shape))
            marker.MarkerStyle.CustomRenderer = new PathMark(style.Shape);
        if (style.Shape is not (MarkerShape.OpenCircle or MarkerShape.Cross))
        {
            // A darker edge keeps the light colours visible on their tint.
            marker.MarkerStyle.OutlineColor = Palette.Mix(style.Color, Palette.Ink, 0.35);
            marker.MarkerStyle.OutlineWidth = 1;
        }
    }

    /// <summary>Adds lines of text, the first one's middle at <paramref name="y"/>.</summary>
    public void Text(IEnumerable<string> lines, float x, float y, float lineHeight, TextLook look)
    {
        foreach (var line in lines)
        {
            if (look.IsBacked)
                Back(line, x, y, look);
            var text = _plot.Add.Text(line, x, y);
            text.LabelFontName = FigureFonts.Family;
            text.LabelFontSize = look.Size;
            text.LabelBold = look.Bold;
            text.LabelFontColor = look.Color;
            text.LabelAlignment = look.Anchor switch
            {
                TextAnchor.End => Alignment.MiddleRight,
                TextAnchor.Middle => Alignment.MiddleCenter,
                _ => Alignment.MiddleLeft,
            };
            text.LabelRotation = look.IsUpright ? -90 : 0;
            text.LabelPadding = 0;
            y += lineHeight;
        }
    }

    // Wide and high enough that a gridline ends clear of the letters.
    private void Back(string line, float x, float y, TextLook look)
    {
        using var font = FigureFonts.Create(look.Size, look.Bold);
        var width = font.MeasureText(line) + 6;
        var left = look.Anchor switch { TextAnchor.End => x - width + 3, TextAnchor.Middle => x - (width / 2), _ => x - 3 };
        Fill(left, y - (look.Size * 0.65f), width, look.Size * 1.3f, Colors.White);
    }

    /// <summary>Draws it.</summary>
    public void Render(SKCanvas canvas) => PlotPainter.Paint(_plot, canvas, _area);

    /// <inheritdoc/>
    public void Dispose() => _plot.Dispose();
}

/// <summary>How a text looks.</summary>
/// <param name="Size">px.</param>
/// <param name="Color">Its colour.</param>
/// <param name="Bold">Whether it is bold.</param>
/// <param name="Anchor">Which part of it stands at its place.</param>
/// <param name="IsUpright">Whether it is read from below.</param>
/// <param name="IsBacked">Whether what was drawn before, as gridlines, is hidden behind it; not for one that is upright.</param>
internal sealed record TextLook(float Size, Color Color, bool Bold = false, TextAnchor Anchor = TextAnchor.Start, bool IsUpright = false, bool IsBacked = false);

/// <summary>A part of a text.</summary>
internal enum TextAnchor
{
    /// <summary>Where it begins.</summary>
    Start,

    /// <summary>Its middle.</summary>
    Middle,

    /// <summary>Where it ends.</summary>
    End,
}
