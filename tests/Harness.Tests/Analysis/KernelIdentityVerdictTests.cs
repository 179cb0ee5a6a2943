using Harness.Analysis.Judging;
using Harness.Core;
using Harness.Core.Model;

namespace Harness.Tests.Analysis;

/// <summary>The rules of decision of experiments/kernel-identity/README.md, case by case.</summary>
public sealed class KernelIdentityVerdictTests : IDisposable
{
    private static readonly KernelReadings _elsewhere = new()
    {
        Release = "6.6.32-linuxkit",
        Version = "#1 SMP",
        BootId = "11111111-0000-4000-8000-000000000000",
        Btime = 1_700_009_000,
        Cmdline = "bbbb",
        Boottime = 77_000_000_000,
    };

    private readonly RunBuilder _run = new();

    public void Dispose() => _run.Dispose();

    [Fact]
    public void Containers_whose_witnesses_all_agree_support_the_claim()
    {
        var verdict = _run.HostCell(1).HostCell(2).Container(block: 1).Container(block: 2, userland: "busybox:static").Verdict("runtime=runc");
        Assert.Equal(
            new VerdictRow(
                "sample", "kernel-identity", "C1", "runtime=runc", "supported", "real",
                "Holds in 2 of 2 trials (2 userlands) under runc, on 6.1.0-18-amd64",
                "Under docker/runc, 2 of 2 container trials from 2 userlands ran on the host's kernel 6.1.0-18-amd64: "
                + "boot id, boot time, boot clock, release, version and command line all agreed.",
                2),
            verdict);
    }

