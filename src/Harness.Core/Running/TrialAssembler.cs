using System.Globalization;
using Harness.Core.Definitions;
using Harness.Core.Model;
using Harness.Core.Protocol;

namespace Harness.Core.Running;

/// <summary>
/// Makes trials out of one sandbox's frames and end. Pure but for the clock: whatever the sandbox did, every planned trial
/// comes out exactly once, with an exact reading or a reason.
/// </summary>
public sealed class TrialAssembler
{
    private readonly ImmutableArray<PlannedTrial> _trials;
    private readonly Dictionary<string, ProbeDefinition> _probes;
    private readonly Dictionary<string, MetricDefinition> _declared;
    private readonly Dictionary<string, MetricDefinition> _metrics;
    private readonly Dictionary<string, MetricDefinition> _programs;
    private readonly TimeProvider _time;
    private readonly DateTimeOffset _startedAt;
    private readonly ProbeState[] _states;
    private readonly bool _timed;
    private readonly TreatmentFacts _facts = new();
    private HelloFrame? _hello;

    /// <summary>For the trials of one sandbox, in the order of the indices that the agent's plan gave them.</summary>
    public TrialAssembler(ImmutableArray<PlannedTrial> trials, ExperimentDefinition experiment, TimeProvider time)
    {
        _trials = trials;
        _probes = experiment.Probes.ToDictionary(probe => probe.Id, StringComparer.Ordinal);
        _declared = experiment.Metrics.Where(metric => !Treatments.Metrics.Contains(metric.Id)).ToDictionary(metric => metric.Id, StringComparer.Ordinal);
        _metrics = _declared.Values.Where(metric => !HarnessMetrics.Around.Contains(metric.Id)).ToDictionary(metric => metric.Id, StringComparer.Ordinal);
        // What a program under test writes becomes readings: none of them may pass for what others saw of its sandbox.
        _programs = _metrics.Values.Where(metric => !HarnessMetrics.First.Contains(metric.Id)).ToDictionary(metric => metric.Id, StringComparer.Ordinal);
        _time = time;
        _startedAt = time.GetUtcNow();
        _timed = experiment.Timed;
        _states = [.. trials.Select(_ => new ProbeState())];
    }

    /// <summary>Takes the next frame.</summary>
    public void Take(Frame frame)
    {
        if (frame is HelloFrame hello)
        {
            _hello = hello;
        }

        _facts.Take(frame);
        if (frame is not ProbeFrame { Probe: var index } || index >= _states.Length)
        {
            return;
        }

        var state = _states[index];
        switch (frame)
        {
            case ProbeStartedFrame:
                state.StartedAt = _time.GetUtcNow();
                break;
            case NumberFrame number:
                Read(state, number.Metric, MetricType.Number, metric => Observation.Number(metric, Printable(number.Subject), number.Value));
                break;
            case TextFrame text:
                Read(state, text.Metric, MetricType.Text, metric => Observation.OfText(metric, Printable(text.Subject), SandboxText.Printable(text.Text.Span)));
                break;
            case OutputFrame output:
                (output.Channel == 1 ? state.Output : state.Error).Write(output.Bytes.Span);
                break;
            case ProbeEndedFrame ended:
                state.End = ended;
                break;
        }
    }

    /// <summary>Whether the frames tell the end of the trial of this index.</summary>
    public bool HasEnd(int index) => _states[index].End is not null;

    /// <summary>
    /// Every planned trial, in order. A channel that broke proves nothing of what came over it, before or after: all trials are broken. One
    /// that was only cut off costs those trials alone whose end had not come.
    /// </summary>
    /// <param name="end">How the sandbox ended.</param>
    /// <param name="protocolError">Why its channel broke, or null.</param>
    /// <param name="sandboxId">Its id.</param>
    /// <param name="imageDigest">Its image, or empty.</param>
    public ImmutableArray<TrialResult> Finish(SandboxEnd end, ProtocolError? protocolError, string sandboxId, string imageDigest)
    {
        // The sandbox as a whole is told of once, with its first trial, whatever became of that.
        var treatment = _timed ? [] : end.Treatment?.Invoke(protocolError is { IsCutOff: false } ? new TreatmentFacts() : _facts) ?? [];
        return Finish(end, protocolError, treatment, sandboxId, imageDigest);
    }

    private ImmutableArray<TrialResult> Finish(SandboxEnd end, ProtocolError? protocolError, ImmutableArray<TreatmentReading> treatment, string sandboxId, string imageDigest) =>
    [
        .. _trials.Select((trial, index) =>
        {
            var state = _states[index];
            // What ran was not what the cell's name says: nothing that it said counts.
            var ending = Treatments.Contradiction(treatment) is { } contradiction ? new Ending(Outcome.Broken, contradiction)
                : protocolError is { IsCutOff: false } ? new Ending(Outcome.Broken, $"the channel broke: {protocolError.Reason}")
                : state.End is null ? WithoutEnd(state, end, protocolError)
                : WithEnd(trial, state, end);
            return new TrialResult
            {
                Trial = trial,
                Outcome = ending.Outcome,
                ExitCode = ending.ExitCode,
                Signal = ending.Signal,
                Detail = ending.Detail.ReplaceLineEndings(" "),
                Sandbox = sandboxId,
                ImageDigest = imageDigest,
                StartedAt = state.StartedAt ?? _startedAt,
                DurationNs = ending.DurationNs,
                Observations =
                [
                    .. ending.Outcome.IsMeasured() ? [.. ending.Readings, .. FirstInstruction(), .. end.HostReadings.Where(reading => _declared.ContainsKey(reading.Metric))] : ImmutableArray<Observation>.Empty,
                    .. index == 0 ? Treatments.Observations(treatment) : [],
                ],
            };
        }),
    ];

