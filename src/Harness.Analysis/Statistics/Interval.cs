namespace Harness.Analysis.Statistics;

/// <summary>From <paramref name="Low"/> to <paramref name="High"/>, both included.</summary>
public readonly record struct Interval(double Low, double High)
{
    /// <summary>Whether the two have a point in common.</summary>
    public bool Meets(Interval other) => Low <= other.High && other.Low <= High;
}
