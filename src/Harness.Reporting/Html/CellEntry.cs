using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Harness.Analysis;
using Harness.Analysis.Tables;
using Harness.Core.Model;
using Harness.Reporting.Model;

namespace Harness.Reporting.Html;

/// <summary>What became of one cell in one experiment.</summary>
/// <param name="Experiment">The experiment's id.</param>
/// <param name="Cell">Where.</param>
/// <param name="Counts">Trials by outcome, in the order of outcomes; those that were not run last.</param>
/// <param name="Trials">Its rows, in the order of <c>trials.csv</c>.</param>
public sealed record CellEntry(string Experiment, Cell Cell, ImmutableArray<(string Outcome, int Trials)> Counts, ImmutableArray<TrialRow> Trials)
{
    /// <summary>The words of outcomes, the one for trials without a row last.</summary>
    public static ImmutableArray<string> Outcomes { get; } = [.. Enum.GetValues<Outcome>().Select(outcome => outcome.Text()), Coverage.NotRun];

    /// <summary>Names it in a link: the same for the same experiment and cell in every run.</summary>
    public string Anchor { get; } = $"cell-{Experiment}-{Slug(Cell.Name)}-{Sum(Cell.Name)}";

    /// <summary>How many trials of each outcome, in words.</summary>
    public string Came => string.Join(", ", Counts.Select(count => string.Create(CultureInfo.InvariantCulture, $"{count.Trials} {count.Outcome}")));

    /// <summary>Every cell of the run, by experiment in the plan's order, then by name.</summary>
    public static ImmutableArray<CellEntry> All(RunFacts facts)
    {
        var rows = facts.Trials.GroupBy(trial => (trial.Experiment, trial.Cell)).ToDictionary(group => group.Key, group => group.ToImmutableArray());
        var there = facts.Trials.Select(trial => trial.TrialId).ToHashSet(StringComparer.Ordinal);
        var missing = facts.Plan.Trials.Where(trial => !there.Contains(trial.TrialId)).GroupBy(trial => (trial.Experiment, trial.Cell)).ToDictionary(group => group.Key, group => group.Count());
        return
        [
            .. rows.Keys.Union(missing.Keys)
                .OrderBy(key => facts.Plan.Experiments.IndexOf(key.Experiment)).ThenBy(key => key.Cell, StringComparer.Ordinal)
                .Select(key =>
                {
                    ImmutableArray<TrialRow> trials = rows.TryGetValue(key, out var own) ? own : [];
                    var counts = trials.GroupBy(trial => trial.Outcome).OrderBy(group => group.Key).Select(group => (group.Key.Text(), group.Count()));
                    return new CellEntry(key.Experiment, Cell.Parse(key.Cell), [.. counts, .. missing.TryGetValue(key, out var number) ? [(Coverage.NotRun, number)] : Array.Empty<(string, int)>()], trials);
                }),
        ];
    }

    private static string Slug(string name)
    {
        var slug = new StringBuilder();
        foreach (var character in name)
        {
            if (char.IsAsciiLetterOrDigit(character) || character is '.' or '_')
            {
                slug.Append(character);
            }
            else if (slug.Length > 0 && slug[^1] != '-')
            {
                slug.Append('-');
            }
        }

        return slug.ToString(0, Math.Min(slug.Length, 60)).TrimEnd('-');
    }

    // Two names may have one slug.
    private static string Sum(string name) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)).AsSpan(0, 3));
}
