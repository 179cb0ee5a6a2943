using Harness.Benchmarks.Measuring;

namespace Harness.Benchmarks;

/// <summary>One thing that is measured, with the comparison that makes its figure mean something.</summary>
public interface IBenchmark
{
    /// <summary>As <c>--only</c> has it.</summary>
    string Name { get; }

    /// <summary>What its first figure is of.</summary>
    string What { get; }

    /// <summary>The most rounds that are measured, whatever was asked for.</summary>
    int MostRounds => int.MaxValue;

    /// <summary>Measures it.</summary>
    /// <exception cref="Core.HarnessException">The machine lacks something, or what was done is not what was to be measured.</exception>
    Task<ImmutableArray<ResultRow>> RunAsync(Rounds rounds, CancellationToken cancellation);
}
