using Harness.Core.Journaling;
using Harness.Core.Model;
using Harness.Core.Planning;

namespace Harness.Analysis;

/// <summary>How much of what was planned has been measured.</summary>
/// <param name="Planned">Trials in the plan.</param>
/// <param name="Measured">Of these, trials with an outcome other than <c>unavailable</c> and <c>broken</c>.</param>
/// <param name="Outcomes">Of these, how many by outcome; only those that occur, in the order of <see cref="Outcome"/>.</param>
/// <param name="Gaps">What was not measured and why, the most frequent first.</param>
public sealed record Coverage(int Planned, int Measured, ImmutableArray<(Outcome Outcome, int Trials)> Outcomes, ImmutableArray<CoverageGap> Gaps)
{
    /// <summary>The word for trials that have no row: the run was interrupted.</summary>
    public const string NotRun = "not run";

    /// <summary>Measured of planned, 0 to 1; 1 where nothing was planned.</summary>
    public double Share => Planned == 0 ? 1 : (double)Measured / Planned;

    /// <summary>Trials of one kind, over all gaps.</summary>
    public int Missing(string kind) => Gaps.Where(gap => gap.Kind == kind).Sum(gap => gap.Trials);

    /// <summary>Over the whole run, or over one experiment of it.</summary>
    public static Coverage Of(PlanFile plan, ImmutableArray<TrialRow> trials, string? experiment = null)
    {
        var rows = trials.GroupBy(row => row.TrialId, StringComparer.Ordinal).ToDictionary(group => group.Key, group => group.First(), StringComparer.Ordinal);
        var planned = plan.Trials.Where(trial => experiment is null || trial.Experiment == experiment).ToImmutableArray();
        var committed = planned.Where(trial => rows.ContainsKey(trial.TrialId)).Select(trial => rows[trial.TrialId]).ToImmutableArray();
        return new Coverage(
            planned.Length,
            committed.Count(row => row.Outcome.IsMeasured()),
            [.. committed.GroupBy(row => row.Outcome).OrderBy(group => group.Key).Select(group => (group.Key, group.Count()))],
            [.. planned
                .Select(trial => rows.TryGetValue(trial.TrialId, out var row)
                    ? (trial.Cell, Kind: row.Outcome.IsMeasured() ? "" : row.Outcome.Text(), Reason: row.Detail)
                    : (trial.Cell, Kind: NotRun, Reason: "the run did not get to it; 'harness run --resume' goes on"))
                .Where(trial => trial.Kind.Length > 0)
                .GroupBy(trial => (trial.Kind, trial.Reason))
                .Select(group => new CoverageGap(
                    group.Key.Kind, group.Key.Reason, group.Count(), [.. group.Select(trial => trial.Cell).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)]))
                .OrderByDescending(gap => gap.Trials).ThenBy(gap => gap.Kind, StringComparer.Ordinal).ThenBy(gap => gap.Reason, StringComparer.Ordinal)]);
    }
}

/// <summary>Planned trials that were not measured for one reason.</summary>
/// <param name="Kind"><c>unavailable</c>, <c>broken</c> or <see cref="Coverage.NotRun"/>.</param>
/// <param name="Reason">One line.</param>
/// <param name="Trials">How many.</param>
/// <param name="Cells">Names of the cells they belong to, sorted.</param>
public sealed record CoverageGap(string Kind, string Reason, int Trials, ImmutableArray<string> Cells);
