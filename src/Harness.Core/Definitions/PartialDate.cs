using System.Globalization;

namespace Harness.Core.Definitions;

/// <summary>A date as a source states it: to the day, or only to the month.</summary>
/// <param name="First">The day, or the first day of the month; what comparisons use.</param>
/// <param name="Text">As written: <c>YYYY-MM-DD</c> or <c>YYYY-MM</c>.</param>
public sealed record PartialDate(DateOnly First, string Text)
{
    /// <summary>Reads <c>2023-06-10</c> or <c>2023-06</c>.</summary>
    /// <exception cref="FormatException">Anything else.</exception>
    public static PartialDate Parse(string text) =>
        DateOnly.TryParseExact(text, ["yyyy-MM-dd", "yyyy-MM"], CultureInfo.InvariantCulture, DateTimeStyles.None, out var first)
            ? new PartialDate(first, text)
            : throw new FormatException($"'{text}' is not a date: write 2023-06-10 or 2023-06");

    /// <summary>As written.</summary>
    public override string ToString() => Text;
}
