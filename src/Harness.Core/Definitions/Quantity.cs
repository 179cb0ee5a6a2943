using System.Globalization;

namespace Harness.Core.Definitions;

/// <summary>Durations and sizes as people write them in YAML and on the command line.</summary>
public static class Quantity
{
    private static readonly (string Suffix, double Milliseconds)[] _durations = [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000)];
    private static readonly (string Suffix, long Bytes)[] _sizes = [("KiB", 1L << 10), ("MiB", 1L << 20), ("GiB", 1L << 30), ("B", 1)];

    /// <summary>Reads <c>500ms</c>, <c>20s</c>, <c>2m</c>, <c>1h</c>: positive, at most a day.</summary>
    /// <exception cref="FormatException">Anything else.</exception>
    public static TimeSpan Duration(string text)
    {
        foreach (var (suffix, milliseconds) in _durations)
        {
            if (text.EndsWith(suffix, StringComparison.Ordinal)
                && double.TryParse(text.AsSpan(0, text.Length - suffix.Length), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
                && number * milliseconds is >= 1 and <= 86_400_000)
            {
                return TimeSpan.FromMilliseconds(number * milliseconds);
            }
        }

        throw new FormatException($"'{text}' is not a duration; use 500ms, 20s, 2m or 1h");
    }

    /// <summary>Reads <c>64KiB</c>, <c>256MiB</c>, <c>1GiB</c>, <c>512B</c>: bytes, positive.</summary>
    /// <exception cref="FormatException">Anything else.</exception>
    public static long Bytes(string text)
    {
        foreach (var (suffix, bytes) in _sizes)
        {
            if (text.EndsWith(suffix, StringComparison.Ordinal)
                && long.TryParse(text.AsSpan(0, text.Length - suffix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                && number > 0 && number <= long.MaxValue / bytes)
            {
                return number * bytes;
            }
        }

        throw new FormatException($"'{text}' is not a size: write 512B, 64KiB, 256MiB or 1GiB");
    }
}
