namespace Harness.Tests.Syscalls;

/// <summary>verdict.sql of syscall-surface, fed runs of a few calls.</summary>
public sealed class SurfaceVerdictTests
{
    private const string Read = "0 read - 9", Cachestat = "451 cachestat 6.5 9", NoCachestat = "451 cachestat 6.5 38", Mseal = "462 mseal 6.10 22", NoMseal = "462 mseal 6.10 38";

    [Fact]
    public void One_kernel_does_not_tell_that_a_call_works_on_a_later_one()
    {
        using var run = new SurfaceRun().Sweep(SurfaceRun.Host, "6.1.0", [Read, NoCachestat]);

        Assert.Equal(("not tested", "This needs two kernels with one userland, one older than a call and one not; this run called 1 kernel."), run.Verdicts()["part=kernels"]);
    }

    [Fact]
    public void Two_kernels_show_that_a_call_fails_on_the_older_and_works_on_the_later_one()
    {
        using var run = new SurfaceRun()
            .Sweep(SurfaceRun.Machine("debian-bookworm"), "6.1.0", [Read, NoCachestat, NoMseal])
            .Sweep(SurfaceRun.Machine("debian-trixie"), "6.12.9", [Read, Cachestat, Mseal]);
        var (verdict, summary) = run.Verdicts()["part=kernels"];

        Assert.Equal("supported", verdict);
        Assert.StartsWith("2 calls returned ENOSYS on a kernel older than the call and did not on a later one: cachestat and mseal.", summary, StringComparison.Ordinal);
        Assert.EndsWith("New on debian-trixie (6.12.9), which 6.1.0 lacks: cachestat and mseal.", summary, StringComparison.Ordinal);
        Assert.Equal(2, run.Query("FROM evidence WHERE scope = 'part=kernels'").Length);
        Assert.Equal([["Linux 6.1", "false", "0"], ["Linux 6.12", "true", "1"]], run.Query("SELECT shown, due, new_here FROM kernel_group WHERE since = '6.5' ORDER BY release"));
    }

