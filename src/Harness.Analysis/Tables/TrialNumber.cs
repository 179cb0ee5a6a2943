using System.Buffers.Text;
using System.Text;

namespace Harness.Analysis.Tables;

/// <summary>A trial's id, 16 hex digits, as a number: of a very large run ids are held as these, in a tenth of the room.</summary>
internal static class TrialNumber
{
    private const int Length = 16;

    /// <summary>The number of an id, in bytes of a table; false where it is none.</summary>
    internal static bool TryParse(ReadOnlySpan<byte> hex, out ulong number)
    {
        number = 0;
        // Capitals would be another text: tables are joined by it.
        return hex.Length == Length && !hex.ContainsAnyInRange((byte)'A', (byte)'F') && Utf8Parser.TryParse(hex, out number, out var used, 'x') && used == Length;
    }

    /// <summary>The same of a text.</summary>
    internal static bool TryParse(string hex, out ulong number)
    {
        Span<byte> bytes = stackalloc byte[Length];
        number = 0;
        return hex.Length == Length && Encoding.UTF8.TryGetBytes(hex, bytes, out var length) && TryParse(bytes[..length], out number);
    }

    /// <summary>The number of an id.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    internal static ulong Parse(string hex) => TryParse(hex, out var number) ? number : throw new FormatException($"'{hex}' is no trial's id of {Length} hex digits");
}
