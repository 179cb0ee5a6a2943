using Harness.Core.Model;

namespace Harness.Core.Planning;

/// <summary>What a run is going to do: pure data, the same for the same definitions, options and seed.</summary>
public sealed record Plan
{
    /// <summary>The seed of every shuffle.</summary>
    public required ulong Seed { get; init; }

    /// <summary>Whether <c>--quick</c> was given.</summary>
    public required bool Quick { get; init; }

    /// <summary>Sandboxes in the order in which they are started.</summary>
    public required ImmutableArray<PlannedSandbox> Sandboxes { get; init; }

    /// <summary>Every trial, in order.</summary>
    public IEnumerable<PlannedTrial> Trials => Sandboxes.SelectMany(sandbox => sandbox.Trials);
}

/// <summary>One start of a container, process or VM, for all trials of one cell in one block.</summary>
/// <param name="Experiment">The experiment's id.</param>
/// <param name="Cell">Where.</param>
/// <param name="Block">From 1.</param>
/// <param name="Warmup">Flagged as warm-up.</param>
/// <param name="Exclusive">Nothing else may run at the same time.</param>
/// <param name="Trials">In the order in which the agent runs them.</param>
public sealed record PlannedSandbox(string Experiment, Cell Cell, int Block, bool Warmup, bool Exclusive, ImmutableArray<PlannedTrial> Trials);
