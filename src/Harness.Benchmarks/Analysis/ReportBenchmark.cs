using System.Diagnostics;
using System.Globalization;
using Harness.Benchmarks.Measuring;
using Harness.Core;
using Harness.Core.Definitions;
using Harness.Core.Journaling;
using Harness.Reporting;
using Harness.Reporting.Html;
using Harness.Reporting.Model;

namespace Harness.Benchmarks.Analysis;

/// <summary>What writing a run's <c>report.md</c> and <c>report.html</c> takes, and next to it everything that is derived from the same rows.</summary>
/// <param name="given">The run; null: one that is generated, of every experiment with all its cells.</param>
/// <param name="definitions">What a generated run is of.</param>
/// <param name="messages">What is going on.</param>
public sealed class ReportBenchmark(RunFolder? given, ExperimentsFolder definitions, IProgress<string> messages) : IBenchmark
{
    /// <inheritdoc/>
    public string Name => "report";

    /// <inheritdoc/>
    public string What => "report.md and report.html together";

    /// <inheritdoc/>
    public async Task<ImmutableArray<ResultRow>> RunAsync(Rounds rounds, CancellationToken cancellation)
    {
        if (given is not null)
        {
            return await MeasureAsync(given, rounds, cancellation);
        }

        messages.Report($"{Name}: writing a run of all experiments");
        using var run = GeneratedRun.OfAll(definitions, cancellation);
        messages.Report(string.Create(CultureInfo.InvariantCulture, $"{Name}: {run.Trials} trials with {run.Readings} readings"));
        return await MeasureAsync(run.Folder, rounds, cancellation);
    }

    private async Task<ImmutableArray<ResultRow>> MeasureAsync(RunFolder folder, Rounds rounds, CancellationToken cancellation)
    {
        var target = Directory.CreateTempSubdirectory("harness-benchmark-");
        try
        {
            var derived = new RunFolder(target.FullName);
            messages.Report($"{Name}: deriving {folder.RunId}");
            var input = Derivation.Write(folder, derived, cancellation);
            if (input.Failures is [var failure, ..])
            {
                throw new HarnessException(failure.ToString());
            }

            var size = 0;
            var series = await rounds.MeasureAsync(
                [
                    new Subject("write", input.Trials.Length, _ => Task.FromResult(Time(() => size = Write(input, derived)))),
                    new Subject("derive", input.Trials.Length, token => Task.FromResult(Time(() => Again(folder, token)))),
                ],
                cancellation);
            return
            [
                ResultRow.Of(Name, string.Create(CultureInfo.InvariantCulture, $"{What}, of {input.Trials.Length} trials"), "s", Summary.Of(series["write"]), Aim.AtMost(3)),
                ResultRow.Of(Name, "everything derived: SQL, evidence, statistics, figures, both reports", "s", Summary.Of(series["derive"])),
                ResultRow.Of(Name, "report.html", "MB", Summary.Of([size / 1e6]), Aim.AtMost(3)),
            ];
        }
        finally
        {
            target.Delete(recursive: true);
        }
    }

    private static int Write(ReportInput input, RunFolder derived)
    {
        var report = Report.Of(input);
        _ = ReportText.Write(report);
        return System.Text.Encoding.UTF8.GetByteCount(HtmlReport.Write(report, input, derived));
    }

    private static void Again(RunFolder folder, CancellationToken cancellation)
    {
        var target = Directory.CreateTempSubdirectory("harness-benchmark-");
        try
        {
            Derivation.Write(folder, new RunFolder(target.FullName), cancellation);
        }
        finally
        {
            target.Delete(recursive: true);
        }
    }

    private static TimeSpan Time(Action work)
    {
        var watch = Stopwatch.StartNew();
        work();
        return watch.Elapsed;
    }
}
