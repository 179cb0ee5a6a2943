using System.Globalization;
using Harness.Core.Definitions;
using Harness.Core.Model;
using Harness.Core.Planning;
using Harness.Core.Running;

namespace Harness.Instruments.Footprint;

/// <summary>
/// Drives fleet probes: many sandboxes of a cell at a time, looked at from outside. Every step is checked against a budget first,
/// and all that was started is gone when a trial ends.
/// </summary>
/// <param name="witness">Who knows a runtime's processes; null where nobody does.</param>
/// <param name="folder">Where sandboxes keep their files.</param>
/// <param name="isQuick">Whether steps and time are cut short.</param>
/// <param name="room">What the machine has free; null where it does not tell.</param>
internal sealed class FleetDriver(Func<IRuntime, ISandboxWitness?> witness, string folder, bool isQuick, Func<string, MachineRoom?> room) : ITrialDriver
{
    /// <inheritdoc/>
    public ProbeKind Kind => ProbeKind.Fleet;

    /// <inheritdoc/>
    public async Task<ImmutableArray<TrialResult>> RunAsync(DrivenTrials work, CancellationToken cancellation)
    {
        var results = ImmutableArray.CreateBuilder<TrialResult>();
        foreach (var trial in work.Trials)
            results.Add(await RunAsync(work, trial, cancellation));
        return results.ToImmutable();
    }

    private async Task<TrialResult> RunAsync(DrivenTrials work, PlannedTrial trial, CancellationToken cancellation)
    {
        var result = new TrialResult { Trial = trial, Outcome = Outcome.Ok, ImageDigest = work.Ready.ImageDigest, StartedAt = work.Options.Time.GetUtcNow() };
        if (FleetPlan.Parse(work.Probe.Command, out var reason) is not { } plan)
            return result with { Outcome = Outcome.Broken, Detail = reason };
        if (witness(work.Runtime) is not { } eyes)
            return result with { Outcome = Outcome.Unavailable, Detail = $"fleet probes cannot inspect runtime '{work.Runtime.Engine}/{work.Runtime.Runtime}'" };
        if (room(folder) is not { } free)
            return result with { Outcome = Outcome.Unavailable, Detail = "the host does not say what is free: fleets run on Linux only" };
        plan = isQuick ? plan.Quick() : plan;
        var conditions = work.Options.Conditions is null ? null : await work.Options.Conditions.BeginAsync(cancellation);
        // Its time begins now: waiting for a quiet machine is no starting.
        var trialWork = new FleetTrial(work, trial, eyes, FleetBudget.Of(free, plan.Time), () => room(folder) ?? free);
        var ending = plan.Shape switch
        {
            "storm" => await StormShape.RunAsync(trialWork, plan, cancellation),
            "disk" => await DiskShape.RunAsync(trialWork, cancellation),
            _ => await GrowthShape.RunAsync(trialWork, plan, cancellation),
        };
        if (ending.Failure is { } failure)
            return result with { Outcome = ending.Outcome, Detail = failure };
        return result with { Observations = [.. ending.Readings, .. (conditions?.End() ?? []).Where(reading => work.Experiment.Metrics.Any(metric => metric.Id == reading.Metric))] };
    }
}

/// <summary>How a fleet's trial ended.</summary>
/// <param name="Readings">What was read.</param>
/// <param name="Outcome">Other than ok only with a failure.</param>
/// <param name="Failure">Why nothing was measured, or null.</param>
internal sealed record FleetEnding(ImmutableArray<Observation> Readings, Outcome Outcome = Outcome.Ok, string? Failure = null)
{
    /// <summary>Not even one fits or starts.</summary>
    internal static FleetEnding Nothing(Refusal refusal) => new(
        [],
        refusal.Resource switch
        {
            "timeout" => Outcome.Timeout,
            "failure" => refusal.Reason.StartsWith("refused: ", StringComparison.Ordinal) ? Outcome.Refused : Outcome.Broken,
            _ => Outcome.Unavailable,
        },
        refusal.Resource is "failure" or "timeout" ? refusal.Reason : $"the host is too small for one sandbox: {refusal.Resource}: {refusal.Reason}");
}

/// <summary>What became of starting more.</summary>
/// <param name="Failures">Why those that do not hold don't.</param>
/// <param name="Overdue">Not all were there, or had failed, when the trial's time was up; those that were begun are the fleet's to end.</param>
internal sealed record FleetStart(ImmutableArray<string> Failures, Refusal? Overdue)
{
    /// <summary>What speaks against going on where all are needed.</summary>
    public Refusal? Refusal => Overdue ?? (Failures is [var reason, ..] ? new Refusal("failure", reason) : null);
}

/// <summary>One trial's means: its sandboxes, its eyes, its budget.</summary>
internal sealed record FleetTrial(DrivenTrials Work, PlannedTrial Trial, ISandboxWitness Witness, FleetBudget Budget, Func<MachineRoom> Room)
{
    private const long SandboxDisk = 16L << 20;
    private const int HelperProcesses = 32;

    private readonly long _began = Work.Options.Time.GetTimestamp();

    /// <summary>The clock that its time is counted by.</summary>
    public TimeProvider Time => Work.Options.Time;

    // Its sandboxes end themselves after it: what had not started by then would hold nothing to look at.
    private TimeSpan Timeout => Work.Options.Timeout ?? Work.Probe.Timeout ?? Work.Experiment.Timeout;

    /// <summary>None yet.</summary>
    public Fleet NewFleet() => new(Work, Trial);

    /// <summary>What one sandbox may take at most, before any was seen: what its limits allow.</summary>
    public SandboxCost Ceiling => new(
        Work.Experiment.Limits.MemoryBytes + KnownRuntimes.Of(Trial.Cell).OverheadBytes,
        Work.Experiment.Limits.Pids + HelperProcesses, SandboxDisk, TimeSpan.Zero);

    /// <summary>What so many more would cross; null where they fit.</summary>
    public Refusal? Check(int more, SandboxCost each) => Budget.Check(more, each, Room(), Time.GetElapsedTime(_began));

    /// <summary>Starts more of a fleet, as <see cref="Fleet.StartAsync"/> does, until the trial's timeout.</summary>
    public async Task<FleetStart> StartAsync(Fleet fleet, int more, int parallel, CancellationToken cancellation)
    {
        var left = Timeout - Time.GetElapsedTime(_began);
        using var limit = new CancellationTokenSource(left > TimeSpan.Zero ? left : TimeSpan.Zero, Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        try
        {
            return new FleetStart(await fleet.StartAsync(more, parallel, either.Token), null);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            var missing = fleet.Members.Count(member => !member.IsHolding);
            return new FleetStart([], new Refusal("timeout", string.Create(CultureInfo.InvariantCulture, $"{missing} of {fleet.Members.Count} did not start within the {Timeout.TotalSeconds:0.#} s that the trial has")));
        }
    }

    /// <summary>The reading <c>limit</c>: what stopped it, at which number.</summary>
    public static Observation Limit(int n, Refusal refusal) => Observation.OfText("limit", string.Create(CultureInfo.InvariantCulture, $"n={n} {refusal.Resource}"), refusal.Reason);

    /// <summary>Start times of a fleet's members, by their place.</summary>
    public static IEnumerable<Observation> Starts(string prefix, IEnumerable<FleetMember> members, int from = 0) =>
        members.Select((member, index) => Observation.Number("start_ns", string.Create(CultureInfo.InvariantCulture, $"{prefix}i={from + index + 1}"), (decimal)member.StartTime.TotalNanoseconds));
}
