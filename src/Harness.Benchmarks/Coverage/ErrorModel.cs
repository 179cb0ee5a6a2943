using Harness.Core.Planning;

namespace Harness.Benchmarks.Coverage;

/// <summary>How what is measured differs from the truth, from trial to trial. All have the truth as their median.</summary>
/// <param name="Name">For readers.</param>
/// <param name="Between">Standard deviation of a trial's logarithm.</param>
public sealed record ErrorModel(string Name, double Between)
{
    /// <summary>What one side's trials grow by from the first block to the last, as a share.</summary>
    public double Drift { get; init; }

    /// <summary>Whether trials have tails as heavy as those of Student's t with three degrees of freedom.</summary>
    public bool IsHeavy { get; init; }

    /// <summary>What intervals are tried against.</summary>
    public static ImmutableArray<ErrorModel> All { get; } =
    [
        new("independent", 0),
        new("2 % between trials", 0.02),
        new("5 % between trials", 0.05),
        new("5 %, drift of 10 %", 0.05) { Drift = 0.1 },
        new("5 %, heavy tails", 0.05) { IsHeavy = true },
        new("30 %, skewed", 0.3),
    ];

    /// <summary>What a trial is off by, as a factor.</summary>
    /// <param name="draws">The source of chance.</param>
    /// <param name="block">From 1.</param>
    /// <param name="blocks">Of the design.</param>
    /// <param name="drifts">Whether this side drifts.</param>
    public double Factor(Draws draws, int block, int blocks, bool drifts) =>
        Math.Exp(Between * (IsHeavy ? draws.HeavyTailed() : draws.Normal())) * (drifts ? 1 + (Drift * (((block - 0.5) / blocks) - 0.5)) : 1);
}

/// <summary>Numbers drawn from a seed, the same on every platform.</summary>
public sealed class Draws(ulong seed)
{
    private readonly SplitMix64 _random = new(seed);

    /// <summary>Above 0 and below 1.</summary>
    public double Uniform() => ((_random.Next() >> 11) + 0.5) * (1.0 / (1UL << 53));

    /// <summary>Nearly normal, by the sum of twelve uniform numbers, which has no platform's sine in it.</summary>
    public double Normal()
    {
        double sum = -6;
        for (var i = 0; i < 12; i++)
        {
            sum += Uniform();
        }

        return sum;
    }

    /// <summary>Student's t with three degrees of freedom.</summary>
    public double HeavyTailed()
    {
        var (above, a, b, c) = (Normal(), Normal(), Normal(), Normal());
        return above / Math.Sqrt(((a * a) + (b * b) + (c * c)) / 3);
    }

    /// <summary>With the mean 1.</summary>
    public double Exponential() => -Math.Log(Uniform());
}
