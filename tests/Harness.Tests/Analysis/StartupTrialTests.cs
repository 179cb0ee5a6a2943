using Harness.Analysis.Judging;
using Harness.Core.Model;
using static Harness.Tests.Analysis.StartupRun;

namespace Harness.Tests.Analysis;

/// <summary>Which starts count and which are kept apart, by the rules of experiments/startup/README.md.</summary>
public sealed class StartupTrialTests : IDisposable
{
    private const string Every = "every container vs every VM; accelerator=tcg";

    private readonly StartupRun _run = new();

    public void Dispose() => _run.Dispose();

    [Fact]
    public void Disturbed_trials_are_excluded_from_the_numbers_and_counted()
    {
        _run.Blocks(18, container: 50, machine: 2000);
        for (var block = 19; block <= 20; block++)
        {
            _run.Trial(Process, block, 1.5).Trial(Runc, block, 90_000, new How { Disturbance = "foreign_cpu 0.6" }).Trial(Machine, block, 2000);
        }

        var verdict = _run.Verdict();
        Assert.Equal(("supported", 36L), (verdict.Verdict, verdict.Trials));
        Assert.Contains("(median over 18 blocks, 99 % CI ", verdict.Summary, StringComparison.Ordinal);
        Assert.Equal(["docker/runc: other load used the processors or the disk"], Judged.NotCounted(_run.Build()));
    }

    [Theory]
    [InlineData(0.6, 20, false)]
    [InlineData(0.8, 18, true)]
    public void A_trial_in_which_others_had_the_processors_is_disturbed_and_one_that_waited_for_its_own_is_not(double waiting, int blocks, bool lost)
    {
        _run.Blocks(18, container: 50, machine: 2000);
        for (var block = 19; block <= 20; block++)
        {
            _run.Trial(Process, block, 1.5).Trial(Runc, block, 50, new How { Waiting = (decimal)waiting }).Trial(Machine, block, 2000);
        }

        var verdict = _run.Verdict();
        Assert.Contains($"(median over {blocks} blocks, 99 % CI ", verdict.Summary, StringComparison.Ordinal);
        Assert.Equal(lost ? ["docker/runc: other load used the processors or the disk"] : [], Judged.NotCounted(_run.Build()));
    }

