using System.Globalization;
using Harness.Analysis.Judging;
using Harness.Analysis.Statistics;
using Harness.Core.Definitions;
using Harness.Core.Model;

namespace Harness.Benchmarks.Coverage;

/// <summary>
/// The intervals of startup's verdicts and statistics, by its own SQL and the statistics' own code, over many pairs of a container and a VM whose
/// times are known: the VM takes exactly the least factor that matters, so that every "supported" is a false alarm.
/// </summary>
public static class StartupCoverage
{
    private const string Experiment = "startup";
    private const double Container = 150e6, Factor = PairTest.Matters, Machine = Container * Factor;
    // What a trial differs by beside what its block does.
    private const double Own = 0.05;

    /// <summary>So many pairs, in the design that ships.</summary>
    public static IEnumerable<CoverageRow> Run(ExperimentsFolder definitions, ErrorModel errors, int pairs, ulong seed)
    {
        var blocks = definitions.Find(Experiment).Blocks;
        using var run = new SimulatedRun(definitions, Experiment);
        Write(run, errors, pairs, blocks, new Draws(seed));
        using var database = RunDatabase.Open(run.Folder, Experiment);
        var design = string.Create(CultureInfo.InvariantCulture, $"{blocks} blocks");
        var judged = database.Query("SELECT low, high, verdict FROM comparison", "comparison").Rows;
        var intervals = judged.Where(row => row[0] is not null).Select(row => new Interval(Number(row[0]), Number(row[1]))).ToList();
        yield return Covered("startup: ratio of a pair", CoverageKind.Interval, 0.99, intervals, Factor);
        yield return new("startup: supported at the factor", design, errors.Name, CoverageKind.FalseAlarm, 0.005, judged.Length, judged.Count(row => row[2] == "supported"));
        var statistics = ExperimentStatistics.Read(database, Experiment)!;
        yield return Covered("statistics: ratio of a pair", CoverageKind.Interval, PairStatistics.Confidence, [.. statistics.Pairs.Select(pair => pair.Interval).OfType<Interval>()], Factor);
        var tests = statistics.Pairs.Select(pair => pair.Test).OfType<PairTest>().ToList();
        yield return new("statistics: slower at the factor", design, errors.Name, CoverageKind.FalseAlarm, PairTest.Level, tests.Count, tests.Count(test => test.Slower <= PairTest.Level));
        yield return Covered(
            "statistics: median of a cell", CoverageKind.Interval, SampleSummary.Confidence,
            [.. statistics.Samples.Where(sample => sample.Key.Cell.Contains("/runc|", StringComparison.Ordinal)).Select(sample => sample.Summary.Interval).OfType<Interval>()], Container);

        CoverageRow Covered(string what, CoverageKind kind, double stated, IReadOnlyCollection<Interval> found, double truth) =>
            new(what, design, errors.Name, kind, stated, found.Count, found.Count(interval => interval.Low <= truth && truth <= interval.High));
    }

    private static void Write(SimulatedRun run, ErrorModel errors, int pairs, int blocks, Draws draws)
    {
        for (var block = 1; block <= blocks; block++)
        {
            // Whose boot id proves that the containers' clocks are the host's.
            run.Add(new Cell(Cell.HostUserland, "host", "", "host", "", ""), "agent", block, Readings(1e6, isMachine: false));
        }

        for (var pair = 0; pair < pairs; pair++)
        {
            var userland = string.Create(CultureInfo.InvariantCulture, $"simulated:{pair}");
            for (var block = 1; block <= blocks; block++)
            {
                // What a block has slows both alike; only the drift is one side's.
                var shared = errors.Factor(draws, block, blocks, drifts: false);
                var drift = (errors with { Between = 0 }).Factor(draws, block, blocks, drifts: true);
                run.Add(new Cell(userland, "host", "docker", "runc", "", ""), "agent", block, Readings(Container * shared * drift * Math.Exp(Own * draws.Normal()), isMachine: false));
                run.Add(new Cell(userland, "debian-bookworm", "", "qemu", "tcg", ""), "agent", block, Readings(Machine * shared * Math.Exp(Own * draws.Normal()), isMachine: true));
            }
        }
    }

    private static IEnumerable<Observation> Readings(double ns, bool isMachine)
    {
        const decimal begin = 5_000_000_000_000;
        var first = begin + decimal.Round((decimal)ns);
        yield return Observation.Number("stamp_ns", "begin", begin);
        yield return Observation.Number("stamp_ns", "arrived", isMachine ? first : first + 100_000);
        yield return Observation.Number("first_monotonic_ns", "", isMachine ? 1 : first);
        if (!isMachine)
        {
            yield return Observation.OfText("boot_id", "", "0d9d5a4e-3b7e-4c55-9a0e-7f2c1d5b8a11");
        }
    }

    private static double Number(string? text) => double.Parse(text!, CultureInfo.InvariantCulture);
}
