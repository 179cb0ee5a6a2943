using System.Diagnostics;
using System.Globalization;
using Harness.Cli;
using Harness.Core.Definitions;
using Harness.Core.Model;
using Harness.Core.Planning;
using Harness.Core.Running;
using Harness.Host.Facts;
using Harness.Images.Userlands;
using Spectre.Console;

namespace Harness.Runs;

/// <summary>
/// Shows a run on stderr, phase by phase (preparing, then one experiment after the other): what is done, what runs now, and how long the rest
/// takes. A bar on a terminal, plain lines elsewhere; messages also go to the run's log.
/// </summary>
public sealed class RunProgress : IRunObserver, IProgress<string>, IProgress<PullState>, IDisposable
{
    private static readonly TimeSpan _plainInterval = TimeSpan.FromSeconds(15);

    private readonly Lock _gate = new();
    private readonly Terminal _terminal;
    private readonly StreamWriter _log;
    private readonly Func<IEnumerable<PlannedSandbox>, RunForecast> _forecasts;
    private readonly RunTally _tally;
    private readonly Dictionary<PlannedSandbox, TimeSpan> _running = new(ReferenceEqualityComparer.Instance);
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private RunForecast _forecast;
    private readonly PullLines _pulls;
    private ProgressContext? _bars;
    private ProgressTask? _bar;
    private ProgressTask? _pullBar;
    private string _phase = "preparing";
    private TimeSpan _lastLine;
    private TimeSpan _preparing;

    /// <summary>Appends to the log at <paramref name="logPath"/>.</summary>
    /// <param name="terminal">Where it is shown.</param>
    /// <param name="logPath">The run's log.</param>
    /// <param name="experiments">Those of the run.</param>
    /// <param name="plan">The whole plan.</param>
    /// <param name="isDone">Whether a trial has its row already.</param>
    /// <param name="parallel">Sandboxes at a time where nothing is timed.</param>
    public RunProgress(Terminal terminal, string logPath, ImmutableArray<ExperimentDefinition> experiments, Plan plan, Func<PlannedTrial, bool> isDone, int parallel)
    {
        _pulls = new PullLines(Line, TimeProvider.System);
        (_terminal, _forecasts) = (terminal, sandboxes => new RunForecast(sandboxes, experiments, parallel, plan.Quick));
        _forecast = _forecasts([]);
        _tally = new RunTally(plan, isDone);
        _log = new StreamWriter(new FileStream(logPath, FileMode.Append, FileAccess.Write, FileShare.ReadWrite)) { NewLine = "\n", AutoFlush = true };
    }

    /// <summary>How many trials ended in each way, of those run now.</summary>
    public IReadOnlyDictionary<Outcome, int> Outcomes => _tally.Outcomes;

