using Harness.Core.Definitions;
using Harness.Core.Model;

namespace Harness.Core.Planning;

/// <summary>What a run is going to do: pure data, the same for the same definitions, options and seed.</summary>
public sealed record Plan
{
    /// <summary>The seed of every shuffle.</summary>
    public required ulong Seed { get; init; }

    /// <summary>Whether <c>--quick</c> was given.</summary>
    public required bool Quick { get; init; }

    /// <summary>Sandboxes in order. Those that are timed are started in it, the others in it within each wave (<see cref="Running.Waves"/>).</summary>
    public required ImmutableArray<PlannedSandbox> Sandboxes { get; init; }

    /// <summary>Every trial, in order.</summary>
    public IEnumerable<PlannedTrial> Trials => Sandboxes.SelectMany(sandbox => sandbox.Trials);

    /// <summary>
    /// Which of an experiment's consecutive trials share a sandbox: those of one cell and block; of a timed experiment none, since
    /// starting is what it measures. A driven probe's never do, but what comes after the blocks is one piece of work.
    /// </summary>
    internal static ImmutableArray<PlannedSandbox> Group(IEnumerable<PlannedTrial> trials, ExperimentDefinition experiment)
    {
        var kinds = experiment.Probes.ToDictionary(probe => probe.Id, StringComparer.Ordinal);
        var sandboxes = ImmutableArray.CreateBuilder<PlannedSandbox>();
        foreach (var trial in trials)
        {
            var probe = kinds[trial.Probe];
            if (sandboxes.Count > 0 && Shares(sandboxes[^1].Trials[^1], trial))
            {
                sandboxes[^1] = sandboxes[^1] with { Trials = sandboxes[^1].Trials.Add(trial) };
            }
            else
            {
                sandboxes.Add(new PlannedSandbox(trial.Experiment, trial.Cell, trial.Block, trial.Warmup, experiment.Timed || probe.IsDriven, [trial]));
            }
        }

        return sandboxes.ToImmutable();

        bool Shares(PlannedTrial last, PlannedTrial next) =>
            last.Cell == next.Cell
            && (kinds[next.Probe].IsAfterBlocks
                ? last.Probe == next.Probe
                : !experiment.Timed && last.Block == next.Block && !kinds[last.Probe].IsDriven && !kinds[next.Probe].IsDriven);
    }
}

/// <summary>One start of a container, process or VM and the trials that share it: all of one cell and block, where starting is not what is measured.</summary>
/// <param name="Experiment">The experiment's id.</param>
/// <param name="Cell">Where.</param>
/// <param name="Block">From 1.</param>
/// <param name="Warmup">Flagged as warm-up.</param>
/// <param name="Exclusive">Nothing else may run at the same time.</param>
/// <param name="Trials">In the order in which the agent runs them.</param>
public sealed record PlannedSandbox(string Experiment, Cell Cell, int Block, bool Warmup, bool Exclusive, ImmutableArray<PlannedTrial> Trials);
