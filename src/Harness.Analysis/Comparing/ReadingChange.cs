using Harness.Analysis.Judging;

namespace Harness.Analysis.Comparing;

/// <summary>A reading of a probing experiment that is another one than before; of several trials and runs each value once.</summary>
/// <param name="Experiment">The experiment.</param>
/// <param name="Cell">The cell's name.</param>
/// <param name="Probe">The probe; empty where the experiment's SQL says what can be compared.</param>
/// <param name="Metric">The metric; <see cref="Outcome"/>: how the trial ended.</param>
/// <param name="Subject">What it is about, as a system call.</param>
/// <param name="Base">The base's reading; null where it has none although the probe was measured.</param>
/// <param name="New">The other side's.</param>
public sealed record ReadingChange(string Experiment, string Cell, string Probe, string Metric, string Subject, string? Base, string? New)
{
    /// <summary>The metric of how a trial ended.</summary>
    public const string Outcome = "outcome";
}

/// <summary>The probing readings of two sides.</summary>
/// <param name="Compared">Readings that both have.</param>
/// <param name="Varying">Readings that are another one in every trial of both sides, of which nothing is said.</param>
/// <param name="Changes">By experiment, cell, probe, metric and subject.</param>
public sealed record ReadingComparison(int Compared, int Varying, ImmutableArray<ReadingChange> Changes)
{
    // What a boot, a process or a clock draws anew says nothing of a cell; a kernel's log line has addresses and process ids in it.
    private const string Readings = """
        SELECT experiment, cell, probe, metric, subject, reading, count(*) AS trials
        FROM (
          SELECT experiment, cell, probe, 'outcome' AS metric, '' AS subject,
            outcome || CASE WHEN signal IS NOT NULL THEN ' (signal ' || signal || ')' WHEN exit_code > 0 THEN ' (status ' || exit_code || ')' ELSE '' END
              || if(outcome = 'ok' OR detail = '', '', ': ' || one_line(without_name(detail))) AS reading
          FROM trial
          WHERE NOT warmup AND outcome NOT IN ('unavailable', 'broken')
          UNION ALL
          SELECT experiment, cell, probe, metric, subject, coalesce(one_line(text), rtrim(rtrim(value::VARCHAR, '0'), '.') || if(unit = '', '', ' ' || unit))
          FROM reading
          WHERE NOT warmup AND outcome NOT IN ('unavailable', 'broken') AND unit <> 'ns' AND metric NOT IN ('pid', 'boot_id', 'btime', 'vsyscall_log', 'load_1m', 'foreign_cpu', 'disturbance')
        )
        GROUP BY ALL
        """;

    private const string Comparable = "SELECT cell, subject, name, reading FROM comparable";

    /// <summary>Compares the readings of probing experiments, in cells that both sides have measured.</summary>
    /// <exception cref="Core.HarnessException">A run's SQL is wrong.</exception>
    public static ReadingComparison Of(RunSide before, RunSide after, CancellationToken interruption)
    {
        var experiments = Probing(before).Intersect(Probing(after), StringComparer.Ordinal).ToImmutableArray();
        var (a, b) = (Read(before, experiments, interruption), Read(after, experiments, interruption));
        var measured = Measured(a);
        measured.IntersectWith(Measured(b));
        var changes = ImmutableArray.CreateBuilder<ReadingChange>();
        var (compared, varying) = (0, 0);
        foreach (var key in a.Keys.Union(b.Keys).Where(key => measured.Contains((key.Experiment, key.Cell, key.Probe))))
        {
            var (first, second) = (a.GetValueOrDefault(key), b.GetValueOrDefault(key));
            compared += first is not null && second is not null ? 1 : 0;
            if (first?.IsVarying == true && second?.IsVarying == true)
            {
                varying++;
            }
            else if (Differ(first, second))
            {
                changes.Add(new ReadingChange(key.Experiment, key.Cell, key.Probe, key.Metric, key.Subject, first?.ToString(), second?.ToString()));
            }
        }

        return new ReadingComparison(compared, varying, [
            .. changes.OrderBy(change => change.Experiment, StringComparer.Ordinal).ThenBy(change => change.Cell, StringComparer.Ordinal).ThenBy(change => change.Probe, StringComparer.Ordinal)
                .ThenBy(change => change.Metric, StringComparer.Ordinal).ThenBy(change => change.Subject.Length).ThenBy(change => change.Subject, StringComparer.Ordinal)]);
    }

    // One that varies on both sides and has a value in common is no finding; one that begins to vary is.
    private static bool Differ(Reading? first, Reading? second) =>
        first is null || second is null || (!first.Values.SetEquals(second.Values) && !(first.Values.Count > 1 && second.Values.Count > 1 && first.Values.Overlaps(second.Values)));

    private static IEnumerable<string> Probing(RunSide side) =>
        side.Runs.SelectMany(run => run.Plan.Experiments.Where(experiment => !run.Definitions.Find(experiment).Timed)).Distinct(StringComparer.Ordinal);

    // What was compared of an experiment stands under no probe: it is there for all of the cell's.
    private static HashSet<(string Experiment, string Cell, string Probe)> Measured(Dictionary<Key, Reading> readings) =>
        [.. readings.Keys.SelectMany<Key, (string, string, string)>(key => [(key.Experiment, key.Cell, key.Probe), (key.Experiment, key.Cell, "")])];

    private static Dictionary<Key, Reading> Read(RunSide side, ImmutableArray<string> experiments, CancellationToken interruption)
    {
        var all = new Dictionary<Key, Reading>();
        foreach (var run in side.Runs)
        {
            // An experiment that says itself what can be compared knows better than its raw readings, which hold times and addresses.
            var own = new HashSet<string>(StringComparer.Ordinal);
            foreach (var experiment in run.Plan.Experiments.Where(experiments.Contains))
            {
                using var database = RunDatabase.Open(run.Folder, experiment, interruption);
                var source = VerdictEngine.Source(experiment);
                if (!database.Query("SELECT 1 FROM duckdb_views() WHERE view_name = 'comparable' AND NOT internal", source).Rows.IsEmpty)
                {
                    own.Add(experiment);
                    database.Read(Comparable, source, _ => row => Add(new Key(experiment, row[0] ?? "", "", row[2] ?? "", row[1] ?? ""), row[3] ?? "", 1));
                }
            }

            using var raw = RunDatabase.Open(run.Folder);
            raw.Read(Readings, "definitions/schema.sql", _ => row =>
            {
                var key = new Key(row[0] ?? "", row[1] ?? "", row[2] ?? "", row[3] ?? "", row[4] ?? "");
                if (experiments.Contains(key.Experiment) && (key.Metric == ReadingChange.Outcome || !own.Contains(key.Experiment)))
                {
                    Add(key, row[5] ?? "", int.Parse(row[6]!, System.Globalization.CultureInfo.InvariantCulture));
                }
            });
        }

        return all;

        void Add(Key key, string value, int trials)
        {
            if (!all.TryGetValue(key, out var reading))
            {
                all.Add(key, reading = new Reading());
            }

            reading.Values.Add(value);
            reading.Trials += trials;
        }
    }

    private sealed record Key(string Experiment, string Cell, string Probe, string Metric, string Subject);

    private sealed class Reading
    {
        public SortedSet<string> Values { get; } = new(StringComparer.Ordinal);

        public int Trials { get; set; }

        public bool IsVarying => Trials > 1 && Values.Count == Trials;

        public override string ToString() => string.Join(" / ", Values);
    }
}
