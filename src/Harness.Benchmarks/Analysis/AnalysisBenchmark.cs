using System.Diagnostics;
using System.Globalization;
using Harness.Benchmarks.Measuring;
using Harness.Core;
using Harness.Core.Definitions;
using Harness.Host.Processes;

namespace Harness.Benchmarks.Analysis;

/// <summary>What verdicts, evidence and statistics of a very large run of <c>startup</c> cost: time and memory of a process that does nothing else.</summary>
public sealed class AnalysisBenchmark(ExperimentsFolder definitions, IProgress<string> messages, int atLeast) : IBenchmark
{
    private const double MiB = 1024 * 1024;
    private const string Memory = "the most memory of the process";

    /// <inheritdoc/>
    public string Name => "analysis";

    /// <inheritdoc/>
    public string What => $"verdicts, evidence and statistics of {Grouped(atLeast)} trials";

    /// <inheritdoc/>
    // A minute each, and steadier than a container.
    public int MostRounds => 3;

    /// <inheritdoc/>
    public async Task<ImmutableArray<ResultRow>> RunAsync(Rounds rounds, CancellationToken cancellation)
    {
        messages.Report($"{Name}: writing a run of {Grouped(atLeast)} trials");
        using var run = GeneratedRun.OfStartup(definitions, atLeast, cancellation);
        var peaks = new List<double>();
        var series = await rounds.MeasureAsync([new Subject("analyse", run.Trials, token => MeasureAsync(run, peaks, token))], cancellation);
        return
        [
            ResultRow.Of(Name, $"verdicts, evidence and statistics of {Grouped(run.Trials)} trials with {Grouped(run.Readings)} readings", "s", Summary.Of(series["analyse"]), Aim.AtMost(10)),
            // Without the round that warmed up, as the times are. Where the system does not tell, it says 0.
            peaks.Contains(0)
                ? ResultRow.Missing(Name, Memory, "the system does not tell")
                : ResultRow.Of(Name, Memory, "MiB", Summary.Of([.. peaks.Skip(1)]), Aim.AtMost(1024)),
        ];
    }

    private static async Task<TimeSpan> MeasureAsync(GeneratedRun run, List<double> peaks, CancellationToken cancellation)
    {
        var target = Directory.CreateTempSubdirectory("harness-benchmark-");
        try
        {
            var command = new Command(Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "Harness.Benchmarks.exe" : "Harness.Benchmarks"), [AnalyseCommand.Name, run.Folder.Root, target.FullName]);
            var watch = Stopwatch.StartNew();
            var result = await command.RunAsync(cancellation);
            watch.Stop();
            if (result.ExitCode != 0)
            {
                throw new HarnessException($"the analysis ended with status {result.ExitCode}: {result.Error.ReplaceLineEndings(" ").Trim()}");
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
