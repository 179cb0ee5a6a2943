using System.Globalization;
using System.Text;

namespace Harness.Reporting;

/// <summary>Puts text of any origin into Markdown so that it reads as it is: no markup, no HTML, no broken table.</summary>
public static class MarkdownText
{
    private const string Special = "\\`*_{}[]()#+!|~^$:@.";

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
                    if (Rune.IsControl(rune) || Rune.GetUnicodeCategory(rune) is UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator)
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
        if (text.Contains('\\', StringComparison.Ordinal))
        {
            // Within code a backslash stays and would take the escape of the bar after it: a tag, and the text escaped as such.
            return $"<code>{Plain(text)}</code>";
        }

        var line = Plain1(text);
        var fence = new string('`', LongestRun(line) + 1);
        var pad = line.StartsWith('`') || line.EndsWith('`') || line.Length == 0 ? " " : "";
        // A bar ends a table's cell even within code.
        return $"{fence}{pad}{line.Replace("|", "\\|", StringComparison.Ordinal)}{pad}{fence}";
    }

    // ':', '.' and '@' only matter in what GitHub would make a link or a mention of, '(' in links, '#' and '+' at the start.
    private static bool NeedsBackslash(StringBuilder before, char character) => character switch
    {
        ':' => EndsWith(before, "http") || EndsWith(before, "https") || EndsWith(before, "ftp"),
        '.' => EndsWith(before, "www"),
        '(' or ')' => before.Length > 0 && before[^1] == ']',
        '#' or '+' => before.Length == 0,
        '{' or '}' or '^' or '$' or '!' => false,
        _ => Special.Contains(character, StringComparison.Ordinal),
    };

    private static bool EndsWith(StringBuilder text, string word) =>
        text.Length >= word.Length && text.ToString(text.Length - word.Length, word.Length).Equals(word, StringComparison.OrdinalIgnoreCase);

    private static string Plain1(string text)
    {
        var line = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            line.Append(Rune.IsControl(rune) || Rune.GetUnicodeCategory(rune) == UnicodeCategory.Format ? " " : rune.ToString());
        }

        return line.ToString();
    }

    /// <summary>How many backticks in a row a text has at most.</summary>
    internal static int LongestRun(string text)
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
