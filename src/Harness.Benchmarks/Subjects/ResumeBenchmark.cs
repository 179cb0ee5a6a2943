using System.Diagnostics;
using System.Globalization;
using Harness.Benchmarks.Measuring;
using Harness.Core.Definitions;

namespace Harness.Benchmarks.Subjects;

/// <summary>What a large run costs before anything runs: planning it, and finding that a finished one has nothing left to do.</summary>
public sealed class ResumeBenchmark(ExperimentsFolder definitions, int trials) : IBenchmark
{
    /// <inheritdoc/>
    public string Name => "resume";

    /// <inheritdoc/>
    public async Task<ImmutableArray<ResultRow>> RunAsync(Rounds rounds, CancellationToken cancellation)
    {
        using var run = new ScriptedRun(definitions, trials / ScriptedRun.Probes(definitions));
        run.KeepDefinitions();
        run.Begin();
        await run.ResumeAsync(run.Experiments, cancellation);
        var finished = run.Committed;
        var series = await rounds.MeasureAsync(
            [
                new Subject("plan", finished, _ => Task.FromResult(Plan(run))),
                new Subject("resume", finished, token => ResumeAsync(run, token)),
            ],
            cancellation);
        var count = finished.ToString("#,0", CultureInfo.InvariantCulture);
        return
        [
            ResultRow.Of(Name, $"planning and resuming a finished run of {count} trials", "s", Summary.Of([.. series["plan"].Zip(series["resume"], (plan, resume) => plan + resume)]), Aim.AtMost(2)),
            ResultRow.Of(Name, "planning it, and writing plan.json", "s", Summary.Of(series["plan"])),
            ResultRow.Of(Name, "resuming it, up to the report", "s", Summary.Of(series["resume"])),
        ];
    }

    private static TimeSpan Plan(ScriptedRun run)
    {
        var watch = Stopwatch.StartNew();
        run.Begin();
        return watch.Elapsed;
    }

    private static async Task<TimeSpan> ResumeAsync(ScriptedRun run, CancellationToken cancellation)
    {
        var watch = Stopwatch.StartNew();
        await run.ResumeAsync(run.ReadExperiments(), cancellation);
        return watch.Elapsed;
    }
}
