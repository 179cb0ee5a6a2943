using System.Globalization;
using Harness.Analysis.Judging;
using Harness.Analysis.Tables;

namespace Harness.Analysis.Comparing;

/// <summary>A verdict that is another one than before, and the rows behind it that changed.</summary>
/// <param name="Experiment">The experiment whose SQL judged.</param>
/// <param name="Claim">The claim.</param>
/// <param name="Scope">Where it holds; empty for the claim as it stands.</param>
/// <param name="Base">The base's verdict; of several runs each once. Null: it is not judged there.</param>
/// <param name="New">The other side's.</param>
/// <param name="Lead">The other side's headline; the base's where it has none.</param>
/// <param name="Rows">Trials whose evidence differs, by cell, probe, block and repetition: of the newest run of each side.</param>
public sealed record VerdictChange(string Experiment, string Claim, string Scope, string? Base, string? New, string Lead, ImmutableArray<ChangedTrial> Rows)
{
    // From what speaks best of a claim to what speaks worst of it.
    private static readonly ImmutableArray<string> _order = [Verdicts.Supported, Verdicts.Qualified, Verdicts.Inconclusive, Verdicts.NotTested, Verdicts.Refuted];

    /// <summary>Whether it speaks worse of the claim, or decides no longer.</summary>
    public bool IsWorse => Base is not null && New is not null && (Worst(New) > Worst(Base) || (Decides(Base) && !Decides(New)));

    // Of several runs the worst counts on both sides alike.
    private static int Worst(string verdicts) => verdicts.Split(Apart).Max(verdict => _order.IndexOf(verdict));

    private static bool Decides(string verdicts) => verdicts.Split(Apart).All(verdict => verdict is Verdicts.Supported or Verdicts.Qualified or Verdicts.Refuted);

    private const string Apart = " / ";

    /// <summary>The verdicts that changed, by experiment, claim and scope; how many claims and scopes both sides judge that one of them has tested; and whether the base has tested any.</summary>
    /// <exception cref="Core.HarnessException">A run's SQL is wrong.</exception>
    public static (ImmutableArray<VerdictChange> Changes, int Compared, bool BaseTested) Of(RunSide before, RunSide after, CancellationToken interruption)
    {
        var (a, b) = (Read(before, interruption), Read(after, interruption));
        // What one side did not plan is a matter of coverage.
        var both = Experiments(before).Intersect(Experiments(after), StringComparer.Ordinal).ToHashSet(StringComparer.Ordinal);
        var changed = a.Keys.Union(b.Keys)
            .Where(key => both.Contains(key.Experiment) && Said(a, key) != Said(b, key))
            .OrderBy(key => key.Experiment, StringComparer.Ordinal).ThenBy(key => key.Claim, StringComparer.Ordinal).ThenBy(key => key.Scope, StringComparer.Ordinal)
            .ToImmutableArray();
        var compared = a.Keys.Count(key => both.Contains(key.Experiment) && b.ContainsKey(key) && (Said(a, key), Said(b, key)) != (Verdicts.NotTested, Verdicts.NotTested));
        return (
        [
            .. changed.GroupBy(key => key.Experiment).SelectMany(experiment =>
            {
                var rows = ChangedTrial.Of(before.Newest, after.Newest, experiment.Key, [.. experiment.Select(key => (key.Claim, key.Scope))], interruption);
                return experiment.Select(key => new VerdictChange(
                    key.Experiment, key.Claim, key.Scope, Said(a, key), Said(b, key), (b.GetValueOrDefault(key) ?? a[key])[^1].Lead, rows[(key.Claim, key.Scope)]));
            }),
        ], compared, a.Keys.Any(key => Said(a, key) != Verdicts.NotTested));

        static string? Said(Dictionary<Key, List<VerdictRow>> verdicts, Key key) =>
            verdicts.TryGetValue(key, out var rows) ? string.Join(Apart, rows.Select(row => row.Verdict).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)) : null;
    }

    private static IEnumerable<string> Experiments(RunSide side) => side.Runs.SelectMany(run => run.Plan.Experiments);

    private static Dictionary<Key, List<VerdictRow>> Read(RunSide side, CancellationToken interruption)
    {
        var all = new Dictionary<Key, List<VerdictRow>>();
        foreach (var run in side.Runs)
        {
            foreach (var experiment in run.Plan.Experiments)
            {
                // Judged again from the rows: verdicts.csv is what somebody wrote.
                using var database = RunDatabase.Open(run.Folder, experiment, interruption);
                foreach (var row in VerdictEngine.ReadVerdicts(database, run.Plan.RunId, experiment))
                {
                    var key = new Key(experiment, row.Claim, row.Scope);
                    if (!all.TryAdd(key, [row]))
                    {
                        all[key].Add(row);
                    }
                }
            }
        }

        return all;
    }

    private sealed record Key(string Experiment, string Claim, string Scope);
}

