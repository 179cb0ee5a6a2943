using System.Diagnostics;
using Harness.Benchmarks.Measuring;
using Harness.Core.Running;
using Harness.Host.Processes;

namespace Harness.Benchmarks.Subjects;

/// <summary>What stamping a whole trial takes: every event, the channel's first bytes among them.</summary>
public sealed class StampsBenchmark : IBenchmark
{
    // One trial's stamps take too little for one sample.
    private const int Trials = 10_000;

    private static readonly ImmutableArray<string> Events = [Stamps.Begin, Stamps.Created, Stamps.Start, Stamps.Started, Stamps.Ended, Stamps.Removed];

    /// <inheritdoc/>
    public string Name => "stamps";

    /// <inheritdoc/>
    public string What => "the stamps of one trial";

    /// <inheritdoc/>
    public async Task<ImmutableArray<ResultRow>> RunAsync(Rounds rounds, CancellationToken cancellation)
    {
        var series = await rounds.MeasureAsync([new Subject("stamps", Trials, _ => Task.FromResult(Measure()))], cancellation);
        return [ResultRow.Of(Name, What, "µs", Summary.Of([.. series["stamps"].Select(seconds => seconds / Trials * 1e6)]), Aim.AtMost(10))];
    }

    private static TimeSpan Measure()
    {
        var sink = new Nothing();
        var watch = Stopwatch.StartNew();
        for (var trial = 0; trial < Trials; trial++)
        {
            var stamps = new Stamps();
            foreach (var happened in Events)
                stamps.Mark(happened);
            stamps.Watch(sink).Write([]);
        }

        return watch.Elapsed;
    }

    private sealed class Nothing : IChannelSink
    {
        public bool Write(ReadOnlySpan<byte> bytes) => true;
    }
}
