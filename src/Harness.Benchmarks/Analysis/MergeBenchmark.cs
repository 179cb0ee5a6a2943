using System.Diagnostics;
using System.Globalization;
using Harness.Benchmarks.Measuring;
using Harness.Core;
using Harness.Core.Definitions;
using Harness.Host.Processes;

namespace Harness.Benchmarks.Analysis;

/// <summary>What it costs to merge the parts of a very large run of <c>startup</c>, each of another host: time and memory of a process that does nothing else.</summary>
public sealed class MergeBenchmark(ExperimentsFolder definitions, IProgress<string> messages, int parts, int atLeast) : IBenchmark
{
    private const double MiB = 1024 * 1024;

    /// <inheritdoc/>
    public string Name => "merge";

    /// <inheritdoc/>
    public string What => $"merging {parts} parts with {Grouped(atLeast)} trials";

    /// <inheritdoc/>
    // A minute each, and steadier than a container.
    public int MostRounds => 3;

    /// <inheritdoc/>
    public async Task<ImmutableArray<ResultRow>> RunAsync(Rounds rounds, CancellationToken cancellation)
    {
        messages.Report($"{Name}: writing {parts} parts of {Grouped(atLeast)} trials");
        var shards = GeneratedRun.OfShards(definitions, atLeast, parts, cancellation);
        try
        {
            var trials = shards.Sum(shard => shard.Trials);
            var (peaks, derived) = (new List<double>(), new List<double>());
            var series = await rounds.MeasureAsync(
                [
                    new Subject("merge", trials, token => MeasureAsync(shards, [], peaks, token)),
                    new Subject("derive", trials, token => MeasureAsync(shards, [MergeCommand.Derive], derived, token)),
                ],
                cancellation);
            return
            [
                ResultRow.Of(Name, $"merging {parts} parts with {Grouped(trials)} trials and {Grouped(shards.Sum(shard => shard.Readings))} readings", "s", Summary.Of(series["merge"]), Aim.AtMost(60)),
                // Without the round that warmed up, as the times are. Where the system does not tell, it says 0.
                peaks.Contains(0)
                    ? ResultRow.Missing(Name, "the most memory of the process", "the system does not tell")
                    : ResultRow.Of(Name, "the most memory of the process", "MiB", Summary.Of([.. peaks.Skip(1)]), Aim.AtMost(1024)),
                ResultRow.Of(Name, "the same with verdicts, statistics, figures and reports", "s", Summary.Of(series["derive"])),
                derived.Contains(0)
                    ? ResultRow.Missing(Name, "the most memory of that process", "the system does not tell")
                    : ResultRow.Of(Name, "the most memory of that process", "MiB", Summary.Of([.. derived.Skip(1)])),
            ];
        }
        finally
        {
            foreach (var shard in shards)
            {
                shard.Dispose();
            }
        }
    }

    private static async Task<TimeSpan> MeasureAsync(ImmutableArray<GeneratedRun> shards, string[] options, List<double> peaks, CancellationToken cancellation)
    {
        var target = Directory.CreateTempSubdirectory("harness-benchmark-");
        try
        {
            var command = new Command(
                Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "Harness.Benchmarks.exe" : "Harness.Benchmarks"),
                [MergeCommand.Name, Path.Combine(target.FullName, "merged"), .. shards.Select(shard => shard.Folder.Root), .. options]);
            var watch = Stopwatch.StartNew();
            var result = await command.RunAsync(cancellation);
            watch.Stop();
            if (result.ExitCode != 0)
            {
                throw new HarnessException($"the merge ended with status {result.ExitCode}: {result.Error.ReplaceLineEndings(" ").Trim()}");
            }

            peaks.Add(double.Parse(result.Output, CultureInfo.InvariantCulture) / MiB);
            return watch.Elapsed;
        }
        finally
        {
            target.Delete(recursive: true);
        }
    }

    private static string Grouped(int number) => number.ToString("#,0", CultureInfo.InvariantCulture);
}
