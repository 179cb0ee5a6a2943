using System.Globalization;
using Harness.Analysis.Tables;
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

    /// <summary>Trials that need an image which only registries have that cannot be reached from here: nothing of theirs failed.</summary>
    public int NotReachable => Gaps.Where(gap => gap.NotReachable).Sum(gap => gap.Trials);

    /// <summary>Trials of one kind, over all gaps.</summary>
    public int Missing(string kind) => Gaps.Where(gap => gap.Kind == kind).Sum(gap => gap.Trials);

    /// <summary>Over the whole run, or over one experiment of it.</summary>
    public static Coverage Of(PlanFile plan, ImmutableArray<TrialRow> trials, string? experiment = null)
    {
        // Of a million trials, all measured, nothing is kept but where they are.
        var rows = new Dictionary<string, TrialRow>(trials.Length, StringComparer.Ordinal);
        foreach (var row in trials)
        {
            rows.TryAdd(row.TrialId, row);
        }

        var (planned, outcomes) = (0, new SortedDictionary<Outcome, int>());
        var missed = new List<(string Cell, string Kind, string Reason, MissingImage? Image)>();
        foreach (var trial in plan.Trials.Where(trial => experiment is null || trial.Experiment == experiment))
        {
            planned++;
            if (!rows.TryGetValue(trial.TrialId, out var row))
            {
                missed.Add((trial.Cell, NotRun, "not reached", null));
                continue;
            }

            outcomes[row.Outcome] = outcomes.GetValueOrDefault(row.Outcome) + 1;
            if (!row.Outcome.IsMeasured())
            {
                missed.Add((trial.Cell, row.Outcome.Text(), row.Detail, row.Outcome == Outcome.Unavailable ? MissingImage.Parse(row.Detail) : null));
            }
        }

        return new Coverage(
            planned,
            outcomes.Where(outcome => outcome.Key.IsMeasured()).Sum(outcome => outcome.Value),
            [.. outcomes.Select(outcome => (outcome.Key, outcome.Value))],
            [.. missed
                .Where(trial => trial.Image is null)
                .GroupBy(trial => (trial.Kind, trial.Reason))
                .Select(group => new CoverageGap(group.Key.Kind, group.Key.Reason, group.Count(), Cells(group.Select(trial => trial.Cell))) { Remedy = group.Key.Kind == NotRun ? "continue with 'harness run --resume'" : "" })
                .Concat(Unreachable([.. missed.Where(trial => trial.Image is not null).Select(trial => (trial.Cell, trial.Image!))]))
                .OrderByDescending(gap => gap.Trials).ThenBy(gap => gap.Kind, StringComparer.Ordinal).ThenBy(gap => gap.Reason, StringComparer.Ordinal)]);
    }

    // One gap: a user without a registry learns it once, not once a userland.
    private static IEnumerable<CoverageGap> Unreachable(ImmutableArray<(string Cell, MissingImage Image)> missed)
    {
        if (missed.IsEmpty)
        {
            yield break;
        }

        var userlands = missed.Select(trial => trial.Image.Userland).Distinct(StringComparer.Ordinal).Count();
        var registries = missed.SelectMany(trial => trial.Image.Registries).DistinctBy(registry => registry.Host).OrderBy(registry => registry.Host, StringComparer.Ordinal).ToList();
        var one = userlands == 1 ? "1 userland needs a registry" : string.Create(CultureInfo.InvariantCulture, $"{userlands} userlands need a registry");
        yield return new CoverageGap(
            Outcome.Unavailable.Text(),
            $"{one} that cannot be reached from here: {string.Join("; ", registries.Select(registry => $"{registry.Host} ({registry.Why})"))}",
            missed.Length,
            Cells(missed.Select(trial => trial.Cell)))
        {
            NotReachable = true,
            Remedy = "run it where they can be reached, or name a copy with --mirror images=WHERE",
        };
    }

    private static ImmutableArray<string> Cells(IEnumerable<string> cells) => [.. cells.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
}

/// <summary>Planned trials that were not measured for one reason.</summary>
/// <param name="Kind"><c>unavailable</c>, <c>broken</c> or <see cref="Coverage.NotRun"/>.</param>
/// <param name="Reason">One line.</param>
/// <param name="Trials">How many.</param>
/// <param name="Cells">Names of the cells they belong to, sorted.</param>
public sealed record CoverageGap(string Kind, string Reason, int Trials, ImmutableArray<string> Cells)
{
    /// <summary>All of them lack an image, and every registry that has it cannot be reached.</summary>
    public bool NotReachable { get; init; }

    /// <summary>What would let them be measured, where that is known apart from the reason; else empty.</summary>
    public string Remedy { get; init; } = "";

    /// <summary>The userlands of its cells: at most three, and how many more.</summary>
    public string Userlands
    {
        get
        {
            var all = Cells.Select(cell => Cell.Parse(cell).Userland).Distinct(StringComparer.Ordinal).ToList();
            return string.Join(", ", all.Take(3)) + (all.Count > 3 ? string.Create(CultureInfo.InvariantCulture, $" and {all.Count - 3} more") : "");
        }
    }
}
