namespace Harness.Tests.Footprint;

/// <summary>verdict.sql of footprint, fed runs whose answers are known.</summary>
public sealed class FootprintVerdictTests
{
    private const string Memory = "docker/runc vs qemu; memory idle; accelerator=tcg";
    private const string WithoutCode = "docker/runc vs qemu; memory idle, translated code left out; accelerator=tcg";

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
}
