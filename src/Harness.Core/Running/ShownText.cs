using System.Globalization;
using System.Text;

namespace Harness.Core.Running;

/// <summary>
/// Text for a terminal or a log: what would move the cursor, colour the rest or reorder what a reader sees is spelled out. Wherever a text
/// comes from (an engine, a registry, a run's SQL, a guest's console, a file's name), it is shown and never obeyed.
/// </summary>
public static class ShownText
{
    /// <summary>
    /// Keeps line feeds and tabs; a carriage return before a line feed goes. Other characters that <see cref="SandboxText"/> spells out are spelled
    /// <c>\x1b</c> below the space and <c>\u202e</c> beyond, which leaves JSON what it is.
    /// </summary>
    public static string Of(string text)
    {
        if (!text.Any(IsSuspect))
            return text;
        var shown = new StringBuilder(text.Length + 16);
        for (var i = 0; i < text.Length; i++)
        {
            var character = text[i];
            if (character is '\n' or '\t')
            {
                shown.Append(character);
            }
            else if (character == '\r' && i + 1 < text.Length && text[i + 1] == '\n')
            {
                continue;
            }
            else if (Rune.TryGetRuneAt(text, i, out var rune))
            {
                Append(shown, rune);
                i += rune.Utf16SequenceLength - 1;
            }
            else
            {
                Spell(shown, character);
            }
        }

        return shown.ToString();
    }

    /// <summary>The same on one line: a line feed would let a text pass for two of the program's own lines.</summary>
    public static string OneLine(string text) => Of(text).Replace("\n", "\\n", StringComparison.Ordinal).Replace("\t", " ", StringComparison.Ordinal);

    // Nearly all text is printable ASCII: one pass says so.
    private static bool IsSuspect(char character) => character is < ' ' or > '~' && character is not ('\n' or '\t');

    private static void Append(StringBuilder shown, Rune rune)
    {
        if (!SandboxText.IsHarmful(rune))
        {
            shown.Append(rune.ToString());
            return;
        }

        foreach (var unit in rune.ToString())
            Spell(shown, unit);
    }

    private static void Spell(StringBuilder shown, char unit) =>
        shown.Append(unit < ' ' ? "\\x" : "\\u").Append(((int)unit).ToString(unit < ' ' ? "x2" : "x4", CultureInfo.InvariantCulture));
}
