using Harness.Core.Definitions;
using Harness.Core.Model;
using Harness.Core.Protocol;

namespace Harness.Core.Running;

/// <summary>One start of one sandbox for the trials given, from the agent's plan to the trials' results.</summary>
public sealed class SandboxRun
{
    private readonly IRuntime _runtime;
    private readonly Preparation.Ready _ready;
    private readonly SandboxStart _start;
    private readonly TrialAssembler _assembler;
    private readonly SandboxChannel _channel;
    private SandboxEnd _end = new SandboxEnd.Failed("it was not run");

    /// <summary>Prepares everything that need not happen in the start itself.</summary>
    public SandboxRun(
        IRuntime runtime, Preparation.Ready ready, ImmutableArray<PlannedTrial> trials, ExperimentDefinition experiment, ProbeFiles files, RunnerOptions options)
    {
        (_runtime, _ready) = (runtime, ready);
        _start = SandboxStart.For(trials, experiment, files, ready, options.Timeout);
        _assembler = new TrialAssembler(trials, experiment, options.Time);
        _channel = new SandboxChannel(Key, _assembler);
    }

    /// <summary>Unique within the run.</summary>
    public string SandboxId => _start.Request.SandboxId;

    /// <summary>The key of its channel: for <c>raw/</c>, once the sandbox is gone.</summary>
    public ChannelKey Key => _start.Request.Key;

    /// <summary>Completes when the agent's first frame has reached the harness; never where none does.</summary>
    public Task Arrived => _channel.Arrived;

    /// <summary>What the agent wrote, for <c>raw/</c>.</summary>
    public ReadOnlySpan<byte> Frames => _channel.Raw;

    /// <summary>What else the sandbox left for <c>raw/</c>.</summary>
    public ImmutableArray<RawFile> RawFiles => _end.RawFiles;

    /// <summary>Starts the sandbox and waits until it is gone. Only cancellation throws: all else is a way to end.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        try
        {
            _end = await _runtime.RunAsync(_start.Request, _channel, cancellation);
        }
        catch (Exception e) when (!cancellation.IsCancellationRequested)
        {
            // A runtime that throws must cost this sandbox's trials, not the run.
            _end = new SandboxEnd.Failed($"the runtime failed: {e.GetType().Name}: {e.Message}");
        }
    }

    /// <summary>Every trial, in order, after the end.</summary>
    /// <param name="readings">What else the harness has read, added to every trial that measured something.</param>
    public ImmutableArray<TrialResult> Results(ImmutableArray<Observation> readings) =>
        _assembler.Finish(_end with { HostReadings = [.. _end.HostReadings, .. readings] }, _channel.Complete(), SandboxId, _ready.ImageDigest);
}
