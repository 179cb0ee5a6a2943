namespace Harness.Tests.Analysis;

/// <summary>The rules of decision of experiments/legacy-userland/README.md, case by case.</summary>
public sealed class LegacyVerdictTests : IDisposable
{
    private readonly LegacyRun _run = new();

    public void Dispose() => _run.Dispose();

    [Fact]
    public void A_stand_in_shows_the_mechanism_and_decides_nothing_about_a_real_bash()
    {
        var verdict = _run.Usual(LegacyRun.StandIn).Verdict("C4b");
        Assert.Equal(("inconclusive", "synthetic", 7L), (verdict.Verdict, verdict.Basis, verdict.Trials));
        Assert.Equal(
            "Mechanism shown: a stand-in that makes the same vsyscalls as bash with glibc 2.13 crashed in 2 of 7 trials (by vsyscall mode emulate: 0 of 2 crashed, "
            + "none: 2 of 2 crashed, xonly: 0 of 3 crashed), on 5.10.2 and 7.2.1; on 5.10.2 and 7.2.1 the boot parameter alone made the difference. "
            + "No bash of a real userland with glibc before 2.15 was run, so the claim about it stays open.",
            verdict.Summary);
    }

    [Fact]
    public void A_stand_in_that_does_not_follow_the_mode_shows_no_mechanism_and_refutes_nothing()
    {
        var verdict = _run.Usual(LegacyRun.StandIn).Machine(LegacyRun.StandIn, "6.1.9", "xonly", crashes: true).Verdict("C4b");
        Assert.Equal("inconclusive", verdict.Verdict);
        Assert.StartsWith("Mechanism not shown: ", verdict.Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void Real_userlands_are_judged_by_the_rule_and_the_stand_in_beside_them_counts_no_more()
    {
        var verdict = _run.Usual("centos:6").Machine(LegacyRun.StandIn, "6.1.9", "xonly", crashes: true).Verdict("C4b");
        Assert.Equal(("supported", "real", 7L), (verdict.Verdict, verdict.Basis, verdict.Trials));
        Assert.StartsWith("Old bash crashed in 2 of 7 trials", verdict.Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void One_real_bash_that_does_not_follow_the_mode_refutes() =>
        Assert.Equal("refuted", _run.Usual("centos:6").Machine("centos:5", "6.1.9", "xonly", crashes: true).Verdict("C4b").Verdict);

    [Theory]
    [InlineData("debian:11")]
    [InlineData("someone/else:1")]
    public void A_userland_that_is_not_known_to_be_old_enough_counts_for_nothing_and_is_named(string userland)
    {
        var verdict = _run.Usual(userland).Verdict("C4b");
        Assert.Equal(("not tested", 0L), (verdict.Verdict, verdict.Trials));
        Assert.Equal([$"{userland}: not known to have a glibc before 2.15"], Harness.Tests.Analysis.Judged.NotCounted(_run.Build()));
    }

    [Theory]
    [InlineData("runsc")]
    [InlineData("runc")]
    public void A_release_that_is_no_kernels_is_named_nowhere_and_counts_for_no_version(string runtime)
    {
        _run.Container("centos:5", "6.18.1", "none").Gvisor("centos:6", runtime);
        Assert.DoesNotContain("4.4.0", string.Concat(Judged(["C4a-sufficient", "C4a-necessary", "C4b"])), StringComparison.Ordinal);
        Assert.Equal(("supported", 1L), (_run.Verdict("C4a-sufficient").Verdict, _run.Verdict("C4a-sufficient").Trials));
        Assert.Equal("not tested", _run.Verdict("C4a-necessary").Verdict);
        Assert.Equal(["centos:6: its release is not shown to be a kernel's"], Harness.Tests.Analysis.Judged.NotCounted(_run.Build()));
    }

    [Fact]
    public void Versions_are_judged_on_the_hosts_kernel_and_on_those_that_vms_boot()
    {
        _run.Container("centos:6", "6.18.1", "xonly").Machine("centos:6", "4.9.1", "none");
        Assert.Equal(("refuted", 1L), (_run.Verdict("C4a-sufficient").Verdict, _run.Verdict("C4a-sufficient").Trials));
        Assert.Equal(("inconclusive", 1L), (_run.Verdict("C4a-necessary").Verdict, _run.Verdict("C4a-necessary").Trials));
    }

    [Fact]
    public void Headlines_of_crashes_say_under_which_mode_of_the_kernel_they_happened()
    {
        _run.Container("centos:5", "6.18.1", "none").Container("centos:6", "6.18.1", "none");
        Assert.Equal("Old bash crashed in 2 of 2 trials on Linux 6.18 (vsyscall=none)", _run.Verdict("C4a-sufficient").Headline);
    }

    [Fact]
    public void Where_some_ran_the_headline_has_both_modes()
    {
        var headline = _run.Usual("centos:6").Verdict("C4a-sufficient").Headline;
        Assert.Equal("Old bash crashed in 2 of 6 trials, with vsyscall=none; it ran with emulate and xonly", headline);
        Assert.InRange(headline.Length, 1, 100);
    }

    private IEnumerable<string> Judged(string[] claims) => claims.Select(claim => _run.Verdict(claim).Summary);
}
