namespace Harness.Tests.Footprint;

/// <summary>verdict.sql of footprint, fed runs whose answers are known.</summary>
public sealed class FootprintVerdictTests
{
    private const string Memory = "docker/runc vs qemu; memory idle; accelerator=tcg";
    private const string WithoutCode = "docker/runc vs qemu; memory idle, translated code left out; accelerator=tcg";
    private const string Storm = "docker/runc vs qemu; storm of starts; accelerator=tcg";

    [Fact]
    public void One_more_is_compared_by_the_slope_and_what_all_share_stays_out_of_it()
    {
        using var run = new FootprintRun().Containers(4).Machines(guest: 60, translated: 30);
        var verdicts = run.Verdicts();

        Assert.Equal("supported", verdicts[Memory].Verdict);
        Assert.Equal(
            "Each additional idle docker/runc container costs 4.00 MiB (99 % CI 4.00–4.00), each additional VM under TCG 100.0 MiB (99 % CI 100.0–100.0): 25.0× as much (median of 8 paired blocks, 99 % CI 25.0–25.0).",
            verdicts[Memory].Summary);
        Assert.Contains("each additional VM under TCG 70.0 MiB (99 % CI 70.0–70.0) without the code that TCG translated: 17.5×", verdicts[WithoutCode].Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_acceleration_the_claim_as_stated_is_not_tested()
    {
        using var run = new FootprintRun().Containers(4).Machines(60, 30);

        Assert.Equal("not tested", run.Verdicts()[""].Verdict);
    }

    [Theory]
    [InlineData(4, "supported")]
    [InlineData(400, "refuted")]
    public void With_acceleration_the_claim_follows_the_memory_rows(double container, string verdict)
    {
        using var run = new FootprintRun().Containers(container).Machines(60, 0, accelerator: "kvm");

        Assert.Equal(verdict, run.Verdicts()[""].Verdict);
    }

    [Fact]
    public void Seven_blocks_are_too_few_for_the_interval_and_the_row_says_what_would_tell()
    {
        using var run = new FootprintRun();
        foreach (var block in Enumerable.Range(1, FootprintRun.Blocks - 1))
            run.Containers(4, block: block).Machines(60, 30, block: block, accelerator: "kvm");
        var verdicts = run.Verdicts();
        var (verdict, summary) = verdicts["docker/runc vs qemu; memory idle; accelerator=kvm"];

        Assert.Equal(("inconclusive", "inconclusive"), (verdict, verdicts[""].Verdict));
        Assert.EndsWith("costs 4.00 MiB, each additional VM under KVM 100.0 MiB: 25.0× as much (7 blocks are too few for a 99 % interval, which takes 8).", summary, StringComparison.Ordinal);
        Assert.Equal("inconclusive", verdicts["docker/runc vs qemu; density, by slope; accelerator=kvm"].Verdict);
    }

    [Fact]
    public void Blocks_that_differ_widen_the_interval_however_straight_each_fleet_s_line_is()
    {
        // The steps of every fleet lie on a line, so that the least squares of all of them together would know each cost to a few percent.
        using var run = new FootprintRun();
        foreach (var block in Enumerable.Range(1, FootprintRun.Blocks))
            run.Containers(block % 2 == 0 ? 60 : 110, block: block).Machines(60, 30, block: block);
        var (verdict, summary) = run.Verdicts()[Memory];

        Assert.Equal("inconclusive", verdict);
        Assert.Contains("99 % CI 0.91–1.67", summary, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_a_container_that_seems_to_cost_nothing_the_ratio_has_no_upper_bound()
    {
        using var run = new FootprintRun();
        foreach (var block in Enumerable.Range(1, FootprintRun.Blocks))
            run.Containers(block == 1 ? 0 : 4, block: block).Machines(60, 30, block: block);
        var (verdict, summary) = run.Verdicts()[Memory];

        Assert.Equal("supported", verdict);
        Assert.Contains("25.0× as much (median of 8 paired blocks, 99 % CI at least 25.0)", summary, StringComparison.Ordinal);
    }

    [Fact]
    public void A_stand_in_neither_supports_nor_refutes_the_claim_as_stated()
    {
        const string standIn = "synthetic-legacy:5";
        using var run = new FootprintRun().Containers(400, userland: standIn).Machines(60, 0, accelerator: "kvm", userland: standIn);
        using var database = run.Database();

        Assert.Equal("not tested", run.Verdicts()[""].Verdict);
        Assert.Equal(
            [["real", "0"], ["synthetic", "16"]],
            database.Query($"SELECT basis, trials FROM verdict WHERE scope IN ('', 'docker/runc vs qemu; memory idle; accelerator=kvm; userland={standIn}') ORDER BY scope", "test").Rows.Select(row => row.ToArray()));
    }

    [Fact]
    public void Only_translated_code_may_make_the_difference_and_then_the_rows_part()
    {
        using var run = new FootprintRun().Containers(70).Machines(60, 30);
        var verdicts = run.Verdicts();

        Assert.Equal("supported", verdicts[Memory].Verdict);
        Assert.Equal("inconclusive", verdicts[WithoutCode].Verdict);
    }

    [Fact]
    public void Points_that_scatter_widen_the_interval_until_nothing_is_decided()
    {
        using var run = new FootprintRun().Containers(90, noise: [0, 200, -150, 90, -220]).Machines(60, 40);

        Assert.Equal("inconclusive", run.Verdicts()[Memory].Verdict);
    }

    [Fact]
    public void Where_the_machine_says_that_far_more_is_gone_the_parts_do_not_fit()
    {
        using var run = new FootprintRun().Containers(4, gone: 30).Machines(60, 30);
        var (verdict, summary) = run.Verdicts()[Memory];

        Assert.Equal("inconclusive", verdict);
        Assert.Contains("do not add up", summary, StringComparison.Ordinal);
    }

    [Fact]
    public void A_fleet_with_a_process_that_could_not_be_read_counts_nowhere()
    {
        using var run = new FootprintRun().Containers(4, unreadable: "pss_shim_bytes").Machines(60, 30);

        Assert.DoesNotContain(Memory, run.Verdicts().Keys);
    }

    [Theory]
    [InlineData(1, "docker/runc has 4 steps in 1 trial, QEMU 1 step in 1 trial")]
    [InlineData(0, "docker/runc has 32 steps in 8 trials, QEMU 8 steps in 8 trials")]
    public void A_fleet_that_reached_too_few_steps_for_a_slope_is_said_to_have(int block, string said)
    {
        using var run = new FootprintRun().Containers(4, block: block).Machines(60, 30, accelerator: "kvm", reached: 1, block: block);

        var (verdict, summary) = run.Verdicts()["docker/runc vs qemu; memory idle; accelerator=kvm"];
        Assert.Equal("inconclusive", verdict);
        Assert.Contains(said, summary, StringComparison.Ordinal);
        Assert.Equal("inconclusive", run.Verdicts()[""].Verdict);
    }

    [Fact]
    public void Blocks_have_levels_of_their_own()
    {
        using var run = new FootprintRun().Machines(60, 30);
        foreach (var block in Enumerable.Range(1, FootprintRun.Blocks))
            run.Containers(4, block: block, noise: [50 * block]);

        Assert.Contains("costs 4.00 MiB (99 % CI 4.00–4.00)", run.Verdicts()[Memory].Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void On_disk_the_smaller_of_a_kernel_s_files_counts()
    {
        using var run = new FootprintRun().Disk();
        var verdicts = run.Verdicts();

        Assert.Contains("3.00 MiB, the first VM of this harness 9.00 MiB: 3.00× as much", verdicts["docker/runc vs qemu; disk, the first; accelerator=tcg"].Summary, StringComparison.Ordinal);
        Assert.EndsWith("Of the image this counts its layers as archives.", verdicts["docker/runc vs qemu; disk, the first; accelerator=tcg"].Summary, StringComparison.Ordinal);
        Assert.DoesNotContain("archives", verdicts["docker/runc vs qemu; disk, each further; accelerator=tcg"].Summary, StringComparison.Ordinal);
        Assert.Contains("1.00 MiB, each further VM of this harness 2.00 MiB", verdicts["docker/runc vs qemu; disk, each further; accelerator=tcg"].Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void A_storm_is_judged_by_the_worst_of_the_one_against_the_best_of_the_other()
    {
        using var clear = Storms(5, 10, 9, 1, 0.9);
        using var close = Storms(5, 10, 1, 1, 0.95);

        Assert.Equal("supported", clear.Verdicts()[Storm].Verdict);
        Assert.Contains("10.0× as many (9.00 from the worst storm of containers to the best of VMs, 11.1 from the best to the worst)", clear.Verdicts()[Storm].Summary, StringComparison.Ordinal);
        Assert.Equal("inconclusive", close.Verdicts()[Storm].Verdict);
    }

    [Fact]
    public void Four_storms_of_each_tell_nothing_however_far_apart_they_are()
    {
        // Of the 70 ways to deal eight trials to two sides one has all four of the one above all of the other: 1.4 %, and as much the other way round.
        using var four = Storms(4, 10, 10, 1, 1);

        Assert.Equal("inconclusive", four.Verdicts()[Storm].Verdict);
        Assert.Contains("medians of 4 and 4 undisturbed trials): 10.0× as many; too few trials to show a difference at 99 %, which needs five of each", four.Verdicts()[Storm].Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void A_disturbed_storm_does_not_count_and_a_single_one_decides_nothing()
    {
        using var all = new FootprintRun().Storms(FootprintRun.Container(), 10, 1, disturbed: true).Storms(FootprintRun.Machine(), 1, 1);
        using var one = new FootprintRun().Storms(FootprintRun.Container(), 10, 1).Storms(FootprintRun.Machine(), 1, 1);

        Assert.DoesNotContain(Storm, all.Verdicts().Keys);
        Assert.Equal("inconclusive", one.Verdicts()[Storm].Verdict);
    }

    [Fact]
    public void A_storm_in_which_the_harness_is_the_bottleneck_decides_nothing()
    {
        using var run = new FootprintRun();
        foreach (var block in Enumerable.Range(1, 5))
            run.Storms(FootprintRun.Container(), 10, block, harnessShare: 0.6).Storms(FootprintRun.Machine(), 1, block);

        var (verdict, summary) = run.Verdicts()[Storm];
        Assert.Equal("inconclusive", verdict);
        Assert.Contains("the containers' bottleneck: processors, most of it the harness", summary, StringComparison.Ordinal);
    }

    [Fact]
    public void The_knee_is_where_more_at_a_time_bring_nothing_more()
    {
        using var run = Storms(5, 10, 10, 1, 1);
        using var database = run.Database();

        Assert.All(database.Query("SELECT n FROM knee", "test").Rows, row => Assert.Equal("2", row[0]));
    }

    [Fact]
    public void Without_a_limit_of_the_machine_density_follows_the_slope_and_tenfold_of_what_was_held_is_the_end()
    {
        // 600 MiB: 6 machines of 100 MiB; of containers 150 by memory, but no more than 80 after 8 were held.
        using var run = new FootprintRun().Containers(4, budget: 600).Machines(60, 30, budget: 900);
        var (verdict, summary) = run.Verdicts()["docker/runc vs qemu; density, by slope; accelerator=tcg"];

        Assert.Equal("supported", verdict);
        Assert.Contains("at least 80 docker/runc containers (8 were held, limited by memory) and 6 VMs (8 were held, limited by memory): at least 13.3× as many (no less than 13.3 within the 99 % CIs of both costs)", summary, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_two_least_numbers_of_a_density_no_ratio_follows()
    {
        using var run = new FootprintRun().Containers(4, budget: 100_000).Machines(60, 30, budget: 100_000);
        var (verdict, summary) = run.Verdicts()["docker/runc vs qemu; density, by slope; accelerator=tcg"];

        Assert.Equal("inconclusive", verdict);
        Assert.Contains("at least 80 VMs (8 were held, limited by memory); how many times as many is not known.", summary, StringComparison.Ordinal);
        using var database = run.Database();
        Assert.Null(database.Query("SELECT any_value(ratio) FROM contest WHERE what = 'density'", "test").Rows[0][0]);
    }

    [Fact]
    public void The_resource_that_is_used_up_first_limits_density()
    {
        using var run = new FootprintRun().Containers(4, budget: 100, processes: 60).Machines(60, 30, budget: 900);

        Assert.Contains("15 docker/runc containers (8 were held, limited by processes)", run.Verdicts()["docker/runc vs qemu; density, by slope; accelerator=tcg"].Summary, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(8, 2, "supported")]
    [InlineData(8, 4, "inconclusive")]
    [InlineData(2, 8, "refuted")]
    public void Where_the_host_limited_both_in_eight_blocks_what_was_reached_counts(int containers, int machines, string verdict)
    {
        using var run = new FootprintRun().Containers(4, reached: containers).Machines(60, 30, reached: machines);

        Assert.Equal(verdict, run.Verdicts()["docker/runc vs qemu; density, as reached; accelerator=tcg"].Verdict);
    }

    [Fact]
    public void Where_the_host_limited_both_in_fewer_blocks_density_follows_the_slope()
    {
        using var run = new FootprintRun().Machines(60, 30, reached: 2, budget: 900);
        foreach (var block in Enumerable.Range(1, FootprintRun.Blocks))
            run.Containers(4, block: block, reached: block < FootprintRun.Blocks ? 8 : null, budget: 600);
        var verdicts = run.Verdicts();

        Assert.DoesNotContain("docker/runc vs qemu; density, as reached; accelerator=tcg", verdicts.Keys);
        Assert.Equal("supported", verdicts["docker/runc vs qemu; density, by slope; accelerator=tcg"].Verdict);
    }

    [Fact]
    public void A_fleet_of_which_one_did_not_start_decides_nothing_on_density()
    {
        using var run = new FootprintRun().Containers(4, limit: "failure").Machines(60, 30);
        var (verdict, summary) = run.Verdicts()["docker/runc vs qemu; density, by slope; accelerator=tcg"];

        Assert.Equal("inconclusive", verdict);
        Assert.Contains("something else is the limit", summary, StringComparison.Ordinal);
    }

    [Fact]
    public void Where_nothing_could_be_compared_the_claim_is_not_tested()
    {
        using var run = new FootprintRun().Containers(4).Unavailable(FootprintRun.Machine(), "QEMU is not installed");
        var verdict = Assert.Single(run.Verdicts());

        Assert.Equal(("", "not tested"), (verdict.Key, verdict.Value.Verdict));
    }

    [Fact]
    public void What_ended_the_growth_is_told()
    {
        using var run = new FootprintRun().Containers(4);
        using var database = run.Database();

        Assert.Equal(["8", "start time"], Assert.Single(database.Query("SELECT DISTINCT n, limited_by FROM density", "test").Rows));
    }

    // In so many blocks: the rates of the first one, and of all others.
    private static FootprintRun Storms(int blocks, double container, double later, double machine, double laterMachine)
    {
        var run = new FootprintRun();
        foreach (var block in Enumerable.Range(1, blocks))
            run.Storms(FootprintRun.Container(), block == 1 ? container : later, block).Storms(FootprintRun.Machine(), block == 1 ? machine : laterMachine, block);
        return run;
    }
}
