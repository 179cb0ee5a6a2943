using ScottPlot;

namespace Harness.Reporting.Figures;

/// <summary>How a category looks: its shape tells it apart where its colour does not.</summary>
/// <param name="Color">Full strength, for marks.</param>
/// <param name="Shape">The mark.</param>
internal sealed record CategoryStyle(Color Color, MarkerShape Shape)
{
    /// <summary>The colour thinned on white: dark text on it keeps a contrast above 10 to 1.</summary>
    public Color Tint => Palette.Mix(Color, Colors.White, 0.84);
}

/// <summary>
/// Colours. The categorical ones are those of Okabe and Ito (jfly.uni-koeln.de/color), which remain distinct under the common colour
/// deficiencies; yellow, weak on white, comes last. Shapes and colours have coprime periods, so that pairs repeat late.
/// </summary>
internal static class Palette
{
    /// <summary>Text.</summary>
    public static readonly Color Ink = Color.FromHex("#1B1F24");

    /// <summary>Secondary text: 5.7 to 1 on white.</summary>
    public static readonly Color Muted = Color.FromHex("#5B6570");

    /// <summary>Rules and empty cells.</summary>
    public static readonly Color Faint = Color.FromHex("#E3E7EB");

    private static readonly ImmutableArray<Color> OkabeIto =
    [
        Color.FromHex("#0072B2"), Color.FromHex("#D55E00"), Color.FromHex("#009E73"), Color.FromHex("#CC79A7"),
        Color.FromHex("#E69F00"), Color.FromHex("#56B4E9"), Color.FromHex("#F0E442"),
    ];

    private static readonly ImmutableArray<MarkerShape> Shapes =
    [
        MarkerShape.FilledCircle, MarkerShape.FilledDiamond, MarkerShape.FilledTriangleUp, MarkerShape.FilledSquare,
        MarkerShape.FilledTriangleDown, MarkerShape.Cross,
    ];

    private static readonly ImmutableArray<Color> Blues =
        [Color.FromHex("#F2F6FA"), Color.FromHex("#7FB6DA"), Color.FromHex("#0072B2"), Color.FromHex("#08306B")];

    /// <summary>What is not a result: grey and hollow.</summary>
    public static CategoryStyle Nothing { get; } = new(Color.FromHex("#7A838D"), MarkerShape.OpenCircle);

    /// <summary>The style at a place of the palette, counted from 0.</summary>
    public static CategoryStyle Slot(int slot) => new(OkabeIto[slot % OkabeIto.Length], Shapes[slot % Shapes.Length]);

    /// <summary>
    /// The colour of a share from 0 to 1. One hue from light to dark, its lightness falling evenly (CIE L* about 97, 71, 46, 20): it can be read
    /// without colour vision, and in print.
    /// </summary>
    public static Color Sequential(double share)
    {
        var place = Math.Clamp(share, 0, 1) * (Blues.Length - 1);
        var below = Math.Min((int)place, Blues.Length - 2);
        return Mix(Blues[below], Blues[below + 1], place - below);
    }

    /// <summary>Black or white, whichever has the higher contrast with a background: at least 4.5 to 1 (WCAG 2.2's relative luminance).</summary>
    public static Color TextOn(Color background)
    {
        static double Linear(byte value) => value <= 10 ? value / 255.0 / 12.92 : Math.Pow(((value / 255.0) + 0.055) / 1.055, 2.4);
        var luminance = (0.2126 * Linear(background.R)) + (0.7152 * Linear(background.G)) + (0.0722 * Linear(background.B));
        return luminance > 0.179 ? Colors.Black : Colors.White;
    }

    /// <summary>A colour between two: 0 is the first, 1 the second.</summary>
    public static Color Mix(Color a, Color b, double share) => new(
        (byte)Math.Round(a.R + ((b.R - a.R) * share)),
        (byte)Math.Round(a.G + ((b.G - a.G) * share)),
        (byte)Math.Round(a.B + ((b.B - a.B) * share)));
}
