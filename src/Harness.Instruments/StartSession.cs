using System.Runtime.ExceptionServices;
using Harness.Core.Model;
using Harness.Core.Running;

namespace Harness.Instruments;

/// <summary>
/// The starts of one cell, one an iteration: first those that warm up, then one a trial. BenchmarkDotNet calls an iteration's setup and
/// cleanup synchronously, so they have to block on what they start; a command line has no synchronisation context that this could lock up.
/// </summary>
internal sealed class StartSession(DrivenTrials work, int warmup, CancellationToken cancellation) : IDisposable
{
    private readonly List<Start> _starts = [];
    private Task? _running;
    private ExceptionDispatchInfo? _failure;

    /// <summary>Makes the next sandbox and looks at the machine.</summary>
    internal void Prepare() => Keep(() =>
    {
        _running = null;
        cancellation.ThrowIfCancellationRequested();
        var number = _starts.Count - warmup;
        var trial = work.Trials[Math.Clamp(number, 0, work.Trials.Length - 1)];
        // Blocks, as Wait does and for its reason.
        var conditions = work.Options.Conditions?.BeginAsync(cancellation).GetAwaiter().GetResult();
        _starts.Add(new Start(work.Sandbox(trial), conditions));
    });

    /// <summary>Completes when the first frame is there, or the sandbox ended without one.</summary>
    internal Task StartAsync()
    {
        if (_failure is not null)
            return Task.CompletedTask;
        var start = _starts[^1];
        _running = start.Sandbox.RunAsync(cancellation);
        return Task.WhenAny(start.Sandbox.Arrived, _running);
    }

    /// <summary>Waits until the sandbox is gone.</summary>
    internal void Finish() => Keep(() =>
    {
        Wait();
        var start = _starts[^1];
        start.Readings = start.Conditions?.End() ?? [];
    });

    /// <summary>Throws what went wrong on the way.</summary>
    internal void ThrowIfFailed() => _failure?.Throw();

    /// <summary>One result a trial.</summary>
    /// <param name="nanoseconds">What was measured, in the order of trials.</param>
    /// <param name="complaint">Why there is less of it than trials.</param>
    internal ImmutableArray<TrialResult> Results(ImmutableArray<double> nanoseconds, string complaint) =>
        [.. work.Trials.Select((trial, index) => index < nanoseconds.Length && index + warmup < _starts.Count
            ? Result(_starts[index + warmup], nanoseconds[index])
            : Missing(trial, complaint))];

    // A start that was cut off within its iteration has no cleanup: nothing of it may outlive the session.
    public void Dispose() => Keep(Wait);

    // Blocks: the library calls setup and cleanup of an iteration without awaiting anything.
    private void Wait() => _running?.GetAwaiter().GetResult();

    // An exception within an iteration is one too many for the library, which loses it in another of its own.
    private void Keep(Action step)
    {
        if (_failure is not null && _running is null)
            return;
        try
        {
            step();
        }
        catch (Exception e)
        {
            _failure ??= ExceptionDispatchInfo.Capture(e);
        }
    }

    private static TrialResult Result(Start start, double nanoseconds)
    {
        // An end without a word is no arrival, and its time is none either.
        var wall = start.Sandbox.Arrived.IsCompletedSuccessfully ? [Observation.Number("wall_ns", "", decimal.Round((decimal)nanoseconds))] : ImmutableArray<Observation>.Empty;
        return start.Sandbox.Results([.. start.Readings, .. wall])[0];
    }

    private TrialResult Missing(PlannedTrial trial, string complaint) => new()
    {
        Trial = trial,
        Outcome = Outcome.Broken,
        Detail = $"BenchmarkDotNet did not measure this iteration: {complaint.ReplaceLineEndings(" ")}",
        StartedAt = work.Options.Time.GetUtcNow(),
    };

    private sealed class Start(SandboxRun sandbox, IConditionsReading? conditions)
    {
        internal SandboxRun Sandbox { get; } = sandbox;

        internal IConditionsReading? Conditions { get; } = conditions;

        internal ImmutableArray<Observation> Readings { get; set; } = [];
    }
}