    [Fact]
    public void A_call_that_was_carried_back_decides_nothing_and_is_named()
    {
        using var run = new SurfaceRun()
            .Sweep(SurfaceRun.Machine("debian-bookworm"), "6.1.0", [NoCachestat, Mseal])
            .Sweep(SurfaceRun.Machine("debian-trixie"), "6.12.9", [Cachestat, Mseal]);
        var (verdict, summary) = run.Verdicts()["part=kernels"];

        Assert.Equal("inconclusive", verdict);
        Assert.Contains("On a kernel older than they are, these did not return ENOSYS: mseal (6.1.0).", summary, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("defined=451 462", "inconclusive", "On a kernel that should have them, these returned ENOSYS: mseal (6.12.9).")]
    [InlineData("defined=451,weak=462", "supported", "Excluded from a later kernel's build, by its own symbols: mseal (6.12.9).")]
    public void A_call_that_the_later_kernel_lacks_is_excused_by_its_symbols_alone(string symbols, string expected, string said)
    {
        using var run = new SurfaceRun()
            .Sweep(SurfaceRun.Machine("debian-bookworm"), "6.1.0", [NoCachestat, NoMseal])
            .Sweep(SurfaceRun.Machine("debian-trixie"), "6.12.9", [Cachestat, NoMseal], symbols: symbols + ",boot_id=" + SurfaceRun.BootId);
        var (verdict, summary) = run.Verdicts()["part=kernels"];

        Assert.Equal(expected, verdict);
        Assert.Contains(said, summary, StringComparison.Ordinal);
    }

    [Fact]
    public void Symbols_and_calls_that_agree_support_each_other_and_each_disagreement_is_named()
    {
        const string Boot = ",boot_id=" + SurfaceRun.BootId;
        using var agreeing = new SurfaceRun().Sweep(SurfaceRun.Host, "6.1.0", [Read, NoCachestat], symbols: "defined=0,none=451" + Boot);
        using var other = new SurfaceRun().Sweep(SurfaceRun.Host, "6.1.0", [Read, NoCachestat, Mseal], symbols: "defined=0 451,weak=462" + Boot);

        Assert.Equal("yes", agreeing.Checks()["kernel-symbols"].Holds);
        Assert.Equal(
            ("no", "The answers of calls and the kernel's own symbols disagree on cachestat (symbol: defined; ENOSYS on 6.1.0) and mseal (symbol: weak; errno 22 on 6.1.0); they agree on all other calls of 1 cell."),
            other.Checks()["kernel-symbols"]);
        Assert.Equal(["451", "462"], other.Query("SELECT number FROM evidence WHERE claim = 'kernel-symbols' ORDER BY number").Select(row => row[0]));
    }

    [Fact]
    public void Symbols_of_another_kernel_than_the_one_that_was_called_say_nothing()
    {
        using var run = new SurfaceRun().Sweep(SurfaceRun.Container(runtime: "runsc"), "4.4.0", [Read, NoCachestat], symbols: "defined=0 451,boot_id=other");

        Assert.Equal("not checked", run.Checks()["kernel-symbols"].Holds);
    }

    [Fact]
    public void An_entry_that_a_kernel_lacks_is_told_and_one_that_it_has_is_judged()
    {
        using var run = new SurfaceRun()
            .Sweep(SurfaceRun.Host, "6.1.0", ["29 pause - 4", "222 - - 38", "462 mseal 6.10 38"], "syscalls-i386")
            .Sweep(SurfaceRun.Machine("debian-sid"), "7.2.0", [], "syscalls-i386", entry: "getpid: signal 11")
            .Sweep(SurfaceRun.Host, "6.1.0", [], "syscalls-x32", entry: "getpid: returned -38");
        var verdicts = run.Verdicts();

        Assert.Equal("supported", verdicts["entry=i386"].Verdict);
        Assert.Contains("The entry does not work everywhere: getpid: SIGSEGV in 1 cell.", verdicts["entry=i386"].Summary, StringComparison.Ordinal);
        Assert.Equal(("not tested", "No cell has this entry: getpid: ENOSYS in 1 cell."), verdicts["entry=x32"]);
        // The number 222 of 32-bit programs is none of the processor's own entry.
        Assert.Equal("not tested", verdicts[""].Verdict);
    }

    [Fact]
    public void A_call_that_succeeds_though_nobody_assigned_it_refutes()
    {
        using var run = new SurfaceRun().Sweep(SurfaceRun.Host, "6.1.0", ["222 - - 0"], "syscalls-i386").Sweep(SurfaceRun.Host, "6.1.0", ["480 - - 0"]);

        Assert.Equal(("refuted", "Through this entry, requests for what the kernel lacks did not fail for 222."), run.Verdicts()["entry=i386"]);
        Assert.Equal("refuted", run.Verdicts()[""].Verdict);
    }

    [Fact]
    public void A_filter_that_forgets_an_entry_is_found_out()
    {
        using var run = new SurfaceRun()
            .Sweep(SurfaceRun.Container(), "6.1.0", ["101 ptrace - 1"], filter: "errno=1=101,allow=4000")
            .Sweep(SurfaceRun.Container("seccomp=unconfined"), "6.1.0", ["101 ptrace - 3"])
            .Sweep(SurfaceRun.Container(), "6.1.0", ["26 ptrace - 3"], "syscalls-i386", filter: "errno=1=26,allow=4000")
            .Sweep(SurfaceRun.Container("seccomp=unconfined"), "6.1.0", ["26 ptrace - 3"], "syscalls-i386");
        var verdicts = run.Verdicts();

        Assert.Contains("the filter refuses through the main entry but not through this one: ptrace.", verdicts["entry=i386"].Summary, StringComparison.Ordinal);
        var (holds, summary) = run.Checks()["filter-witness"];
        Assert.Equal("no", holds);
        Assert.Contains("disagree on i386 ptrace", summary, StringComparison.Ordinal);
        Assert.DoesNotContain(verdicts.Keys, scope => scope is "part=witness" or "part=symbols" or "part=userland");
    }

    [Fact]
    public void What_nothing_but_its_own_answer_calls_lacking_supports_nothing()
    {
        using var run = new SurfaceRun().Sweep(SurfaceRun.Host, "6.1.0", [Read, "429 open_tree 5.2 38", "480 - - 38"]);
        var (verdict, summary) = run.Verdicts()[""];

        Assert.Equal("inconclusive", verdict);
        Assert.Contains("no call in the sweep is newer than the kernel", summary, StringComparison.Ordinal);
        Assert.Contains("Not counted: 1 call answered ENOSYS, and nothing else says that the kernel lacks them (open_tree).", summary, StringComparison.Ordinal);
    }

    [Fact]
    public void A_call_newer_than_the_kernel_that_fails_supports_the_claim()
    {
        using var run = new SurfaceRun().Sweep(SurfaceRun.Host, "6.1.0", [Read, NoCachestat, "480 - - 38"]);
        var (verdict, summary) = run.Verdicts()[""];

        Assert.Equal("supported", verdict);
        Assert.StartsWith("In 1 cell, 1 call newer than the kernel failed with ENOSYS: cachestat. 2 unassigned numbers failed too, in 1 cell.", summary, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("defined=462", "inconclusive", "answered as on a kernel that has them: mseal (6.1.0).")]
    [InlineData("none=462,defined=0", "refuted", "Requests for what the kernel lacks did not fail for mseal.")]
    [InlineData("", "inconclusive", "Unknown for mseal.")]
    public void A_success_on_an_older_kernel_refutes_where_the_kernels_symbols_lack_the_call(string symbols, string expected, string said)
    {
        using var run = new SurfaceRun().Sweep(SurfaceRun.Host, "6.1.0", [Read, "462 mseal 6.10 0"], symbols: symbols + ",boot_id=" + SurfaceRun.BootId);
        var (verdict, summary) = run.Verdicts()[""];

        Assert.Equal(expected, verdict);
        Assert.Contains(said, summary, StringComparison.Ordinal);
    }

    [Fact]
    public void A_call_that_was_carried_back_is_named_and_supports_nothing()
    {
        using var run = new SurfaceRun().Sweep(SurfaceRun.Host, "6.1.0", [Read, Mseal]);
        var (verdict, summary) = run.Verdicts()[""];

        Assert.Equal("inconclusive", verdict);
        Assert.Contains("answered as on a kernel that has them: mseal (6.1.0).", summary, StringComparison.Ordinal);
    }

    [Fact]
    public void The_release_of_a_program_in_a_kernels_place_makes_no_call_newer_whatever_its_runtime_is_called()
    {
        using var gvisor = new SurfaceRun().Sweep(SurfaceRun.Container(), "4.4.0", [Read, NoCachestat], bootId: "");
        using var shared = new SurfaceRun().Sweep(SurfaceRun.Host, "6.1.0", [Read]).Sweep(SurfaceRun.Container(), "6.1.0", [Read, NoCachestat]);

        Assert.Equal("inconclusive", gvisor.Verdicts()["runtime=runc"].Verdict);
        Assert.Equal("supported", shared.Verdicts()["runtime=runc"].Verdict);
    }

    [Fact]
    public void Kernels_are_compared_under_one_userland_alone()
    {
        using var run = new SurfaceRun().Sweep(SurfaceRun.Host, "6.1.0", [NoCachestat]).Sweep(SurfaceRun.Machine("debian-trixie"), "6.12.9", [Cachestat]);

        Assert.Equal("not tested", run.Verdicts()["part=kernels"].Verdict);
    }
}
