using System.Globalization;
using Harness.Analysis.Judging;
using Harness.Core.Definitions;
using Harness.Core.Model;
using Harness.Host.Processes;
using Harness.Instruments.Footprint;

namespace Harness.Benchmarks.Coverage;

/// <summary>
/// The intervals of footprint's verdicts, by its own SQL, over many pairs of a container and a VM whose costs are known: the VM's is exactly the
/// least factor that matters above the container's, so that every "supported" is a false alarm. Beside them the interval of earlier versions, which
/// took the steps of a fleet for independent readings.
/// </summary>
public static class FootprintCoverage
{
    private const string Experiment = "footprint";
    private const double MiB = 1024 * 1024, Container = 100 * MiB, Factor = 1.1, Machine = Container * Factor, Budget = 20_000 * MiB;
    // What one sandbox differs by from the next of its fleet, and what a look at the host's own account is off by.
    private const double Each = 0.1, Look = 2 * MiB;
    // Storms that count of each side: the least that decide.
    private const int Storms = 5;

    /// <summary>Earlier versions: least squares over all steps of all fleets, with Student's t by the number of steps.</summary>
    private const string Pooled = """
        SELECT slope - half AS low, slope + half AS high
        FROM (
          SELECT
            sxy / sxx AS slope,
            CASE WHEN df < 15 THEN 3.169 WHEN df < 20 THEN 2.947 WHEN df < 30 THEN 2.845 WHEN df < 60 THEN 2.750 ELSE 2.660 END * sqrt((syy - sxy * sxy / sxx) / df / sxx) AS half
          FROM (
            SELECT
              count(*) - count(DISTINCT trial_id) - 1 AS df,
              sum((n - mean_n) * (n - mean_n)) AS sxx, sum((n - mean_n) * (y - mean_y)) AS sxy, sum((y - mean_y) * (y - mean_y)) AS syy
            FROM (
              SELECT cell, trial_id, n, y, avg(n) OVER (PARTITION BY trial_id) AS mean_n, avg(y) OVER (PARTITION BY trial_id) AS mean_y
              FROM measure_point
              WHERE measure = 'memory' AND kind = 'container'
            )
            GROUP BY cell
          )
        )
        """;

    /// <summary>The design that ships, and the one before, of which only the interval of its time is tried.</summary>
    /// <param name="definitions">Where the shipped design stands.</param>
    /// <param name="isBefore">Whether the design before is meant: two blocks, up to 64 sandboxes.</param>
    public static (int Blocks, ImmutableArray<int> Steps) Design(ExperimentsFolder definitions, bool isBefore)
    {
        var experiment = definitions.Find(Experiment);
        return isBefore ? (2, [1, 2, 4, 8, 16, 32, 64]) : (experiment.Blocks, Steps(experiment, "memory"));
    }

    /// <summary>So many pairs in the design that ships.</summary>
    public static IEnumerable<CoverageRow> Run(ExperimentsFolder definitions, ErrorModel errors, int pairs, ulong seed)
    {
        var (blocks, steps) = Design(definitions, isBefore: false);
        using var run = new SimulatedRun(definitions, Experiment);
        var draws = new Draws(seed);
        Write(run, errors, pairs, blocks, steps, draws);
        Storm(run, errors, pairs, Steps(definitions.Find(Experiment), "storm"), draws);
        using var database = RunDatabase.Open(run.Folder, Experiment);
        var design = Name(blocks, steps);
        yield return Covered("footprint: cost of one more", CoverageKind.Interval, 0.99, Container, Rows("FROM slope WHERE measure = 'memory' AND probe = 'memory' AND kind = 'container'"));
        yield return Covered("footprint: ratio of a pair", CoverageKind.Interval, 0.99, Factor, Rows("FROM contest WHERE aspect = 'memory, idle'"));
        yield return Alarm("footprint: supported at the factor", 0.005, "FROM contest WHERE aspect = 'memory, idle'", "verdict = 'supported'");
        yield return Covered(
            "footprint: density by slope", CoverageKind.Interval, 0.98, Math.Floor(Budget / Container) / Math.Floor(Budget / Machine), Rows("FROM contest WHERE aspect = 'density, by slope'"));
        yield return Alarm("footprint: parts do not fit", 0.01, "FROM balance WHERE kind = 'container'", "NOT fits");
        yield return Alarm("footprint: storms of 5 and 5 differ", 0.01, "FROM contest WHERE what = 'storm'", "verdict <> 'inconclusive'");
        yield return Covered("before: least squares over all steps", CoverageKind.Before, 0.99, Container, database.Query(Pooled, "pooled").Rows);

        // A bound without the other one is a statement too.
        IReadOnlyList<ImmutableArray<string?>> Rows(string from) =>
            database.Query($"SELECT coalesce(low, 0), coalesce(high, 1e300) {from} AND (low IS NOT NULL OR high IS NOT NULL)", "coverage").Rows;

        CoverageRow Covered(string what, CoverageKind kind, double stated, double truth, IReadOnlyList<ImmutableArray<string?>> rows) =>
            new(what, design, errors.Name, kind, stated, rows.Count, rows.Count(row => Number(row[0]) <= truth && truth <= Number(row[1])));

        CoverageRow Alarm(string what, double stated, string from, string alarm)
        {
            var row = database.Query($"SELECT count(*), count(*) FILTER ({alarm}) {from}", "coverage").Rows[0];
            return new(what, design, errors.Name, CoverageKind.FalseAlarm, stated, (int)Number(row[0]), (int)Number(row[1]));
        }
    }

