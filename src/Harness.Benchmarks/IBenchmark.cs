using Harness.Benchmarks.Measuring;

namespace Harness.Benchmarks;

/// <summary>One thing that is measured, with the comparison that makes its figure mean something.</summary>
public interface IBenchmark
{
    /// <summary>As <c>--only</c> has it.</summary>
    string Name { get; }

    /// <summary>Measures it. What the machine lacks is a row that says so.</summary>
    Task<ImmutableArray<ResultRow>> RunAsync(Rounds rounds, CancellationToken cancellation);
}
