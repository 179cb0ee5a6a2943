using System.Globalization;
using System.Text;

namespace Harness.Reporting;

/// <summary>Puts text of any origin into Markdown so that it reads as it is: no markup, no HTML, no broken table.</summary>
public static class MarkdownText
{
    private const string Special = "\\`*_{}[]()#+!|~^$:";

    /// <summary>One line of plain text.</summary>
    public static string Plain(string text)
    {
        var escaped = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            switch (rune.Value)
            {
                case '<': escaped.Append("&lt;"); break;
                case '>': escaped.Append("&gt;"); break;
                case '&': escaped.Append("&amp;"); break;
                case '\n' or '\r' or '\t': escaped.Append(' '); break;
                default:
                    if (Rune.IsControl(rune) || Rune.GetUnicodeCategory(rune) == UnicodeCategory.Format)
                    {
                        escaped.Append(CultureInfo.InvariantCulture, $"\\\\x{rune.Value:x2}");
                    }
                    else if (rune.Value < 128 && NeedsBackslash(escaped, (char)rune.Value))
                    {
                        escaped.Append('\\').Append((char)rune.Value);
                    }
                    else
                    {
                        escaped.Append(rune.ToString());
                    }

                    break;
            }
        }

        return escaped.ToString();
    }

    /// <summary>One line as code, which no character can leave.</summary>
    public static string Code(string text)
    {
        var line = Plain1(text);
        var fence = new string('`', LongestRun(line) + 1);
        var pad = line.StartsWith('`') || line.EndsWith('`') || line.Length == 0 ? " " : "";
        // A bar ends a table's cell even within code.
        return $"{fence}{pad}{line.Replace("|", "\\|", StringComparison.Ordinal)}{pad}{fence}";
    }

    // ':' and '(' only matter in links and autolinks, '.' and digits at the start of a line, which a sentence in a cell never is.
    private static bool NeedsBackslash(StringBuilder before, char character) => character switch
    {
        ':' => before.ToString().EndsWith("http", StringComparison.OrdinalIgnoreCase) || before.ToString().EndsWith("https", StringComparison.OrdinalIgnoreCase),
        '(' or ')' => before.Length > 0 && before[^1] == ']',
        '#' or '+' => before.Length == 0,
        '{' or '}' or '^' or '$' or '!' => false,
        _ => Special.Contains(character, StringComparison.Ordinal),
    };

    private static string Plain1(string text)
    {
        var line = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            line.Append(Rune.IsControl(rune) || Rune.GetUnicodeCategory(rune) == UnicodeCategory.Format ? " " : rune.ToString());
        }

        return line.ToString();
    }

    private static int LongestRun(string text)
    {
        var (longest, run) = (0, 0);
        foreach (var character in text)
        {
            run = character == '`' ? run + 1 : 0;
            longest = Math.Max(longest, run);
        }

        return longest;
    }
}