    /// <summary>The interval of earlier versions in the design of their time.</summary>
    public static CoverageRow Before(ExperimentsFolder definitions, ErrorModel errors, int pairs, ulong seed)
    {
        var (blocks, steps) = Design(definitions, isBefore: true);
        using var run = new SimulatedRun(definitions, Experiment);
        Write(run, errors, pairs, blocks, steps, new Draws(seed));
        using var database = RunDatabase.Open(run.Folder, Experiment);
        var rows = database.Query(Pooled, "pooled").Rows;
        return new("before: least squares over all steps", Name(blocks, steps), errors.Name, CoverageKind.Before, 0.99, rows.Length, rows.Count(row => Number(row[0]) <= Container && Container <= Number(row[1])));
    }

    private static void Write(SimulatedRun run, ErrorModel errors, int pairs, int blocks, ImmutableArray<int> steps, Draws draws)
    {
        for (var pair = 0; pair < pairs; pair++)
        {
            for (var block = 1; block <= blocks; block++)
            {
                run.Add(ContainerOf(pair), "memory", block, Fleet(Container * errors.Factor(draws, block, blocks, drifts: true), steps, draws, (n, bytes) =>
                [
                    Reading("pss_payload_bytes", n, bytes / 2), Reading("pss_shim_bytes", n, bytes / 2), Reading("pss_engine_bytes", n, 80 * MiB),
                ]));
                run.Add(MachineOf(pair), "memory", block, Fleet(Machine * errors.Factor(draws, block, blocks, drifts: false), steps, draws, (n, bytes) =>
                [
                    Reading("pss_machine_bytes", n, bytes), Reading("machine_guest_ram_bytes", n, bytes * 0.6), Reading("machine_translated_bytes", n, bytes * 0.3),
                ]));
            }
        }
    }

    private static List<Observation> Fleet(double each, ImmutableArray<int> steps, Draws draws, Func<int, double, Observation[]> parts)
    {
        var (held, bytes) = (0, 0.0);
        List<Observation> readings =
        [
            Reading("mem_available_bytes", 0, 1e12), Reading("mem_kernel_bytes", 0, 50 * MiB), Reading("pss_engine_bytes", 0, 80 * MiB),
            Observation.Number("budget_bytes", "memory", (decimal)Budget), Observation.OfText("limit", string.Create(CultureInfo.InvariantCulture, $"n={steps[^1]} plan"), "the plan's last number"),
        ];
        foreach (var n in steps)
        {
            for (; held < n; held++)
            {
                bytes += each * (1 + (Each * draws.Normal()));
            }

            readings.AddRange(parts(n, bytes));
            readings.Add(Reading("mem_available_bytes", n, 1e12 - bytes + (Look * draws.Normal())));
            readings.Add(Reading("mem_kernel_bytes", n, 50 * MiB));
        }

        return readings;
    }

    private static void Storm(SimulatedRun run, ErrorModel errors, int pairs, ImmutableArray<int> steps, Draws draws)
    {
        for (var pair = 0; pair < pairs; pair++)
        {
            for (var block = 1; block <= Storms; block++)
            {
                run.Add(ContainerOf(pair), "storm", block, Starts(10 * Factor * errors.Factor(draws, block, Storms, drifts: true)));
                run.Add(MachineOf(pair), "storm", block, Starts(10 * errors.Factor(draws, block, Storms, drifts: false)));
            }
        }

        IEnumerable<Observation> Starts(double perSecond) => steps.SelectMany(n =>
        {
            var took = n / (perSecond * (1 + (Each / 2 * draws.Normal()))) * 1e9;
            return (Observation[])
            [
                Reading("storm_ns", n, took), Reading("storm_failures", n, 0), Reading("harness_cpu_ns", n, took * 0.1), Reading("machine_busy_ns", n, took), Reading("machine_cpu_ns", n, took * 2),
            ];
        }).ToList();
    }

    private static Cell ContainerOf(int pair) => new(Userland(pair), "host", "docker", "runc", "", "");

    private static Cell MachineOf(int pair) => new(Userland(pair), "debian-bookworm", "", "qemu", "tcg", "");

    private static string Userland(int pair) => string.Create(CultureInfo.InvariantCulture, $"simulated:{pair}");

    private static Observation Reading(string metric, int n, double value) => Observation.Number(metric, string.Create(CultureInfo.InvariantCulture, $"n={n}"), decimal.Round((decimal)value));

    private static ImmutableArray<int> Steps(ExperimentDefinition experiment, string probe) =>
        FleetPlan.Parse(experiment.Probes.Single(own => own.Id == probe).Command, out _)!.Steps;

    private static string Name(int blocks, ImmutableArray<int> steps) => string.Create(CultureInfo.InvariantCulture, $"{blocks} blocks, n=1…{steps[^1]}");

    private static double Number(string? text) => double.Parse(text!, CultureInfo.InvariantCulture);
}