    [Fact]
    public void A_counterexample_outside_the_ordinary_scope_qualifies_the_claim_and_is_named()
    {
        var verdicts = _run.Usual().Verdicts();
        Assert.Equal(
            [("", "qualified", 8L), ("runtime=runc", "supported", 4L), ("runtime=runsc", "refuted", 4L)],
            verdicts.Select(row => (row.Scope, row.Verdict, row.Trials)));
        Assert.Equal("Holds under runc (2 userlands); under gVisor another kernel answers", verdicts[0].Headline);
        Assert.Contains("4.4.0 where the host has 6.1.0-18-amd64", verdicts[0].Summary, StringComparison.Ordinal);
        Assert.Contains("could not be compared: boot id.", verdicts[0].Summary, StringComparison.Ordinal);
        Assert.Contains("Under docker/runc, 4 ran on the host's kernel.", verdicts[0].Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void One_real_counterexample_within_the_ordinary_scope_refutes_the_claim()
    {
        var verdict = _run.HostCell().Container("crun").Container("runc", readings: KernelReadings.Gvisor).Verdict();
        Assert.Equal(("refuted", "Fails under runc: another kernel in 1 of 2 trials (4.4.0)"), (verdict.Verdict, verdict.Headline));
    }

    [Fact]
    public void A_counterexample_alone_does_not_decide_what_nobody_measured()
    {
        var verdict = _run.HostCell().Container("runsc", readings: KernelReadings.Gvisor).Verdict();
        Assert.Equal(("inconclusive", "Open: not measured under runc or crun; under gVisor another kernel answers"), (verdict.Verdict, verdict.Headline));
    }

    [Fact]
    public void A_virtual_machine_that_boots_the_hosts_own_build_is_still_another_kernel()
    {
        var clone = KernelReadings.Host with { BootId = "ffffffff-0000-4000-8000-000000000000", Btime = 1_700_004_000, Boottime = 2_000_000_000 };
        var verdict = _run.Runtime("kata,container,Kata,false,false,true").HostCell().Container("kata", readings: clone).Verdict("runtime=kata");
        Assert.Equal("refuted", verdict.Verdict);
        Assert.Contains("boot id, boot time and boot clock differed", verdict.Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void A_runtime_that_the_table_lacks_is_told_and_not_guessed()
    {
        var failure = Assert.Throws<HarnessException>(() => _run.HostCell().Container("kata").Verdict());
        Assert.Contains("definitions/runtimes.csv has no runtime kata", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_virtual_machine_of_another_monitor_checks_the_method_and_no_claim_about_containers()
    {
        var folder = _run.Runtime("monitor,vm,Monitor,false,false,true").Usual().VirtualMachine("debian-bookworm", _elsewhere, runtime: "monitor").Build();
        Assert.DoesNotContain(Judged.Verdicts(folder), row => row.Scope == "runtime=monitor");
        Assert.Equal(("vm-kernels", "yes"), Assert.Single(Judged.Checks(folder).Select(check => (check.Name, check.Holds))));
    }

    [Fact]
    public void Warm_ups_are_not_judged()
    {
        var verdict = _run.HostCell(1).HostCell(2).Container(block: 1, readings: KernelReadings.Gvisor, warmup: true).Container(block: 2).Verdict();
        Assert.Equal(("supported", 1L), (verdict.Verdict, verdict.Trials));
    }

    [Fact]
    public void Without_a_host_cell_nothing_is_tested_and_the_remedy_is_named()
    {
        var verdict = _run.Container().Verdict();
        Assert.Equal(("not tested", 0L), (verdict.Verdict, verdict.Trials));
        Assert.Equal(["runc: no reading of the host in the same block"], Judged.NotCounted(_run.Build()));
    }

    [Fact]
    public void A_host_reading_of_another_block_is_no_reference()
    {
        Assert.Equal("not tested", _run.HostCell(block: 1).Container(block: 2).Verdict().Verdict);
    }

    [Fact]
    public void Without_containers_nothing_is_tested()
    {
        var verdict = Assert.Single(_run.HostCell().Verdicts());
        Assert.Equal(("", "not tested"), (verdict.Scope, verdict.Verdict));
        Assert.Contains("add a runtime such as `runc`", verdict.Summary, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Outcome.Unavailable)]
    [InlineData(Outcome.Broken)]
    public void Trials_that_were_not_measured_decide_nothing(Outcome outcome)
    {
        var verdict = _run.HostCell().Unmeasured(outcome, "no such thing").Verdict("runtime=runc");
        Assert.Equal("not tested", verdict.Verdict);
        Assert.Equal("No container was judged.", verdict.Summary);
    }

    [Fact]
    public void A_runtime_that_was_not_available_changes_nothing_of_what_was_measured()
    {
        var verdict = _run.HostCell().Container().Unmeasured(Outcome.Unavailable, "runsc is not installed", "runsc").Verdict();
        Assert.Equal("supported", verdict.Verdict);
        Assert.EndsWith(" all agreed.", verdict.Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void Each_host_is_compared_with_itself()
    {
        const string other = "ba9876543210";
        _run.HostCell().Container();
        _run.HostCell(readings: _elsewhere with { Boottime = 5_000_050_000_000 }, host: other).Container(readings: _elsewhere with { Boottime = 5_000_050_000_000 }, host: other);
        var verdict = _run.Verdict("runtime=runc");
        Assert.Equal(("supported", 2L), (verdict.Verdict, verdict.Trials));
        Assert.Contains("on 2 hosts ran on the host's kernel 6.1.0-18-amd64 and 6.6.32-linuxkit", verdict.Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void An_engine_on_another_machine_is_no_counterexample()
    {
        var verdict = _run.HostCell().Container(readings: _elsewhere).Container(readings: _elsewhere, userland: "busybox:static").Verdict("runtime=runc");
        Assert.Equal("inconclusive", verdict.Verdict);
        Assert.Contains("the engine is on another host or in a VM", verdict.Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void A_synthetic_userland_decides_nothing_on_its_own()
    {
        var verdict = _run.HostCell().Container(userland: "synthetic-old:1").Verdict("runtime=runc");
        Assert.Equal(("inconclusive", "synthetic"), (verdict.Verdict, verdict.Basis));
    }

    [Fact]
    public void Beside_real_userlands_a_synthetic_one_is_not_counted()
    {
        var verdict = _run.HostCell().Container().Container(userland: "synthetic-old:1", readings: KernelReadings.Gvisor).Verdict("runtime=runc");
        Assert.Equal(("supported", "real", 1L), (verdict.Verdict, verdict.Basis, verdict.Trials));
    }

    [Fact]
    public void Every_verdict_rests_on_as_many_trials_as_its_evidence_names()
    {
        var folder = _run.Usual().Unmeasured(Outcome.Broken, "x", block: 3).Build();
        var rows = Judged.Evidence(folder);
        foreach (var verdict in Judged.Verdicts(folder))
        {
            var trials = rows.Rows.Where(row => row[rows.IndexOf("scope")] == verdict.Scope).Select(row => row[rows.IndexOf("trial_id")]).Distinct();
            Assert.Equal(verdict.Trials, trials.Count());
        }
    }
}
