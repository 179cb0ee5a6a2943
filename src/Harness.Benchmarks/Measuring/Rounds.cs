using Harness.Core.Planning;

namespace Harness.Benchmarks.Measuring;

/// <summary>Something that is measured in every round.</summary>
/// <param name="Name">The series its samples belong to.</param>
/// <param name="Units">Starts, checks or cells in one sample: for the record, and to divide by.</param>
/// <param name="MeasureAsync">Does it once and answers how long the part took that counts; preparing and clearing away do not.</param>
public sealed record Subject(string Name, int Units, Func<CancellationToken, Task<TimeSpan>> MeasureAsync);

/// <summary>
/// Randomised complete blocks: every round measures every subject once, in an order of its own, so that what the
/// machine does meanwhile falls on all alike, and figures are compared within a round.
/// </summary>
/// <remarks>
/// A plain loop around a stopwatch, not BenchmarkDotNet: that one measures each case in a process of its own, one
/// after the other, for nanoseconds; here whole processes and containers take parts of seconds, and are worth
/// comparing only side by side.
/// </remarks>
public sealed class Rounds(string benchmark, int count, SampleFile file)
{
    // Fixed: two runs of the benchmark measure in the same order.
    private const ulong Seed = 1;

    /// <summary>Measures. Returns seconds by subject, in the order of rounds; the first round warms up and is only written down.</summary>
    public async Task<ImmutableDictionary<string, ImmutableArray<double>>> MeasureAsync(ImmutableArray<Subject> subjects, CancellationToken cancellation)
    {
        var random = new SplitMix64(Seed);
        var series = subjects.ToDictionary(subject => subject.Name, _ => ImmutableArray.CreateBuilder<double>(), StringComparer.Ordinal);
        for (var round = 0; round <= count; round++)
        {
            foreach (var subject in random.Shuffle(subjects))
            {
                cancellation.ThrowIfCancellationRequested();
                var seconds = (await subject.MeasureAsync(cancellation)).TotalSeconds;
                file.Add(benchmark, subject, round, seconds);
                if (round > 0)
                {
                    series[subject.Name].Add(seconds);
                }
            }
        }

        return series.ToImmutableDictionary(pair => pair.Key, pair => pair.Value.ToImmutable(), StringComparer.Ordinal);
    }
}
