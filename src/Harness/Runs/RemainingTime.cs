using System.Globalization;

namespace Harness.Runs;

/// <summary>A time in words, no finer than it is known.</summary>
public static class RemainingTime
{
    /// <summary><c>about 40 s</c>, <c>about 12 min</c>, <c>about 1 h 40 min</c>.</summary>
    public static string InWords(TimeSpan time) => $"about {Of(time)}";

    /// <summary>The same without <c>about</c>.</summary>
    public static string Of(TimeSpan time)
    {
        var seconds = (long)Math.Ceiling(Math.Max(1, time.TotalSeconds));
        var minutes = (long)Math.Ceiling(time.TotalSeconds / 60);
        return seconds <= 10 ? Invariant($"{seconds} s")
            : seconds <= 90 ? Invariant($"{(seconds + 9) / 10 * 10} s")
            : minutes <= 90 ? Invariant($"{minutes} min")
            : minutes % 60 == 0 ? Invariant($"{minutes / 60} h")
            : Invariant($"{minutes / 60} h {minutes % 60} min");
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
