using System.Globalization;
using System.Text;
using System.Text.Unicode;

namespace Harness.Core.Running;

/// <summary>Turns bytes from a sandbox into text that a table, a report and a terminal can hold without harm.</summary>
public static class SandboxText
{
    /// <summary>
    /// Valid UTF-8 without control characters stays as it is. Otherwise every offending byte or character is spelled <c>\xNN</c>
    /// (a line feed <c>\n</c>, a tab <c>\t</c>); the bytes themselves stay in <c>raw/</c>.
    /// </summary>
    public static string Printable(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder(bytes.Length);
        while (!bytes.IsEmpty)
        {
            if (Rune.DecodeFromUtf8(bytes, out var rune, out var consumed) != System.Buffers.OperationStatus.Done)
            {
                Escape(text, bytes[..consumed]);
            }
            else if (rune.Value is '\n' or '\t')
            {
                text.Append(rune.Value == '\n' ? "\\n" : "\\t");
            }
            else if (IsHarmful(rune))
            {
                Escape(text, bytes[..consumed]);
            }
            else
            {
                text.Append(rune.ToString());
            }

            bytes = bytes[consumed..];
        }

        return text.ToString();
    }

    /// <summary>The first <paramref name="most"/> characters, with a mark where something was left out.</summary>
    public static string Shorten(string text, int most) => text.Length <= most ? text : string.Concat(text.AsSpan(0, most - 1), "…");

    // Control characters move a terminal's cursor; format characters (bidirectional overrides) reorder what a reader sees.
    internal static bool IsHarmful(Rune rune) =>
        Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator
            or UnicodeCategory.ParagraphSeparator or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned;

    private static void Escape(StringBuilder text, ReadOnlySpan<byte> bytes)
    {
        foreach (var value in bytes)
        {
            text.Append(CultureInfo.InvariantCulture, $"\\x{value:x2}");
        }
    }
}