    // Where starting is measured, whatever the payload is. A negative value is the errno of a clock that the kernel lacks.
    private IEnumerable<Observation> FirstInstruction()
    {
        if (!_timed || _hello is null)
        {
            yield break;
        }

        foreach (var (metric, value) in new[] { ("first_monotonic_ns", _hello.FirstMonotonicNs), ("first_boottime_ns", _hello.FirstBoottimeNs) })
        {
            if (value >= 0 && _declared.ContainsKey(metric))
            {
                yield return Observation.Number(metric, "", value);
            }
        }
    }

    private static string Printable(string text) => SandboxText.Printable(System.Text.Encoding.UTF8.GetBytes(text));

    private void Read(ProbeState state, string name, MetricType type, Func<string, Observation> reading)
    {
        if (!_metrics.TryGetValue(name, out var metric))
        {
            state.Problem ??= $"the agent reported the metric '{SandboxText.Shorten(Printable(name), 60)}', which the experiment does not declare";
        }
        else if (metric.Type != type)
        {
            state.Problem ??= $"the agent reported {name} as a {type.ToString().ToLowerInvariant()}, the experiment declares a {metric.Type.ToString().ToLowerInvariant()}";
        }
        else
        {
            state.Readings.Add(reading(name));
        }
    }

    private static Ending WithoutEnd(ProbeState state, SandboxEnd end, ProtocolError? protocolError) => end switch
    {
        // Whatever ended the whole sandbox cut the channel off too: that is no failure of the channel.
        SandboxEnd.Crashed crashed => new Ending(Outcome.Crashed, state.StartedAt is null ? $"{crashed.Reason}, before this probe" : crashed.Reason),
        SandboxEnd.DeadlineExceeded => new Ending(Outcome.Timeout, "the sandbox did not end before its deadline and was ended"),
        SandboxEnd.Refused refused => new Ending(Outcome.Refused, refused.Reason),
        SandboxEnd.Failed failed => new Ending(Outcome.Broken, failed.Reason),
        SandboxEnd.Exited { OutOfMemory: true } when state.StartedAt is not null =>
            new Ending(Outcome.Crashed, "the sandbox reached its memory limit and was ended") with { Signal = 9 },
        SandboxEnd.Exited exited => new Ending(
            Outcome.Broken,
            $"the agent ended with status {exited.ExitCode.ToString(CultureInfo.InvariantCulture)} without a result{(protocolError is null ? "" : $" ({protocolError.Reason})")}"),
        _ => new Ending(Outcome.Broken, "the sandbox ended in a way that is not known"),
    };

    private Ending WithEnd(PlannedTrial trial, ProbeState state, SandboxEnd end)
    {
        var ended = state.End!;
        var (outcome, detail) = Classify(state, ended, end);
        var readings = state.Readings.ToImmutable();
        var problem = state.Problem;
        if (problem is null && outcome == Outcome.Ok && _probes[trial.Probe].Kind is ProbeKind.Script or ProbeKind.Program)
        {
            readings = readings.AddRange(ScriptReadings.Parse(state.Output.ToArray(), _programs, out problem));
        }

        if (problem is not null)
        {
            (outcome, detail) = (Outcome.Broken, problem);
        }

        var ran = ended.Kind is not (EndKind.Refused or EndKind.AgentFailed);
        return new Ending(outcome, detail) with
        {
            ExitCode = ended.Kind == EndKind.Exited ? ended.Code : null,
            Signal = ended.Kind == EndKind.Signaled ? ended.Code : null,
            DurationNs = ran ? ended.EndedNs - ended.StartedNs : null,
            Readings = readings,
        };
    }

    private static (Outcome Outcome, string Detail) Classify(ProbeState state, ProbeEndedFrame ended, SandboxEnd end) => ended.Kind switch
    {
        EndKind.Exited when ended.Code == 0 => (Outcome.Ok, ""),
        EndKind.Exited => (Outcome.Failed, LastWords(state)),
        EndKind.Signaled => (Outcome.Crashed, end is SandboxEnd.Exited { OutOfMemory: true } ? "the sandbox reached its memory limit" : LastWords(state)),
        EndKind.TimedOut => (Outcome.Timeout, "did not end within its time limit and was killed"),
        EndKind.OutputLimit => (Outcome.Failed, "wrote more than its output limit and was killed"),
        EndKind.Refused => (Outcome.Refused, $"{ended.Detail}: {Errno.Describe(ended.Code)}"),
        _ => (Outcome.Broken, $"the agent failed: {ended.Detail}: {Errno.Describe(ended.Code)}"),
    };

    private static string LastWords(ProbeState state)
    {
        var words = SandboxText.Printable(state.Error.ToArray().AsSpan().Trim((byte)'\n'));
        return SandboxText.Shorten(words, 200);
    }

    /// <summary>What became of one probe.</summary>
    private sealed record Ending(Outcome Outcome, string Detail)
    {
        public int? ExitCode { get; init; }

        public int? Signal { get; init; }

        public long? DurationNs { get; init; }

        public ImmutableArray<Observation> Readings { get; init; } = [];
    }

    private sealed class ProbeState
    {
        public DateTimeOffset? StartedAt { get; set; }

        public ProbeEndedFrame? End { get; set; }

        public string? Problem { get; set; }

        public ImmutableArray<Observation>.Builder Readings { get; } = ImmutableArray.CreateBuilder<Observation>();

        public MemoryStream Output { get; } = new();

        public MemoryStream Error { get; } = new();
    }
}
