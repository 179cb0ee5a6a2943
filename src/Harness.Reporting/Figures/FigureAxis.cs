namespace Harness.Reporting.Figures;

/// <summary>Lines and numbers of a scale.</summary>
internal static class FigureAxis
{
    /// <summary>Height of the numbers below a plot, px.</summary>
    public const float Height = 20;

    /// <summary>Size of the numbers, px.</summary>
    public const float TextSize = 10.5f;

    /// <summary>Lines from top to bottom, their numbers below.</summary>
    public static void Across(PixelPlot plot, FigureScale scale, float top, float bottom)
    {
        foreach (var (value, text) in scale.Ticks)
        {
            plot.Fill(scale.At(value) - 0.5f, top, 1, bottom - top, Palette.Faint);
            plot.Text([text], scale.At(value), bottom + 11, 0, new TextLook(TextSize, Palette.Muted, Anchor: TextAnchor.Middle));
        }
    }

    /// <summary>Lines from left to right, their numbers to the left.</summary>
    public static void Upwards(PixelPlot plot, FigureScale scale, float left, float right)
    {
        foreach (var (value, text) in scale.Ticks)
        {
            plot.Fill(left, scale.At(value) - 0.5f, right - left, 1, Palette.Faint);
            plot.Text([text], left - 7, scale.At(value), 0, new TextLook(TextSize, Palette.Muted, Anchor: TextAnchor.End));
        }
    }
}
