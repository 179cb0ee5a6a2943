using Harness.Core;

namespace Harness.Reporting.Figures;

/// <summary>Numbers to pixels. A linear scale begins at zero; both end at a round number beyond the data.</summary>
internal sealed record FigureScale
{
    private const int MostTicks = 7;

    private double _low, _high;
    private bool _isLog;
    private float _from, _to;

    /// <summary>Where lines are drawn, with what is written there.</summary>
    public ImmutableArray<(double Value, string Text)> Ticks { get; private init; } = [];

    /// <summary>A scale over values.</summary>
    /// <param name="values">At least one.</param>
    /// <param name="isLog">Whether equal distances are equal ratios.</param>
    /// <param name="from">Pixel of the least.</param>
    /// <param name="to">Pixel of the greatest; less than <paramref name="from"/> for an axis upwards.</param>
    /// <param name="unit">Of the values.</param>
    /// <param name="kind">The figure's kind, for the message.</param>
    /// <param name="isDoubling">Whether a log scale is divided in powers of two, as one of bytes always is.</param>
    /// <exception cref="HarnessException">A value cannot be drawn on it.</exception>
    public static FigureScale Of(IEnumerable<double> values, bool isLog, float from, float to, string unit, string kind, bool isDoubling = false)
    {
        var all = values.ToList();
        var (least, most) = (all.Min(), all.Max());
        if (isLog && least <= 0)
            throw new HarnessException($"a figure of kind '{kind}' draws on a log scale, which has no place for {FigureNumbers.Text(least, unit)}: leave it out in the figure's sql");
        if (!isLog && least < 0)
            throw new HarnessException($"a figure of kind '{kind}' begins at zero, so that {FigureNumbers.Text(least, unit)} has no place: leave it out in the figure's sql");
        var ticks = isLog ? LogTicks(least, most, unit == "B" || isDoubling) : LinearTicks(most, unit);
        return new FigureScale
        {
            _low = ticks[0],
            _high = ticks[^1],
            _isLog = isLog,
            _from = from,
            _to = to,
            Ticks = [.. Thin(ticks).Select(tick => (tick, FigureNumbers.Text(tick, unit)))],
        };
    }

    /// <summary>The pixel of a value.</summary>
    public float At(double value)
    {
        var share = _isLog ? Math.Log(value / _low) / Math.Log(_high / _low) : (value - _low) / (_high - _low);
        return (float)(_from + ((_to - _from) * share));
    }

    // One decade or more in steps of ten, with 2 and 5 between where they are few, and more where all is within a factor of four.
    private static List<double> LogTicks(double least, double most, bool inPowersOfTwo)
    {
        if (inPowersOfTwo)
        {
            var (first, last) = ((int)Math.Floor(Math.Log2(least)), (int)Math.Ceiling(Math.Log2(most)));
            return [.. Enumerable.Range(first, Math.Max(last - first, 1) + 1).Select(power => Math.Pow(2, power))];
        }

        var (low, high) = ((int)Math.Floor(Math.Log10(least)), (int)Math.Ceiling(Math.Log10(most)));
        var steps = most < 4 * least ? new[] { 1.0, 1.5, 2, 3, 4, 5, 6, 8 } : high - low <= 2 ? [1.0, 2, 5] : [1.0];
        var all = Enumerable.Range(low, high - low + 1).SelectMany(power => steps.Select(step => step * Math.Pow(10, power))).ToList();
        // The nearest round numbers around the data, so that no third of the width is empty.
        var start = all.FindLastIndex(tick => tick <= least * 1.000001);
        var end = all.FindIndex(tick => tick >= most * 0.999999);
        return all[start..(Math.Max(end, start + 1) + 1)];
    }

    private static List<double> LinearTicks(double most, string unit)
    {
        if (most <= 0)
            return [0, 1];
        var rough = most / 5;
        var power = unit == "B" ? Math.Pow(2, Math.Ceiling(Math.Log2(rough))) : Math.Pow(10, Math.Floor(Math.Log10(rough)));
        var step = unit == "B" ? power : power * (rough / power <= 1 ? 1 : rough / power <= 2 ? 2 : rough / power <= 5 ? 5 : 10);
        return [.. Enumerable.Range(0, (int)Math.Ceiling((most / step) - 1e-9) + 1).Select(i => i * step)];
    }

    private static IEnumerable<double> Thin(List<double> ticks)
    {
        var every = (ticks.Count + MostTicks - 1) / MostTicks;
        return ticks.Where((_, i) => i % every == 0);
    }
}
