using Harness.Analysis.Judging;
using Harness.Analysis.Statistics;
using Harness.Core.Model;
using static Harness.Tests.Analysis.StartupRun;

namespace Harness.Tests.Analysis;

/// <summary>The rules of decision of experiments/startup/README.md, case by case.</summary>
public sealed class StartupVerdictTests : IDisposable
{
    private const string Every = "every container vs every VM; accelerator=tcg";

    private readonly StartupRun _run = new();

    public void Dispose() => _run.Dispose();

    [Fact]
    public void A_real_difference_is_supported_in_its_scope_and_the_claim_as_stated_stays_untested_under_emulation()
    {
        var verdicts = _run.Blocks(20, container: 50, machine: 2000).Verdicts();
        Assert.Equal(
            [("", "not tested", 0L), ("docker/runc vs qemu microvm; accelerator=tcg", "supported", 40L), (Every, "supported", 40L)],
            verdicts.Select(row => (row.Scope, row.Verdict, row.Trials)));
        Assert.Contains("All VMs ran under TCG (pure emulation)", verdicts[0].Summary, StringComparison.Ordinal);
        Golden.Equal("startup-verdicts.csv", string.Join('\n', verdicts) + "\n");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void Labels_permuted_within_blocks_decide_nothing(int seed)
    {
        // The same times as above, their labels drawn anew: what is left is the method's own noise.
        var random = new Harness.Core.Planning.SplitMix64((ulong)seed);
        var verdicts = _run.Blocks(20, container: 50, machine: 2000, swap: _ => random.Next() % 2 == 0).Verdicts();
        Assert.Equal(["not tested", "inconclusive", "inconclusive"], verdicts.Select(row => row.Verdict));
    }

    [Fact]
    public void Equal_distributions_are_not_told_apart()
    {
        var verdict = _run.Blocks(30, container: 100, machine: 100).Verdict();
        Assert.Equal("inconclusive", verdict.Verdict);
        Assert.Contains("; undecided: ", verdict.Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void A_difference_too_small_to_matter_decides_nothing_however_sure_it_is()
    {
        var verdict = _run.Blocks(60, container: 100, machine: 104, spread: 0.001).Verdict();
        Assert.Equal("inconclusive", verdict.Verdict);
        Assert.Contains(") took 1.04× as long as", verdict.Summary, StringComparison.Ordinal);
        Assert.EndsWith("; equivalent within 10 %.", verdict.Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void An_interval_across_the_factor_is_undecided_and_no_noise()
    {
        var verdict = _run.Blocks(10, container: 100, machine: 130, spread: 0.2).Verdict();
        Assert.Equal("inconclusive", verdict.Verdict);
        Assert.EndsWith("; undecided: the interval contains relevant and irrelevant differences.", verdict.Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void A_pair_has_one_ratio_and_one_interval_in_verdicts_and_statistics()
    {
        var folder = _run.Blocks(10, container: 100, machine: 150, spread: 0.3).Build();
        using var database = RunDatabase.Open(folder, "startup");
        var judged = Assert.Single(database.Query("SELECT ratio, low, high FROM comparison", "test").Rows);
        var pair = ExperimentStatistics.Read(database, "startup")!.Pairs.Single(pair => pair.Key.Cell == Machine.Name && pair.Key.Measure == "to_first_ns");
        Assert.Equal(judged.Select(value => double.Parse(value!, System.Globalization.CultureInfo.InvariantCulture)), [pair.Ratio!.Value, pair.Interval!.Value.Low, pair.Interval!.Value.High]);
    }

    [Fact]
    public void A_stand_in_neither_refutes_the_universal_row_nor_the_claim_as_stated()
    {
        for (var block = 1; block <= 10; block++)
        {
            _run.Trial(Process, block, 1.5).Trial(Runc, block, _run.Draw(50, 0.1)).Trial(Machine with { Accelerator = "kvm" }, block, _run.Draw(300, 0.1))
                .Trial(Runc with { Userland = "synthetic-legacy:5" }, block, _run.Draw(900, 0.1))
                .Trial(Machine with { Userland = "synthetic-legacy:5", Accelerator = "kvm" }, block, _run.Draw(300, 0.1));
        }

        var verdicts = _run.Verdicts();
        Assert.Equal(("supported", "real", 20L), (verdicts[0].Verdict, verdicts[0].Basis, verdicts[0].Trials));
        var every = verdicts.Single(row => row.Scope == "every container vs every VM; accelerator=kvm");
        Assert.Equal(("inconclusive", "mixed", 40L), (every.Verdict, every.Basis, every.Trials));
    }

    [Theory]
    [InlineData(7, "inconclusive")]
    [InlineData(8, "supported")]
    public void Fewer_than_eight_blocks_are_too_few_for_the_interval(int blocks, string expected)
    {
        var verdict = _run.Blocks(blocks, container: 50, machine: 2000).Verdict();
        Assert.Equal(expected, verdict.Verdict);
        Assert.Equal(blocks < 8, verdict.Summary.Contains("too few for a 99 % CI, which takes 8", StringComparison.Ordinal));
    }

    [Fact]
    public void Without_a_machine_nothing_is_tested_and_the_reason_is_named()
    {
        for (var block = 1; block <= 10; block++)
        {
            _run.Trial(Process, block, 1.5).Trial(Runc, block, 50)
                .Trial(Machine, block, 0, new How { Outcome = Outcome.Unavailable, Detail = "qemu-system-x86_64 is not installed" });
        }

        var verdicts = _run.Verdicts();
        Assert.Equal(3, verdicts.Length);
        Assert.All(verdicts, row => Assert.Equal(("not tested", 0L), (row.Verdict, row.Trials)));
        Assert.Equal("No container could be compared with a VM.", verdicts[0].Summary);
        Assert.Empty(Judged.NotCounted(_run.Build()));
    }

    [Fact]
    public void A_container_that_is_slower_than_a_machine_refutes_the_universal_row_and_is_named()
    {
        _run.Blocks(12, container: 50, machine: 2000);
        for (var block = 1; block <= 12; block++)
        {
            _run.Trial(Cell.Parse("busybox:static|host|docker/runc||net=bridge;path=testcontainers"), block, _run.Draw(4000, 0.05));
        }

        var verdicts = _run.Verdicts();
        Assert.Equal("refuted", verdicts.Single(row => row.Scope == Every).Verdict);
        Assert.Contains("slower: docker/runc net=bridge;path=testcontainers vs qemu microvm.", verdicts.Single(row => row.Scope == Every).Summary, StringComparison.Ordinal);
        Assert.Equal("refuted", verdicts.Single(row => row.Scope == "docker/runc net=bridge;path=testcontainers vs qemu microvm; accelerator=tcg").Verdict);
        Assert.Equal("supported", verdicts.Single(row => row.Scope == "docker/runc vs qemu microvm; accelerator=tcg").Verdict);
    }

    [Fact]
    public void With_hardware_acceleration_the_claim_as_stated_is_judged()
    {
        for (var block = 1; block <= 10; block++)
        {
            _run.Trial(Process, block, 1.5).Trial(Runc, block, _run.Draw(50, 0.1)).Trial(Machine with { Accelerator = "kvm" }, block, _run.Draw(300, 0.1));
        }

        var verdict = _run.Verdict("");
        Assert.Equal(("supported", 20L), (verdict.Verdict, verdict.Trials));
        Assert.Contains("Of 1 comparison with hardware-accelerated VMs the container was faster in 1, slower in 0, undecided in 0.", verdict.Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void The_phases_of_a_trial_add_up_to_its_time()
    {
        using var database = RunDatabase.Open(_run.Blocks(3, 50, 2000).Build(), "startup");
        var rows = database.Query(
            "SELECT t.rung, sum(p.duration_ns) - any_value(t.to_first_ns) AS rest FROM startup_phase AS p JOIN startup_trial AS t USING (trial_id) WHERE p.upto_first GROUP BY t.trial_id, t.rung",
            "test").Rows;
        Assert.Equal(9, rows.Length);
        Assert.All(rows, row => Assert.Equal("0", row[1]));
    }

    [Theory]
    [InlineData(8, 1)]
    [InlineData(10, 1)]
    [InlineData(20, 4)]
    [InlineData(50, 16)]
    [InlineData(100, 37)]
    public void The_intervals_ranks_are_those_of_the_binomial_distribution(int n, int rank)
    {
        // The greatest rank r with C(n,0) + … + C(n,r-1) <= 0.005 × 2^n, summed exactly: the rank from below of a two-sided interval of at least 99 %.
        using var database = RunDatabase.Open(_run.Blocks(n, 50, 2000).Build(), "startup");
        Assert.Equal(rank.ToString(System.Globalization.CultureInfo.InvariantCulture), database.Query($"SELECT low FROM median_rank WHERE n = {n}", "test").Rows[0][0]);
    }

    [Theory]
    [InlineData("tcg")]
    [InlineData("kvm")]
    public void Every_verdict_rests_on_as_many_trials_as_its_evidence_names(string accelerator)
    {
        for (var block = 1; block <= 10; block++)
        {
            _run.Trial(Process, block, 1.5);
            foreach (var userland in (string[])["busybox:static", "synthetic-legacy:5"])
            {
                _run.Trial(Runc with { Userland = userland }, block, _run.Draw(50, 0.1)).Trial(Machine with { Userland = userland, Accelerator = accelerator }, block, _run.Draw(300, 0.1));
            }
        }

        var folder = _run.Build();
        var rows = Judged.Evidence(folder);
        foreach (var verdict in Judged.Verdicts(folder))
        {
            Assert.Equal(verdict.Trials == 0, verdict.Verdict == "not tested");
            Assert.Equal(verdict.Trials, rows.Rows.Where(row => row[rows.IndexOf("scope")] == verdict.Scope).Select(row => row[rows.IndexOf("trial_id")]).Distinct().Count());
        }
    }
}
