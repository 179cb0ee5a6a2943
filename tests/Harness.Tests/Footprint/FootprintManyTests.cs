namespace Harness.Tests.Footprint;

/// <summary>verdict.sql of footprint on many sandboxes at once: storms of starts, and how many fit.</summary>
public sealed class FootprintManyTests
{
    private const string Storm = "docker/runc vs qemu; storm of starts; accelerator=tcg";

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

    // In so many blocks: the rates of the first one, and of all others.
    private static FootprintRun Storms(int blocks, double container, double later, double machine, double laterMachine)
    {
        var run = new FootprintRun();
        foreach (var block in Enumerable.Range(1, blocks))
            run.Storms(FootprintRun.Container(), block == 1 ? container : later, block).Storms(FootprintRun.Machine(), block == 1 ? machine : laterMachine, block);
        return run;
    }
}
