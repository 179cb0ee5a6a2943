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
            return [.. Sources(folder, PlanFile.Read(folder)), .. EvidenceCheck.Check(folder, RunTables.Trials(folder), withoutEvidence ?? ImmutableHashSet<string>.Empty)];
        }
        catch (HarnessException e)
        {
            // A table that cannot be read is a finding like any other: the remaining checks still run.
            return [Finding.Fault(_trials, e.Message)];
        }
    }

    /// <summary>The same of what a run left itself: nothing derived is looked at. Row by row, so that of a very large run no more than ids is held.</summary>
    /// <param name="folder">The run.</param>
    /// <param name="plan">Its plan.</param>
    internal static ImmutableArray<Finding> Sources(RunFolder folder, PlanFile plan)
    {
        var trials = new TrialCheck(plan);
        RunTables.ForEachTrial(folder, (_, trial) => trials.Add(trial));
        return [.. trials.Findings, .. Observations(folder, trials.Ids)];
    }

    private static ImmutableArray<Finding> Observations(RunFolder folder, HashSet<ulong> known)
    {
        var (id, metric, value, text) = (Column("trial_id"), Column("metric"), Column("value"), Column("text"));
        var findings = ImmutableArray.CreateBuilder<Finding>();
        var row = 1;
        RunTables.ForEach(folder.ObservationsCsv, Csv.ObservationColumns, reader =>
        {
            row++;
            if (!(TrialNumber.TryParse(reader.GetSpan(id), out var trial) && known.Contains(trial)))
                findings.Add(Finding.Fault(_observations, $"row {Number(row)} ({reader.GetString(metric)}) belongs to no trial of trials.csv"));
            // Quoted and empty is an empty text; nothing at all is none.
            if (reader.GetSpan(value).IsEmpty == reader.GetRawSpan(text).IsEmpty)
                findings.Add(Finding.Fault(_observations, $"row {Number(row)} ({reader.GetString(metric)}) must have exactly one of value and text"));
        });
        return findings.ToImmutable();

        static int Column(string name) => Csv.ObservationColumns.IndexOf(name);
    }

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);

    private sealed class TrialCheck(PlanFile plan)
    {
        private readonly Dictionary<string, PlannedRow> _planned = plan.Trials.ToDictionary(trial => trial.TrialId, StringComparer.Ordinal);
        private readonly Dictionary<string, int> _twice = new(StringComparer.Ordinal);
        private readonly HashSet<string> _foreign = new(StringComparer.Ordinal);
        private readonly List<Finding> _findings = [];

        /// <summary>Of rows so far.</summary>
        internal HashSet<ulong> Ids { get; } = [];

        internal IEnumerable<Finding> Findings => _twice.Select(trial => Finding.Fault(_trials, $"trial {trial.Key} has {Number(trial.Value)} rows")).Concat(_findings);

        internal void Add(TrialRow trial)
        {
            if (!(TrialNumber.TryParse(trial.TrialId, out var number) ? Ids.Add(number) : _foreign.Add(trial.TrialId)))
                _twice[trial.TrialId] = _twice.GetValueOrDefault(trial.TrialId, 1) + 1;
            if (!_planned.TryGetValue(trial.TrialId, out var row))
                Fault("is not in plan.json");
            else if ((row.Experiment, row.Cell, row.Probe, row.Block, row.Repetition) != (trial.Experiment, trial.Cell, trial.Probe, trial.Block, trial.Repetition))
                Fault("is another one than in plan.json");
            if (Id(trial) != trial.TrialId)
                Fault("does not hash to its id: host, experiment, cell, probe, block or repetition is not what was run");

            void Fault(string message) => _findings.Add(Finding.Fault(_trials, $"trial {trial.TrialId} {message}"));
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
    }
}
