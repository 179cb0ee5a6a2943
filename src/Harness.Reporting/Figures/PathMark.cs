using ScottPlot;
using SkiaSharp;

namespace Harness.Reporting.Figures;

/// <summary>
/// The marks that are outlines, as ScottPlot draws them, but for one thing: its own leave their path to the garbage collector, which may
/// free it while Skia still draws it, and that ends the process (seen once, in SkPath's iterator).
/// </summary>
internal sealed class PathMark(MarkerShape shape) : IMarker
{
    /// <summary>Whether the shape is one of them.</summary>
    public static bool Has(MarkerShape shape) =>
        shape is MarkerShape.FilledDiamond or MarkerShape.FilledTriangleUp or MarkerShape.FilledTriangleDown or MarkerShape.Cross;

    /// <inheritdoc/>
    public void Render(SKCanvas canvas, Paint paint, Pixel center, float size, MarkerStyle markerStyle)
    {
        using var path = new SKPath();
        if (shape == MarkerShape.Cross)
        {
            path.MoveTo(center.X + (size / 2), center.Y);
            path.LineTo(center.X - (size / 2), center.Y);
            path.MoveTo(center.X, center.Y + (size / 2));
            path.LineTo(center.X, center.Y - (size / 2));
            Drawing.DrawPath(canvas, paint, path, markerStyle.LineStyle);
            return;
        }

        path.AddPoly([.. Corners(size).Select(corner => new SKPoint(center.X + corner.X, center.Y + corner.Y))], close: true);
        Drawing.FillPath(canvas, paint, path, markerStyle.FillStyle, new PixelRect(center, size / 2));
        Drawing.DrawPath(canvas, paint, path, markerStyle.OutlineStyle);
    }

    // From the middle. A triangle's is that of its corners' circle.
    private SKPoint[] Corners(float size)
    {
        var (half, radius) = (size / 2, (float)(size / 1.732));
        var (across, down) = ((float)(radius * 0.866), radius / 2);
        return shape switch
        {
            MarkerShape.FilledTriangleUp => [new(0, -radius), new(across, down), new(-across, down)],
            MarkerShape.FilledTriangleDown => [new(0, radius), new(across, -down), new(-across, -down)],
            _ => [new(half, 0), new(0, half), new(-half, 0), new(0, -half)],
        };
    }
}
