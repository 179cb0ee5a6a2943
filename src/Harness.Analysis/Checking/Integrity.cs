using System.Globalization;
using Harness.Analysis.Tables;
using Harness.Core;
using Harness.Core.Journaling;
using Harness.Core.Model;
using Harness.Core.Planning;

namespace Harness.Analysis.Checking;

/// <summary>Whether a run's tables fit together and fit its plan. Says nothing of whether they were changed: that is <see cref="RunChecksums"/>.</summary>
public static class Integrity
{
    private const string _trials = "trials.csv";
    private const string _observations = "observations.csv";

    /// <summary>Every contradiction found; none for a whole run.</summary>
    /// <param name="folder">The run.</param>
    /// <param name="withoutEvidence">Experiments whose evidence could not be derived, which is said elsewhere.</param>
    public static ImmutableArray<Finding> Check(RunFolder folder, IReadOnlySet<string>? withoutEvidence = null)
    {
        try
        {
            var trials = RunTables.Trials(folder);
            return [.. Trials(PlanFile.Read(folder), trials), .. Observations(RunTables.Observations(folder), trials), .. EvidenceCheck.Check(folder, trials, withoutEvidence ?? ImmutableHashSet<string>.Empty)];
        }
        catch (HarnessException e)
        {
            // A table that cannot be read is a finding like any other: the remaining checks still run.
            return [Finding.Fault(_trials, e.Message)];
        }
    }

    /// <summary>The same of what a run left itself: nothing derived is looked at.</summary>
    internal static ImmutableArray<Finding> Sources(RunFolder folder)
    {
        var trials = RunTables.Trials(folder);
        return [.. Trials(PlanFile.Read(folder), trials), .. Observations(RunTables.Observations(folder), trials)];
    }

    private static IEnumerable<Finding> Trials(PlanFile plan, ImmutableArray<TrialRow> trials)
    {
        var planned = plan.Trials.ToDictionary(trial => trial.TrialId, StringComparer.Ordinal);
        foreach (var twice in trials.GroupBy(trial => trial.TrialId, StringComparer.Ordinal).Where(group => group.Count() > 1))
        {
            yield return Finding.Fault(_trials, $"trial {twice.Key} has {Number(twice.Count())} rows");
        }

        foreach (var trial in trials)
        {
            if (!planned.TryGetValue(trial.TrialId, out var row))
            {
                yield return Finding.Fault(_trials, $"trial {trial.TrialId} is not in plan.json");
            }
            else if ((row.Experiment, row.Cell, row.Probe, row.Block, row.Repetition) != (trial.Experiment, trial.Cell, trial.Probe, trial.Block, trial.Repetition))
            {
                yield return Finding.Fault(_trials, $"trial {trial.TrialId} is another one than in plan.json");
            }

            if (Id(trial) != trial.TrialId)
            {
                yield return Finding.Fault(_trials, $"trial {trial.TrialId} does not hash to its id: host, experiment, cell, probe, block or repetition is not what was run");
            }
        }
    }

    private static string? Id(TrialRow trial)
    {
        try
        {
            return new PlannedTrial(trial.Experiment, Cell.Parse(trial.Cell), trial.Probe, trial.Block, trial.Repetition, Warmup: false).Id(trial.HostId);
        }
        catch (FormatException)
        {
            return null;
        }
    }

    private static IEnumerable<Finding> Observations(ImmutableArray<ObservationRow> observations, ImmutableArray<TrialRow> trials)
    {
        var known = trials.Select(trial => trial.TrialId).ToHashSet(StringComparer.Ordinal);
        foreach (var (observation, index) in observations.Select((observation, index) => (observation, index)))
        {
            var where = $"row {Number(index + 2)} ({observation.Metric})";
            if (!known.Contains(observation.TrialId))
            {
                yield return Finding.Fault(_observations, $"{where} belongs to no trial of trials.csv");
            }

            if (observation.HasValue == observation.HasText)
            {
                yield return Finding.Fault(_observations, $"{where} must have exactly one of value and text");
            }
        }
    }

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);
}
