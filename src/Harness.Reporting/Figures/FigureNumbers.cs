using System.Globalization;
using Harness.Core;

namespace Harness.Reporting.Figures;

/// <summary>Numbers of a query's answer, and how they are written in a figure.</summary>
internal static class FigureNumbers
{
    private static readonly ImmutableArray<(double Size, string Name)> _times = [(1e9, "s"), (1e6, "ms"), (1e3, "µs"), (1, "ns")];
    private static readonly ImmutableArray<(double Size, string Name)> _bytes =
        [(1L << 40, "TiB"), (1L << 30, "GiB"), (1L << 20, "MiB"), (1L << 10, "KiB"), (1, "B")];

    /// <summary>A number, or null where the query gives none.</summary>
    /// <exception cref="HarnessException">It gives something else.</exception>
    public static double? Read(FigureRows rows, int row, string column, string kind) => rows[row, column] switch
    {
        "" => null,
        var text when double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) => number,
        var text => throw new HarnessException($"a figure of kind '{kind}' needs numbers in the column {column}; its query gives '{text}': leave out what has none in the figure's sql"),
    };

    /// <summary>A number that must be there.</summary>
    /// <exception cref="HarnessException">It is not.</exception>
    public static double Need(FigureRows rows, int row, string column, string kind) =>
        Read(rows, row, column, kind)
        ?? throw new HarnessException($"a figure of kind '{kind}' needs a number in the column {column} of every row: leave out what has none in the figure's sql");

    /// <summary>The ends of an interval, or null where the query gives neither.</summary>
    /// <exception cref="HarnessException">It gives only one, or the low one above the high one: drawn, it would look like an interval or like none.</exception>
    public static (double? Low, double? High) Interval(FigureRows rows, int row, string kind)
    {
        var (low, high) = (Read(rows, row, "low", kind), Read(rows, row, "high", kind));
        return (low is null) == (high is null) && !(low > high)
            ? (low, high)
            : throw new HarnessException(
                $"a figure of kind '{kind}' needs low and high both or neither, in this order; its query gives low '{rows[row, "low"]}' and high '{rows[row, "high"]}' in row {row + 1}: fix the figure's sql");
    }

    /// <summary>Three significant digits and the unit; nanoseconds (<c>ns</c>) and bytes (<c>B</c>) in the greatest unit that keeps them above one.</summary>
    public static string Text(double value, string unit)
    {
        var sizes = unit switch { "ns" => _times, "B" => _bytes, _ => [(1, unit)] };
        var (size, name) = sizes.FirstOrDefault(entry => Math.Abs(value) >= entry.Size * 0.9995, sizes[^1]);
        return $"{Digits(value / size)} {name}".TrimEnd();
    }

    private static string Digits(double value) =>
        value.ToString(Math.Abs(value) switch { >= 99.95 => "0", >= 9.995 => "0.#", >= 0.9995 => "0.##", >= 0.09995 => "0.###", _ => "0.#####" }, CultureInfo.InvariantCulture);
}
