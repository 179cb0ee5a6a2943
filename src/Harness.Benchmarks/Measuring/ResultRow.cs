namespace Harness.Benchmarks.Measuring;

/// <summary>What a figure should be.</summary>
/// <param name="Limit">In the figure's unit.</param>
/// <param name="AtLeast">Whether more is better.</param>
public sealed record Aim(double Limit, bool AtLeast)
{
    /// <summary>Not more than that.</summary>
    public static Aim AtMost(double limit) => new(limit, false);

    /// <summary>Not less than that.</summary>
    public static Aim NotBelow(double limit) => new(limit, true);

    /// <summary>Whether a figure is as it should be.</summary>
    public bool IsMet(double figure) => AtLeast ? figure >= Limit : figure <= Limit;
}

/// <summary>One line of the answer.</summary>
/// <param name="Benchmark">Its name.</param>
/// <param name="What">What the figure is of.</param>
/// <param name="Unit">Of the figure; empty for a ratio.</param>
/// <param name="Figure">Null where nothing was measured.</param>
/// <param name="Aim">Null for a figure that only explains another.</param>
/// <param name="Reason">Why nothing was measured.</param>
public sealed record ResultRow(string Benchmark, string What, string Unit, Summary? Figure, Aim? Aim, string Reason)
{
    /// <summary>A figure that has an aim, or explains one that has.</summary>
    public static ResultRow Of(string benchmark, string what, string unit, Summary figure, Aim? aim = null) => new(benchmark, what, unit, figure, aim, "");

    /// <summary>Something that this machine could not measure.</summary>
    public static ResultRow Missing(string benchmark, string what, string reason) => new(benchmark, what, "", null, null, reason);
}
