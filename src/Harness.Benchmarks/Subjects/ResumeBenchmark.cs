using System.Diagnostics;
using System.Globalization;
using Harness.Benchmarks.Measuring;
using Harness.Core.Definitions;

namespace Harness.Benchmarks.Subjects;

/// <summary>What a large run costs before anything runs: planning it, and finding that a finished one has nothing left to do.</summary>
public sealed class ResumeBenchmark(ExperimentsFolder definitions, int atLeast) : IBenchmark
{
    // Whole cells: as many trials as asked for, and those that fill the last one.
    private readonly int _cells = (atLeast + ScriptedRun.Probes(definitions) - 1) / ScriptedRun.Probes(definitions);

    private int Trials => _cells * ScriptedRun.Probes(definitions);

    /// <inheritdoc/>
    public string Name => "resume";

    /// <inheritdoc/>
    public string What => $"planning and resuming a finished run of {Trials.ToString("#,0", CultureInfo.InvariantCulture)} trials";

    /// <inheritdoc/>
    public async Task<ImmutableArray<ResultRow>> RunAsync(Rounds rounds, CancellationToken cancellation)
    {
        using var run = new ScriptedRun(definitions, _cells);
        run.KeepDefinitions();
        run.Begin();
        await run.ResumeAsync(run.Experiments, cancellation);
        if (run.Committed != Trials)
        {
            throw new InvalidOperationException($"the run to resume has {run.Committed} trials and should have {Trials}");
        }

        var series = await rounds.MeasureAsync(
            [
                new Subject("plan", Trials, _ => Task.FromResult(Plan(run))),
                new Subject("resume", Trials, token => ResumeAsync(run, token)),
            ],
            cancellation);
        return
        [
            ResultRow.Of(Name, What, "s", Summary.Of([.. series["plan"].Zip(series["resume"], (plan, resume) => plan + resume)]), Aim.AtMost(2)),
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
