using System.Diagnostics;
using System.Globalization;
using Harness.Cli;
using Harness.Core.Model;
using Harness.Core.Running;
using Harness.Runtimes.Facts;
using Harness.Runtimes.Userlands;
using Spectre.Console;

namespace Harness.Runs;

/// <summary>Shows a run on stderr: a bar with the time that is left on a terminal, plain lines elsewhere; messages also go to the run's log.</summary>
public sealed class RunProgress : IRunObserver, IProgress<string>, IProgress<PullState>, IDisposable
{
    private static readonly TimeSpan _plainInterval = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private readonly Terminal _terminal;
    private readonly StreamWriter _log;
    private readonly Dictionary<Outcome, int> _outcomes = [];
    private readonly Stopwatch _clock = new();
    private readonly PullLines _pulls;
    private ProgressContext? _bars;
    private ProgressTask? _bar;
    private ProgressTask? _pullBar;
    private TimeSpan _lastLine;
    private int _planned;
    private int _before;
    private int _done;

    /// <summary>Appends to the log at <paramref name="logPath"/>.</summary>
    public RunProgress(Terminal terminal, string logPath)
    {
        _terminal = terminal;
        _pulls = new PullLines(Line, TimeProvider.System);
        _log = new StreamWriter(new FileStream(logPath, FileMode.Append, FileAccess.Write, FileShare.ReadWrite)) { NewLine = "\n", AutoFlush = true };
    }

    /// <summary>How many trials ended in each way, of those run now.</summary>
    public IReadOnlyDictionary<Outcome, int> Outcomes => _outcomes;

    /// <summary>Runs <paramref name="work"/> and shows it.</summary>
    public async Task ShowAsync(Func<Task> work)
    {
        if (!_terminal.Error.Profile.Capabilities.Interactive)
        {
            await work();
            return;
        }

        await _terminal.Error.Progress()
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn(), new SpinnerColumn())
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
            (_planned, _before, _done) = (planned, committed, committed);
            if (committed > 0)
            {
                Line(string.Create(CultureInfo.InvariantCulture, $"{committed} of {planned} trials are there already"));
            }

            if (_bar is not null)
            {
                _bar.MaxValue = planned;
                _bar.Value = committed;
            }
        }
    }

    /// <inheritdoc/>
    public void Committed(TrialResult result)
    {
        lock (_gate)
        {
            // From the first row on: getting images is not what the remaining time should be guessed from.
            _clock.Start();
            _outcomes[result.Outcome] = _outcomes.GetValueOrDefault(result.Outcome) + 1;
            _done++;
            if (_bar is not null)
            {
                _bar.StartTask();
                _bar.Description = Markup.Escape(result.Trial.Experiment);
                _bar.Increment(1);
            }
            else if (_done == _planned || _clock.Elapsed - _lastLine >= _plainInterval)
            {
                _lastLine = _clock.Elapsed;
                Line(PlainLine());
            }
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

    private string PlainLine()
    {
        var run = _done - _before;
        var left = _clock.Elapsed.TotalSeconds / Math.Max(1, run) * (_planned - _done);
        var outcomes = string.Join(", ", _outcomes.OrderBy(pair => pair.Key).Select(pair => string.Create(CultureInfo.InvariantCulture, $"{pair.Value} {pair.Key.Text()}")));
        var eta = _done < _planned ? string.Create(CultureInfo.InvariantCulture, $"; about {Math.Ceiling(left)} s left") : "";
        return string.Create(CultureInfo.InvariantCulture, $"{_done} of {_planned} trials: {outcomes}{eta}");
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
