using Harness.Core.Definitions;
using Harness.Core.Model;

namespace Harness.Core.Running;

/// <summary>
/// Carries out the trials of a driven probe: it starts sandboxes itself, through the cell's runtime, in a way of its own, or none.
/// </summary>
public interface ITrialDriver
{
    /// <summary>The kind of probe it drives.</summary>
    ProbeKind Kind { get; }

    /// <summary>
    /// Measures, and answers one result for every trial, whatever became of it. All it has started is gone when it returns.
    /// Cancellation ends everything and throws.
    /// </summary>
    Task<ImmutableArray<TrialResult>> RunAsync(DrivenTrials work, CancellationToken cancellation);
}

/// <summary>What a driver is given. Nothing else runs meanwhile.</summary>
public sealed record DrivenTrials
{
    /// <summary>Trials of one cell and one probe, in order; of a benchmark or a pull one for each block.</summary>
    public required ImmutableArray<PlannedTrial> Trials { get; init; }

    /// <summary>The experiment they are of.</summary>
    public required ExperimentDefinition Experiment { get; init; }

    /// <summary>The probe: its first word, where it has any, is the agent's builtin, the others are the driver's own.</summary>
    public required ProbeDefinition Probe { get; init; }

    /// <summary>What starts the cell's sandboxes.</summary>
    public required IRuntime Runtime { get; init; }

    /// <summary>What the runtime answered about the cell.</summary>
    public required Preparation.Ready Ready { get; init; }

    /// <summary>What probes bring into a sandbox.</summary>
    public required ProbeFiles Files { get; init; }

    /// <summary>Clock and timeouts.</summary>
    public required RunnerOptions Options { get; init; }

    /// <summary>Told what takes time, one line each.</summary>
    public required Action<string> Message { get; init; }

    /// <summary>One sandbox for one of the trials; it may be started as often as such are made.</summary>
    public SandboxRun Sandbox(PlannedTrial trial) => new(Runtime, Ready, [trial], Experiment, Files, Options);
}
