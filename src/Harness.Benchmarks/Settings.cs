namespace Harness.Benchmarks;

/// <summary>What the user chose.</summary>
/// <param name="Rounds">Measured passes over everything that is compared, beside the one that warms up.</param>
/// <param name="Starts">Sandboxes of the matrix, and containers of the engine's floor.</param>
/// <param name="Parallel">Sandboxes, containers or <c>docker run</c> at a time.</param>
/// <param name="Only">Benchmarks to run; empty for all.</param>
/// <param name="Out">Where samples go, or null for a new file in <c>results/benchmarks/</c>.</param>
public sealed record Settings(int Rounds, int Starts, int Parallel, ImmutableArray<string> Only, string? Out);