    [Fact]
    public void Too_many_disturbed_trials_leave_it_open()
    {
        _run.Blocks(12, container: 50, machine: 2000);
        for (var block = 13; block <= 20; block++)
        {
            _run.Trial(Process, block, 1.5).Trial(Runc, block, 50, new How { Disturbance = "steal" }).Trial(Machine, block, 2000);
        }

        var verdict = _run.Verdict();
        Assert.Equal("inconclusive", verdict.Verdict);
        Assert.Contains("of 20 pairs that were run 8 are lost, more than a fifth", verdict.Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void Pulls_stand_beside_the_verdict_and_are_in_no_start()
    {
        using var other = new StartupRun();
        var without = other.Blocks(10, 50, 2000).Verdicts();
        _run.Blocks(10, 50, 2000);
        foreach (var (block, ms) in new[] { (1, 900.0), (2, 700), (3, 800) })
        {
            _run.Pull(Runc, block, ms);
        }

        // Not the whole image, a busy machine, and one that failed: asked for, and in no number.
        _run.Pull(Runc, 4, 10, present: 1).Pull(Runc, 5, 9000, new How { Disturbance = "someone compiled" }).Pull(Runc, 6, 0, new How { Outcome = Outcome.Failed, Detail = "manifest unknown" });
        var verdicts = _run.Verdicts();

        Assert.Equal(
            without.Single(row => row.Scope.Length == 0).Summary + " Pulling the image first is in none of these times: busybox:static, 30.0 MiB in 2 layers from registry.example/h/busybox: 800 ms in the median of 3 pulls of 6.",
            verdicts.Single(row => row.Scope.Length == 0).Summary);
        Assert.Equal(without.Where(row => row.Scope.Length > 0), verdicts.Where(row => row.Scope.Length > 0));
        Assert.Equal(without.Select(row => (row.Scope, row.Verdict, row.Trials)), verdicts.Select(row => (row.Scope, row.Verdict, row.Trials)));
        using var database = RunDatabase.Open(_run.Folder, "startup");
        Assert.Equal(["0", "0"], database.Query("SELECT count(*) FROM startup_trial WHERE probe = 'pull' UNION ALL SELECT count(*) FROM evidence WHERE trial_id IN (SELECT trial_id FROM pull)", "test").Rows.Select(row => row[0]));
        Assert.Equal(["6", "3"], Assert.Single(database.Query("SELECT count(*), count(value) FROM sample WHERE measure = 'pull_ns' AND probe = 'pull' AND reference IS NULL", "test").Rows));
    }

    [Fact]
    public void Where_nothing_was_pulled_no_word_is_said_of_it()
    {
        using var other = new StartupRun();
        var without = other.Blocks(3, 50, 2000).Verdicts();
        var verdicts = _run.Blocks(3, 50, 2000).Pull(Runc, 1, 0, new How { Outcome = Outcome.Unavailable, Detail = "busybox:static came from no registry" }).Verdicts();

        Assert.Equal(without, verdicts);
        using var database = RunDatabase.Open(_run.Folder, "startup");
        Assert.Empty(database.Query("FROM sample WHERE measure = 'pull_ns'", "test").Rows);
    }

    [Fact]
    public void Warm_ups_are_kept_and_not_judged()
    {
        _run.Trial(Runc, 1, 9000, new How { Warmup = true, Repetition = 2 }).Trial(Machine, 1, 1, new How { Warmup = true, Repetition = 2 });
        Assert.Equal(("supported", 20L), (_run.Blocks(10, 50, 2000).Verdict().Verdict, _run.Verdict().Trials));
    }

    [Fact]
    public void A_clock_of_its_own_is_read_by_arrival_and_one_that_contradicts_gives_no_number()
    {
        _run.Blocks(10, 50, 2000);
        var lying = Cell.Parse("busybox:static|host|/crun||");
        var shifted = Cell.Parse("busybox:static|host|/runc||");
        var foreign = Cell.Parse("busybox:static|host|docker/runsc||");
        for (var block = 1; block <= 10; block++)
        {
            _run.Trial(lying, block, 30, new How { ClockOffset = 5_000_000_000, SaidOffset = 0 })
                .Trial(shifted, block, 30, new How { ClockOffset = 5_000_000_000 })
                .Trial(foreign, block, 80, new How { BootId = null, ClockOffset = 0 });
        }

        var verdicts = _run.Verdicts();
        var contradictory = verdicts.Single(row => row.Scope == "crun vs qemu microvm; accelerator=tcg");
        Assert.Equal(("not tested", 0L), (contradictory.Verdict, contradictory.Trials));
        Assert.Equal(["crun: no clock is shared with the host"], Judged.NotCounted(_run.Build()));
        foreach (var rung in new[] { "docker/runsc", "runc" })
        {
            var own = verdicts.Single(row => row.Scope == $"{rung} vs qemu microvm; accelerator=tcg");
            Assert.Equal(("supported", 20L), (own.Verdict, own.Trials));
            Assert.EndsWith($"; {rung} has a clock of its own, its time ends at arrival.", own.Summary, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Drift_between_the_first_and_the_last_third_is_a_finding()
    {
        for (var block = 1; block <= 12; block++)
        {
            _run.Trial(Process, block, 1.5).Trial(Runc, block, 50 * (block > 8 ? 1.5 : 1) * (1 + (0.001 * block))).Trial(Machine, block, 2000);
        }

        Assert.EndsWith("Drift between the first and the last third of the blocks: docker/runc slower by a factor of 1.51.", _run.Verdict("").Summary, StringComparison.Ordinal);
        using var database = RunDatabase.Open(_run.Folder, "startup");
        Assert.Equal("docker/runc", Assert.Single(database.Query("SELECT rung FROM finding", "test").Rows)[0]);
    }

    [Fact]
    public void Cold_and_warm_are_never_mixed()
    {
        _run.Blocks(10, 50, 2000);
        for (var block = 1; block <= 10; block++)
        {
            _run.Trial(Runc with { Variant = "cache=cold" }, block, 5000);
        }

        Assert.Equal(["", "docker/runc vs qemu microvm; accelerator=tcg", Every], _run.Verdicts().Select(row => row.Scope));
        Assert.Equal(20, _run.Verdict().Trials);
    }

    [Fact]
    public void Hosts_are_never_mixed()
    {
        const string other = "ba9876543210";
        _run.Blocks(10, 50, 2000);
        for (var block = 1; block <= 10; block++)
        {
            var how = new How { Host = other };
            _run.Trial(Process, block, 1.5, how).Trial(Runc, block, 3000, how).Trial(Machine, block, 200, how);
        }

        var verdicts = _run.Verdicts();
        Assert.Equal("supported", verdicts.Single(row => row.Scope == $"docker/runc vs qemu microvm; accelerator=tcg; host={StartupRun.Host}").Verdict);
        Assert.Equal("refuted", verdicts.Single(row => row.Scope == $"docker/runc vs qemu microvm; accelerator=tcg; host={other}").Verdict);
    }
}
