using System.Globalization;
using CsvHelper;
using Harness.Analysis.Judging;
using Harness.Analysis.Tables;
using Harness.Core;
using Harness.Core.Journaling;

namespace Harness.Analysis.Checking;

/// <summary>
/// Whether each verdict rests on what its evidence names: <c>trials</c> is the number of trials that the rows of its experiment, claim and
/// scope name, and only a verdict of <c>not tested</c> may rest on none.
/// </summary>
internal static class EvidenceCheck
{
    private const string _verdicts = "verdicts.csv";

    /// <summary>Every verdict that does not; none where nothing was judged yet.</summary>
    /// <exception cref="HarnessException">A table cannot be read.</exception>
    internal static ImmutableArray<Finding> Check(RunFolder folder, ImmutableArray<TrialRow> trials, IReadOnlySet<string> withoutEvidence)
    {
        if (!File.Exists(folder.VerdictsCsv))
        {
            return [];
        }

        var known = trials.Select(trial => trial.TrialId).ToHashSet(StringComparer.Ordinal);
        var findings = ImmutableArray.CreateBuilder<Finding>();
        foreach (var claim in Verdicts(folder).GroupBy(verdict => verdict.Claim, StringComparer.Ordinal))
        {
            var file = $"evidence/{claim.Key}.csv";
            var named = Named(Path.Combine(folder.Evidence, claim.Key + ".csv"));
            findings.AddRange(named.Values.SelectMany(ids => ids).Where(id => !known.Contains(id)).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)
                .Select(id => Finding.Fault(file, $"names trial {id}, which is not in trials.csv")));
            foreach (var verdict in claim.Where(verdict => !withoutEvidence.Contains(verdict.Experiment)))
            {
                var count = named.TryGetValue((verdict.Experiment, verdict.Scope), out var ids) ? ids.Count : 0;
                if (Problem(verdict.Verdict, verdict.Trials, count) is { } problem)
                {
                    var scope = verdict.Scope.Length > 0 ? $" [{verdict.Scope}]" : "";
                    findings.Add(Finding.Fault(_verdicts, $"{verdict.Claim}{scope} of {verdict.Experiment} {problem}"));
                }
            }
        }

        return findings.ToImmutable();
    }

    /// <summary>What is wrong with a verdict on so many trials whose evidence names so many; null where nothing is.</summary>
    internal static string? Problem(string verdict, long trials, int named) =>
        trials != named ? string.Create(CultureInfo.InvariantCulture, $"rests on {trials} {(trials == 1 ? "trial" : "trials")} and its evidence names {named}")
        : named == 0 && verdict != Judging.Verdicts.NotTested ? $"is {verdict} without any evidence"
        : null;

    // With or without headlines.
    private static ImmutableArray<(string Experiment, string Claim, string Scope, string Verdict, long Trials)> Verdicts(RunFolder folder) =>
        RunTables.Read(folder.VerdictsCsv, Csv.VerdictColumnsBeforeHeadlines, reader => (
            reader.GetString("experiment"), reader.GetString("claim"), reader.GetString("scope"), reader.GetString("verdict"),
            long.Parse(reader.GetString("trials"), NumberStyles.None, CultureInfo.InvariantCulture)), andOthers: true);

    private static Dictionary<(string Experiment, string Scope), HashSet<string>> Named(string path)
    {
        var named = new Dictionary<(string, string), HashSet<string>>();
        if (File.Exists(path))
        {
            // Taken row by row: evidence has many rows, and few trials.
            _ = RunTables.Read(path, ["experiment", "claim", "scope", "trial_id"], Take, andOthers: true);
        }

        return named;

        bool Take(CsvReader reader)
        {
            var key = (reader.GetString("experiment"), reader.GetString("scope"));
            if (!named.TryGetValue(key, out var ids))
            {
                named.Add(key, ids = new HashSet<string>(StringComparer.Ordinal));
            }

            return ids.Add(reader.GetString("trial_id"));
        }
    }
}