/// <summary>A trial whose evidence for a claim differs from that of the same trial of the other side.</summary>
/// <param name="Cell">The cell's name.</param>
/// <param name="Probe">The probe.</param>
/// <param name="Block">From 1.</param>
/// <param name="Repetition">From 1.</param>
/// <param name="BaseTrial">Its id in the base; null where it stands behind nothing there.</param>
/// <param name="NewTrial">Its id on the other side; on the same host the same one.</param>
/// <param name="What">What of it differs, one line.</param>
public sealed record ChangedTrial(string Cell, string Probe, int Block, int Repetition, string? BaseTrial, string? NewTrial, string What)
{
    // How much of a difference stands on one line.
    private const int MostColumns = 4;

    // Names rather than properties of a trial.
    private static readonly ImmutableHashSet<string> _names = ImmutableHashSet.Create(StringComparer.OrdinalIgnoreCase, "claim", "scope", "trial_id", "host_id", "run_id", "boot_id", "sandbox");

    /// <summary>Those of some claims and scopes of an experiment, by cell, probe, block and repetition.</summary>
    internal static Dictionary<(string Claim, string Scope), ImmutableArray<ChangedTrial>> Of(
        ComparedRun before, ComparedRun after, string experiment, ImmutableArray<(string Claim, string Scope)> verdicts, CancellationToken interruption)
    {
        var wanted = verdicts.ToHashSet();
        var timed = after.Plan.Experiments.Contains(experiment) && after.Definitions.Find(experiment).Timed;
        var (a, b) = (Read(before, experiment, wanted, timed, interruption), Read(after, experiment, wanted, timed, interruption));
        return verdicts.ToDictionary(verdict => verdict, verdict => Changed(a.GetValueOrDefault(verdict) ?? [], b.GetValueOrDefault(verdict) ?? []));
    }

    private static ImmutableArray<ChangedTrial> Changed(Dictionary<Place, Behind> before, Dictionary<Place, Behind> after) =>
    [
        .. before.Keys.Union(after.Keys)
            .OrderBy(place => place.Cell, StringComparer.Ordinal).ThenBy(place => place.Probe, StringComparer.Ordinal).ThenBy(place => place.Block).ThenBy(place => place.Repetition)
            .Select(place => (Place: place, What: Difference(before.GetValueOrDefault(place), after.GetValueOrDefault(place))))
            .Where(change => change.What.Length > 0)
            .Select(change => new ChangedTrial(
                change.Place.Cell, change.Place.Probe, change.Place.Block, change.Place.Repetition,
                before.GetValueOrDefault(change.Place)?.TrialId, after.GetValueOrDefault(change.Place)?.TrialId, change.What)),
    ];

    private static string Difference(Behind? before, Behind? after)
    {
        if (before is null || after is null)
        {
            return before is null ? "only the new run has it" : "only the base has it";
        }

        var (gone, added) = (Without(before.Rows, after.Rows), Without(after.Rows, before.Rows));
        return (gone, added) switch
        {
            ([], []) => "",
            ([var first, ..], [var second, ..]) => Line(first, second) + More(Math.Max(gone.Count, added.Count) - 1),
            ([var first, ..], _) => $"no longer: {Line(first)}{More(gone.Count - 1)}",
            (_, [var second, ..]) => $"now: {Line(second)}{More(added.Count - 1)}",
        };
    }

