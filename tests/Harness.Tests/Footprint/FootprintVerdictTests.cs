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
        Assert.Contains("costs 4.00 MiB (± 0.00 MiB)", verdicts[Memory].Summary, StringComparison.Ordinal);
        Assert.Contains("one more virtual machine 100.0 MiB (± 0.00 MiB): 25.0 times as much (25.0 to 25.0)", verdicts[Memory].Summary, StringComparison.Ordinal);
        Assert.Contains("one more virtual machine 70.0 MiB", verdicts[WithoutCode].Summary, StringComparison.Ordinal);
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
    [InlineData(2, "QEMU 2 steps in 1 trial")]
    [InlineData(1, "QEMU 1 step in 1 trial")]
    public void A_fleet_that_reached_too_few_steps_for_a_slope_is_said_to_have(int reached, string said)
    {
        using var run = new FootprintRun().Containers(4).Machines(60, 30, accelerator: "kvm", reached: reached);

        var (verdict, summary) = run.Verdicts()["docker/runc vs qemu; memory idle; accelerator=kvm"];
        Assert.Equal("inconclusive", verdict);
        Assert.Contains("docker/runc has 4 steps in 1 trial, " + said, summary, StringComparison.Ordinal);
        Assert.Equal("inconclusive", run.Verdicts()[""].Verdict);
    }

    [Fact]
    public void Blocks_have_levels_of_their_own()
    {
        using var run = new FootprintRun().Containers(4).Containers(4, block: 2, noise: [50]).Machines(60, 30).Machines(60, 30, block: 2);

        Assert.Contains("costs 4.00 MiB (± 0.00 MiB)", run.Verdicts()[Memory].Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void On_disk_the_smaller_of_a_kernel_s_files_counts()
    {
        using var run = new FootprintRun().Disk();
        var verdicts = run.Verdicts();

        Assert.Contains("3.00 MiB, the first virtual machine of this harness 9.00 MiB: 3.00 times", verdicts["docker/runc vs qemu; disk, the first; accelerator=tcg"].Summary, StringComparison.Ordinal);
        Assert.Contains("1.00 MiB, each further virtual machine of this harness 2.00 MiB", verdicts["docker/runc vs qemu; disk, each further; accelerator=tcg"].Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void A_storm_is_judged_by_the_worst_of_the_one_against_the_best_of_the_other()
    {
        using var clear = Storms(10, 9, 1, 0.9);
        using var close = Storms(10, 1, 1, 0.95);

        Assert.Equal("supported", clear.Verdicts()[Storm].Verdict);
        Assert.Equal("inconclusive", close.Verdicts()[Storm].Verdict);
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
        foreach (var block in (int[])[1, 2])
            run.Storms(FootprintRun.Container(), 10, block, harnessShare: 0.6).Storms(FootprintRun.Machine(), 1, block);

        var (verdict, summary) = run.Verdicts()[Storm];
        Assert.Equal("inconclusive", verdict);
        Assert.Contains("the containers' bottleneck: processors, most of it the harness", summary, StringComparison.Ordinal);
    }

    [Fact]
    public void The_knee_is_where_more_at_a_time_bring_nothing_more()
    {
        using var run = Storms(10, 10, 1, 1);
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
        Assert.Contains("at least 80 docker/runc containers (8 were held, limited by memory) and 6 virtual machines (8 were held, limited by memory): 13.3 times as many, at least 13.3 times", summary, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_two_least_numbers_of_a_density_no_ratio_follows()
    {
        using var run = new FootprintRun().Containers(4, budget: 100_000).Machines(60, 30, budget: 100_000);
        var (verdict, summary) = run.Verdicts()["docker/runc vs qemu; density, by slope; accelerator=tcg"];

        Assert.Equal("inconclusive", verdict);
        Assert.Contains("at least 80 virtual machines (8 were held, limited by memory); how many times as many is not known.", summary, StringComparison.Ordinal);
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
    public void Where_the_machine_limited_both_in_two_blocks_what_was_reached_counts(int containers, int machines, string verdict)
    {
        using var run = new FootprintRun();
        foreach (var block in (int[])[1, 2])
            run.Containers(4, block: block, reached: containers).Machines(60, 30, block: block, reached: machines);

        Assert.Equal(verdict, run.Verdicts()["docker/runc vs qemu; density, as reached; accelerator=tcg"].Verdict);
    }

    [Fact]
    public void A_fleet_of_which_one_did_not_start_decides_nothing_on_density()
    {
        using var run = new FootprintRun().Containers(4, limit: "failure").Machines(60, 30);
        var (verdict, summary) = run.Verdicts()["docker/runc vs qemu; density, by slope; accelerator=tcg"];

        Assert.Equal("inconclusive", verdict);
        Assert.Contains("something else limits", summary, StringComparison.Ordinal);
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

        Assert.Equal(["8", "start time"], Assert.Single(database.Query("SELECT n, limited_by FROM density", "test").Rows));
    }

    private static FootprintRun Storms(double container, double second, double machine, double secondMachine) => new FootprintRun()
        .Storms(FootprintRun.Container(), container, 1).Storms(FootprintRun.Container(), second, 2)
        .Storms(FootprintRun.Machine(), machine, 1).Storms(FootprintRun.Machine(), secondMachine, 2);
}
