using System.Globalization;
using System.Text;
using SkiaSharp;

namespace Harness.Reporting.Figures;

/// <summary>Texts made fit for drawing: harmless characters, lines of a given width.</summary>
internal static class FigureText
{
    private const string Ellipsis = "…";
    private const string BreakAfter = " /:-_;+@=";

    /// <summary>The text on one line: white space and control characters become single spaces, lone surrogates and XML's non-characters U+FFFD.</summary>
    public static string Printable(string? text)
    {
        var result = new StringBuilder();
        foreach (var rune in (text ?? "").EnumerateRunes())
        {
            var category = Rune.GetUnicodeCategory(rune);
            if (Rune.IsWhiteSpace(rune) || category is UnicodeCategory.Control)
            {
                if (result.Length > 0 && result[^1] != ' ')
                {
                    result.Append(' ');
                }
            }
            // Format characters include those that turn the direction of what follows.
            else if (category is not UnicodeCategory.Format)
            {
                result.Append(rune.Value is 0xFFFE or 0xFFFF ? Rune.ReplacementChar.ToString() : rune.ToString());
            }
        }

        return result.ToString().TrimEnd();
    }

    /// <summary>As <see cref="Printable"/>, with U+FFFD for what the bundled font has no shape for.</summary>
    public static string Drawable(string? text)
    {
        var result = new StringBuilder();
        foreach (var rune in Printable(text).EnumerateRunes())
        {
            var drawn = FigureFonts.Regular.ContainsGlyph(rune.Value) ? rune : Rune.ReplacementChar;
            result.Append(drawn.ToString());
        }

        return result.ToString();
    }

    /// <summary>The drawable text in lines no wider than <paramref name="width"/> px; what does not fit the last line is cut with an ellipsis.</summary>
    /// <returns>No line for an empty text.</returns>
    public static ImmutableArray<string> Wrap(string? text, SKFont font, float width, int maxLines = int.MaxValue)
    {
        var lines = ImmutableArray.CreateBuilder<string>();
        var rest = Drawable(text);
        while (rest.Length > 0)
        {
            var fits = Fitting(rest, font, width);
            if (fits == rest.Length)
            {
                lines.Add(rest);
                break;
            }

            if (lines.Count == maxLines - 1)
            {
                lines.Add(rest[..Fitting(rest, font, width - font.MeasureText(Ellipsis))].TrimEnd() + Ellipsis);
                break;
            }

            var cut = BreakAt(rest, fits);
            lines.Add(rest[..cut].TrimEnd());
            rest = rest[cut..].TrimStart();
        }

        return lines.ToImmutable();
    }

    /// <summary>How many leading characters fit, at least one rune.</summary>
    private static int Fitting(string text, SKFont font, float width)
    {
        int low = 0, high = text.Length;
        while (low < high)
        {
            var middle = (low + high + 1) / 2;
            (low, high) = font.MeasureText(text.AsSpan(0, middle)) <= width ? (middle, high) : (low, middle - 1);
        }

        if (low > 0 && low < text.Length && char.IsLowSurrogate(text[low]))
            low--;
        return Math.Max(low, char.IsSurrogate(text[0]) ? 2 : 1);
    }

    /// <summary>The last place to break within the first <paramref name="fits"/> characters: a space, else a mark, else, of a word longer than a line, the end.</summary>
    private static int BreakAt(string text, int fits)
    {
        if (text[fits] == ' ')
            return fits;
        var space = text.LastIndexOf(' ', fits - 1);
        if (space > 0)
            return space + 1;
        var mark = text.LastIndexOfAny(BreakAfter.ToCharArray(), fits - 1);
        return mark > 0 ? mark + 1 : fits;
    }
}
