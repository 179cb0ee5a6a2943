using ScottPlot;
using SkiaSharp;

namespace Harness.Reporting.Figures;

/// <summary>Draws a plot as a part of a page.</summary>
internal static class PlotPainter
{
    /// <summary>Draws the plot into the rectangle, once, and leaves the rest of the page as it is.</summary>
    public static void Paint(Plot plot, SKCanvas canvas, PixelRect area)
    {
        FigureFonts.Register();
        plot.FigureBackground.Color = Colors.Transparent;
        plot.DataBackground.Color = Colors.Transparent;
        plot.RenderManager.ClearCanvasBeforeEachRender = false;

        // A first drawing settles layout and limits, and ScottPlot repeats it on the same canvas; that one is thrown away.
        using (var nowhere = new SKNoDrawCanvas((int)FigurePage.Width, (int)area.Bottom))
        {
            plot.Render(nowhere, area);
        }

        plot.Render(canvas, area);
    }
}