    /// <summary>Runs <paramref name="work"/> and shows it.</summary>
    public async Task ShowAsync(Func<Task> work)
    {
        if (!_terminal.Error.Profile.Capabilities.Interactive)
        {
            await work();
            return;
        }

        await _terminal.Error.Progress()
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn { Width = 20 }, new LeftColumn(RemainingNow), new SpinnerColumn())
            .StartAsync(async context =>
            {
                _bars = context;
                _bar = context.AddTask("preparing", autoStart: false, maxValue: 1);
                await work();
            });
    }

    /// <inheritdoc/>
    public void Begin(int planned, int committed)
    {
        lock (_gate)
        {
            _tally.Begin(planned, committed);
            if (committed > 0)
            {
                Line(string.Create(CultureInfo.InvariantCulture, $"{committed} of {planned} trials are already done"));
            }

            if (_bar is not null)
            {
                _bar.MaxValue = planned;
                _bar.Value = committed;
            }
        }
    }

    /// <inheritdoc/>
    public void Running(ImmutableArray<PlannedSandbox> sandboxes)
    {
        lock (_gate)
        {
            _forecast = _forecasts(sandboxes);
        }
    }

    /// <inheritdoc/>
    public void Preparing(Wave wave, int done, int cells)
    {
        lock (_gate)
        {
            if (done == 0)
            {
                _preparing = _clock.Elapsed;
            }

            Show(false, RunWords.Preparation(wave, string.Create(CultureInfo.InvariantCulture, $"{done} of {cells} cells")), $"; {Remaining()} left");
        }
    }

    /// <inheritdoc/>
    public void Prepared(Wave wave, ImmutableArray<PlannedSandbox> ready)
    {
        lock (_gate)
        {
            _forecast.Prepared(wave.Held, _clock.Elapsed - _preparing);
            foreach (var sandbox in wave.Sandboxes.Except(ready))
            {
                _forecast.Dropped(sandbox);
            }

            // Its experiments are named anew: each wave runs through all of them.
            _phase = "";
            Show(true, RunWords.Preparation(wave, "done"), $"; {Remaining()} left");
        }
    }

    /// <inheritdoc/>
    public void Started(PlannedSandbox sandbox)
    {
        lock (_gate)
        {
            _running[sandbox] = _clock.Elapsed;
            if (sandbox.Experiment != _phase)
            {
                _phase = sandbox.Experiment;
                Show(true, Status(), $"; {Remaining()} left");
            }
        }
    }

    /// <inheritdoc/>
    public void Ended(PlannedSandbox sandbox, TimeSpan took)
    {
        lock (_gate)
        {
            _running.Remove(sandbox);
            _forecast.Ended(sandbox, took);
        }
    }

    /// <inheritdoc/>
    public void Committed(TrialResult result)
    {
        lock (_gate)
        {
            _tally.Committed(result);
            _bar?.StartTask();
            _bar?.Increment(1);
            var isEnd = _tally.IsThrough;
            Show(isEnd, isEnd ? _tally.Ended() : Status(), isEnd ? $"; took {RemainingTime.Of(_clock.Elapsed)}" : $"; {Remaining()} left");
        }
    }

    /// <inheritdoc/>
    public void Message(string text)
    {
        lock (_gate)
        {
            Line(text);
        }
    }

    /// <inheritdoc/>
    public void Report(string value) => Message(value);

    /// <inheritdoc/>
    public void Report(PullState value)
    {
        lock (_gate)
        {
            if (_bars is null)
            {
                _pulls.Report(value);
                return;
            }

            _pullBar ??= _bars.AddTask("pulling");
            _pullBar.Description = Markup.Escape(PullLines.Text(value));
            _pullBar.MaxValue = Math.Max(1, value.BytesPlanned);
            _pullBar.Value = value.Bytes;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _log.Dispose();

    private string RemainingNow()
    {
        lock (_gate)
        {
            return Remaining();
        }
    }

    private string Remaining() => RemainingTime.InWords(_forecast.Left([.. _running.Select(pair => (pair.Key, _clock.Elapsed - pair.Value))]));

    private string Status() => _tally.Status(_phase, _running.Keys, isBeside: _bar is not null);

    // What is new is said at once; the rest only now and then.
    private void Show(bool isNew, string status, string left)
    {
        if (_bar is not null)
        {
            _bar.Description = Markup.Escape(ShownText.OneLine(status));
        }
        else if (isNew || _clock.Elapsed - _lastLine >= _plainInterval)
        {
            _lastLine = _clock.Elapsed;
            Line(status + left);
        }
    }

    private void Line(string message)
    {
        // The log is read in a terminal, too, and is published with the run.
        var text = ShownText.OneLine(Redaction.Address(message));
        _log.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{DateTime.UtcNow:yyyy-MM-dd'T'HH:mm:ss'Z'} {text}"));
        if (_bar is not null)
        {
            _terminal.Error.MarkupLineInterpolated(CultureInfo.InvariantCulture, $"{text}");
        }
        else
        {
            _terminal.Message(text);
        }
    }
}
