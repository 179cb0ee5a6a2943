namespace Harness.Benchmarks.Coverage;

/// <summary>How often something that the program prints was true.</summary>
/// <param name="What">What is printed.</param>
/// <param name="Design">Of how many blocks and steps.</param>
/// <param name="Errors">The <see cref="ErrorModel"/>.</param>
/// <param name="Kind">What the numbers are.</param>
/// <param name="Stated">What the program says, a share.</param>
/// <param name="Cases">How often it was tried.</param>
/// <param name="Hits">How often it was so.</param>
public sealed record CoverageRow(string What, string Design, string Errors, CoverageKind Kind, double Stated, int Cases, int Hits)
{
    /// <summary>The share that was measured; null where nothing was printed at all.</summary>
    public double? Measured => Cases == 0 ? null : Hits / (double)Cases;

    /// <summary>The standard error of <see cref="Measured"/>, as many draws have it that hit as often; of none or all, as if one had been otherwise.</summary>
    public double? Error => Measured is { } share ? Math.Sqrt(Math.Max(share * (1 - share), (Cases - 1.0) / Cases / Cases) / Cases) : null;

    /// <summary>Whether what is stated holds, within a point: an interval may cover more, a rate be less.</summary>
    public bool Holds => Kind switch
    {
        CoverageKind.Interval => Measured >= Stated - 0.01,
        CoverageKind.FalseAlarm => Measured <= Stated + 0.01,
        _ => true,
    };
}

/// <summary>What a row's numbers are.</summary>
public enum CoverageKind
{
    /// <summary>The share of intervals that hold the truth.</summary>
    Interval,

    /// <summary>The share of words that are said of a difference which is not there.</summary>
    FalseAlarm,

    /// <summary>An interval as it was made before, which is no longer printed.</summary>
    Before,
}
