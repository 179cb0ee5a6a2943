using System.Globalization;
using Harness.Analysis.Judging;
using Harness.Reporting.Html;

namespace Harness.Reporting.Sites;

/// <summary>A claim's verdict as a small picture, for a README: an SVG that loads nothing.</summary>
internal static class Badge
{
    // Of Verdana at 11 px, nearly: the text is set to the width that is left for it, so that no font overflows.
    private const double Letter = 6.6, Padding = 8;

    internal static string Write(string claim, string verdict)
    {
        var (left, right) = (Wide(claim), Wide(verdict));
        var name = HtmlReport.Text($"{claim}: {verdict}");
        return string.Create(CultureInfo.InvariantCulture, $"""
            <svg xmlns="http://www.w3.org/2000/svg" width="{left + right}" height="20" role="img" aria-label="{name}">
            <title>{name}</title>
            <rect width="{left + right}" height="20" rx="3" fill="{Colour(verdict)}"/>
            <path d="M3 0h{left - 3}v20H3a3 3 0 0 1-3-3V3a3 3 0 0 1 3-3z" fill="#3b4148"/>
            <g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11" text-anchor="middle">
            <text x="{left / 2}" y="14" textLength="{left - (2 * Padding)}" lengthAdjust="spacingAndGlyphs">{HtmlReport.Text(claim)}</text>
            <text x="{left + (right / 2)}" y="14" textLength="{right - (2 * Padding)}" lengthAdjust="spacingAndGlyphs">{HtmlReport.Text(verdict)}</text>
            </g>
            </svg>

            """).ReplaceLineEndings("\n");
    }

    private static double Wide(string text) => Math.Round((text.Length * Letter) + (2 * Padding));

    // White on each has a contrast of at least 4.5.
    private static string Colour(string verdict) => verdict switch
    {
        Verdicts.Supported => "#1a7340",
        Verdicts.Qualified => "#8a5a00",
        Verdicts.Refuted => "#b3261e",
        Verdicts.Inconclusive => "#2c66a8",
        _ => "#5c6670",
    };
}