    private static List<ImmutableArray<(string Name, string Value)>> Without(List<ImmutableArray<(string Name, string Value)>> rows, List<ImmutableArray<(string Name, string Value)>> others)
    {
        var there = others.Select(Signature).GroupBy(text => text, StringComparer.Ordinal).ToDictionary(text => text.Key, text => text.Count(), StringComparer.Ordinal);
        return [.. rows.Where(row => !(there.TryGetValue(Signature(row), out var left) && (there[Signature(row)] = left - 1) >= 0))];
    }

    private static string Signature(ImmutableArray<(string Name, string Value)> row) => string.Join('\u001f', row.Select(field => $"{field.Name}={field.Value}"));

    private static string Line(ImmutableArray<(string Name, string Value)> first, ImmutableArray<(string Name, string Value)> second)
    {
        var values = second.ToDictionary(field => field.Name, field => field.Value, StringComparer.Ordinal);
        var changed = first.Where(field => values.GetValueOrDefault(field.Name, "") != field.Value).ToImmutableArray();
        return Cut(changed.Select(field => $"{field.Name} {Shown(field.Value)} → {Shown(values.GetValueOrDefault(field.Name, ""))}"));
    }

    private static string Line(ImmutableArray<(string Name, string Value)> row) => Cut(row.Where(field => field.Value.Length > 0).Select(field => $"{field.Name} {Shown(field.Value)}"));

    private static string Cut(IEnumerable<string> fields)
    {
        var all = fields.ToList();
        return string.Join(", ", all.Take(MostColumns)) + (all.Count > MostColumns ? ", …" : "");
    }

    private static string More(int rows) => rows > 0 ? string.Create(CultureInfo.InvariantCulture, $"; and {rows} more of its rows") : "";

    private static string Shown(string value) => value.Length == 0 ? "nothing" : value.Length > 60 ? value[..59] + "…" : value;

    private static Dictionary<(string Claim, string Scope), Dictionary<Place, Behind>> Read(
        ComparedRun run, string experiment, HashSet<(string Claim, string Scope)> wanted, bool timed, CancellationToken interruption)
    {
        var all = wanted.ToDictionary(verdict => verdict, _ => new Dictionary<Place, Behind>());
        if (!run.Plan.Experiments.Contains(experiment))
        {
            return all;
        }

        var trials = run.Trials.DistinctBy(trial => trial.TrialId).ToDictionary(trial => trial.TrialId, StringComparer.Ordinal);
        using var database = RunDatabase.Open(run.Folder, experiment, interruption);
        VerdictEngine.ReadEvidence(database, experiment, columns =>
        {
            var (claim, scope, id) = (Index("claim"), Index("scope"), Index("trial_id"));
            // A time differs in every run: what is compared of a timed trial is what else it says.
            var others = Enumerable.Range(0, columns.Length).Where(i => !_names.Contains(columns[i]) && !columns[i].EndsWith("_ns", StringComparison.Ordinal)).ToImmutableArray();
            return row =>
            {
                if (all.TryGetValue((row[claim] ?? "", row[scope] ?? ""), out var places) && trials.TryGetValue(row[id] ?? "", out var trial))
                {
                    Of(places, trial).Rows.Add([.. others.Where(i => !timed || !IsNumber(row[i])).Select(i => (columns[i], row[i] ?? ""))]);
                }
            };

            int Index(string column) => columns.IndexOf(column, StringComparer.OrdinalIgnoreCase);
        });
        return all;
    }

    private static bool IsNumber(string? text) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out _);

    private static Behind Of(Dictionary<Place, Behind> places, TrialRow trial)
    {
        var place = new Place(trial.Cell, trial.Probe, trial.Block, trial.Repetition);
        if (!places.TryGetValue(place, out var evidence))
        {
            places.Add(place, evidence = new Behind(trial.TrialId, []));
        }

        return evidence;
    }

    private sealed record Place(string Cell, string Probe, int Block, int Repetition);

    private sealed record Behind(string TrialId, List<ImmutableArray<(string Name, string Value)>> Rows);
}
