using Harness.Analysis.Judging;
using Harness.Core.Model;

namespace Harness.Tests.Analysis;

/// <summary>The rules of decision of experiments/distro-matrix/README.md for C3, case by case.</summary>
public sealed class OtherUserlandsVerdictTests : IDisposable
{
    private const string Loader = "/bin/bash: error while loading shared libraries: libtinfo.so.6: cannot open shared object file: No such file or directory";

    private readonly MatrixRun _run = new();

    public void Dispose() => _run.Dispose();

    [Fact]
    public void Userlands_of_other_versions_that_all_work_support_the_claim_and_the_hosts_own_is_left_out()
    {
        var verdicts = _run.Machine().Container("debian:11").Container("debian:12").Container("alpine:3").Scratch().Verdicts().Where(row => row.Claim == "C3");
        const string headline = "2 of 2 userlands run on this kernel under runc";
        const string summary =
            "Under docker/runc, every measured userland of another distribution or version than the host's (debian 12) works: alpine:3 and debian:11. "
            + "Every probe program that they ship ran, in 2 cells.";
        Assert.Equal(
            [
                new VerdictRow("sample", "distro-matrix", "C3", "", "supported", "real", headline, summary, 24),
                new VerdictRow("sample", "distro-matrix", "C3", "runtime=runc", "supported", "real", headline, summary, 24),
            ],
            verdicts);
        Assert.Equal(
            ["debian:12: the host's own distribution and version", "scratch: it has none of the programs that the probes look for"], Judged.NotCounted(_run.Build()).Order(StringComparer.Ordinal));
    }

    public static TheoryData<string, Did, string> Failures => new()
    {
        { "bash", Did.Segfault, "bash crashed by signal 11" },
        { "date", Did.Status(1, "no"), "date failed with status 1 (no)" },
        // A loader that lacks a library or refuses the processor ends with the status that shells have for a command that is not there.
        { "bash", Did.Status(127, Loader), $"bash failed with status 127 ({Loader})" },
        { "sh", Did.Status(127, @"a warning\nFatal glibc error: CPU does not support x86-64-v2"), "sh failed with status 127 (Fatal glibc error: CPU does not support x86-64-v2)" },
        { "fork-pipe", Did.Status(127), "fork-pipe failed with status 127" },
        { "bash", Did.NoLoader, "bash refused (/bin/x: its interpreter /lib64/ld-linux-x86-64.so.2 does not exist: ENOENT, no such file)" },

        { "sh", Did.Hang, "sh timeout" },
        { "ls", Did.Denied, "ls refused (/bin/x: EACCES, permission denied)" },
        { "about", Did.Segfault, "about crashed by signal 11" },
    };

    [Theory]
    [MemberData(nameof(Failures))]
    public void One_real_userland_that_fails_and_is_past_its_support_qualifies_the_claim_and_is_named_with_its_probe(string probe, Did did, string named)
    {
        var verdict = _run.Machine().Container("debian:13").Container("centos:5", except: (probe, did)).Verdict("C3");
        Assert.Equal("qualified", verdict.Verdict);
        Assert.StartsWith("1 of 2 userlands of 2007–2025 run on ", verdict.Headline, StringComparison.Ordinal);
        Assert.Contains($"; centos:5: {probe} ", verdict.Headline, StringComparison.Ordinal);
        Assert.Contains($"not every measured userland of another distribution or version than the host's (debian 12) works: 1 of 2 cells fails: centos:5 under docker/runc ({named}).", verdict.Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void A_headline_that_names_crashing_userlands_says_under_which_vsyscall_mode_it_happened()
    {
        _run.Vsyscall = "none";
        var verdict = Crashing().Verdict("C3");
        Assert.Equal("1 of 3 userlands of 2007–2025 run on this kernel; centos:5 and 6: bash crashes (vsyscall=none)", verdict.Headline);
        Assert.Equal("qualified", verdict.Verdict);
    }

    [Fact]
    public void Where_the_mode_was_not_read_or_is_not_one_the_headline_names_none()
    {
        const string headline = "1 of 3 userlands of 2007–2025 run on this kernel; centos:5 and 6: bash crashes";
        Assert.Equal(headline, Crashing().Verdict("C3").Headline);
    }

    [Fact]
    public void Hosts_that_serve_the_calls_differently_have_no_mode_in_common()
    {
        _run.Vsyscall = "none";
        Crashing();
        _run.Vsyscall = "emulate";
        Assert.DoesNotContain("vsyscall", _run.Machine(host: "ba9876543210").Container("debian:13", host: "ba9876543210").Verdict("C3").Headline, StringComparison.Ordinal);
    }

    [Fact]
    public void A_failure_that_is_no_crash_has_no_mode_and_what_gVisor_serves_is_read_there()
    {
        _run.Vsyscall = "none";
        _run.Machine();
        _run.Vsyscall = "";
        _run.Container("debian:13").Container("centos:5", except: ("date", Did.Status(1))).Container("debian:13", "runsc").Container("centos:6", "runsc", except: ("bash", Did.Segfault));
        Assert.EndsWith("; centos:5: date fails", _run.Verdict("C3").Headline, StringComparison.Ordinal);
        Assert.EndsWith("; centos:6: bash crashes", _run.Verdict("C3", "runtime=runsc").Headline, StringComparison.Ordinal);
    }

    [Fact]
    public void A_headline_that_does_not_fit_gives_up_the_years_and_keeps_the_mode()
    {
        _run.Vsyscall = "none";
        _run.Machine().Container("debian:13");
        foreach (var userland in new[] { "oraclelinux:5", "centos:6" })
            _run.Container(userland, except: ("fork-pipe", Did.Segfault));
        var headline = _run.Verdict("C3").Headline;
        Assert.Equal("1 of 3 userlands run on this kernel; centos:6 and oraclelinux:5: fork-pipe crashes (vsyscall=none)", headline);
        Assert.InRange(headline.Length, 1, 100);
    }

    // bash is /bin/sh there, and more than one probe meets it.
    private MatrixRun Crashing()
    {
        _run.Machine().Container("debian:13");
        foreach (var userland in new[] { "centos:5", "centos:6" })
            _run.Container(userland, except: [("bash", Did.Segfault), ("sh", Did.Segfault), ("fork-pipe", Did.Segfault)]);
        return _run;
    }

    [Fact]
    public void One_that_its_distribution_still_supports_refutes_the_claim()
    {
        var verdict = _run.Machine().Container("debian:13").Container("almalinux:9", except: ("bash", Did.Segfault)).Verdict("C3");
        Assert.Equal("refuted", verdict.Verdict);
        Assert.EndsWith("; almalinux:9: bash crashes", verdict.Headline, StringComparison.Ordinal);
    }

    [Fact]
    public void A_failure_under_one_runtime_leaves_the_others_row_as_it_is()
    {
        _run.Machine().Container("debian:13", "runc").Container("debian:13", "runsc", except: ("ls", Did.Status(2)));
        Assert.Equal(
            [("", "qualified"), ("runtime=runc", "supported"), ("runtime=runsc", "refuted")],
            _run.Verdicts().Where(row => row.Claim == "C3").Select(row => (row.Scope, row.Verdict)));
    }

    [Fact]
    public void Where_the_hosts_own_version_fails_too_the_summary_says_so()
    {
        var verdict = _run.Machine().Container("debian:12", "runsc", except: ("ls", Did.Status(2))).Container("debian:13", "runsc", except: ("ls", Did.Status(2))).Verdict("C3");
        Assert.Equal(("inconclusive", "Open: not measured under runc or crun; under gVisor 1 of 1 fail"), (verdict.Verdict, verdict.Headline));
        Assert.Contains("The host's own distribution and version fails too, so the fault may lie with the runtime: debian:12 under docker/runsc (ls failed with status 2).", verdict.Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void Where_the_hosts_own_version_alone_fails_nothing_is_decided_and_the_summary_says_so()
    {
        var verdict = _run.Machine().Container("debian:12", except: ("bash", Did.Status(127, Loader))).Container("debian:13").Verdict("C3");
        Assert.Equal("supported", verdict.Verdict);
        Assert.Contains($"The host's own distribution and version fails, which decides nothing here: debian:12 under docker/runc (bash failed with status 127 ({Loader})).", verdict.Summary, StringComparison.Ordinal);
    }

    public static TheoryData<string, Did> Absences => new() { { "bash", Did.Absent }, { "names", Did.Status(69, "neither getent nor grep is there") }, { "uname", Did.Absent }, { "dynamic-program", Did.Absent } };

    [Theory]
    [MemberData(nameof(Absences))]
    public void A_program_that_is_not_there_does_not_fail(string probe, Did did) =>
        Assert.Equal("supported", _run.Machine().Container("busybox:1", except: (probe, did)).Verdict("C3").Verdict);

    [Fact]
    public void A_userland_whose_loader_refuses_the_processor_counts_as_one_that_fails()
    {
        var verdict = _run.Machine().Container("debian:13").All("almalinux:9", Did.Status(127, "Fatal glibc error: CPU does not support x86-64-v2"), ownOnly: true).Verdict("C3");
        Assert.Equal("refuted", verdict.Verdict);
        Assert.Contains("1 of 2 cells fails: almalinux:9 under docker/runc (about failed with status 127 (Fatal glibc error: CPU does not support x86-64-v2)", verdict.Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void A_userland_that_sometimes_fails_leaves_it_open()
    {
        var verdict = _run.Machine().Container("debian:13", block: 1).Container("debian:13", block: 2, except: ("date", Did.Hang)).Verdict("C3");
        Assert.Equal("inconclusive", verdict.Verdict);
        Assert.Contains("1 of 1 cell is inconsistent: debian:13 under docker/runc (date timeout)", verdict.Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void One_of_another_architecture_is_left_out()
    {
        var verdict = _run.Machine().Container("debian:13").All("debian:11", Did.Foreign).Verdict("C3");
        Assert.Equal("supported", verdict.Verdict);
        Assert.Equal(["debian:11: built for another architecture"], Judged.NotCounted(_run.Build()));
    }

    [Fact]
    public void One_that_was_not_available_decides_nothing_and_is_the_coverages_to_say()
    {
        var verdict = _run.Machine().Container("debian:13").All("centos:5", Did.Unavailable("no registry answers")).Verdict("C3");
        Assert.Equal("supported", verdict.Verdict);
        Assert.Empty(Judged.NotCounted(_run.Build()));
    }

    [Fact]
    public void A_container_that_the_engine_refused_says_nothing_of_its_programs()
    {
        var refusal = new Did(Outcome.Refused, Detail: "OCI runtime create failed: runc create failed: open /sys/fs/cgroup/x: no such file or directory: unknown");
        var verdict = _run.Machine().Container("debian:13").All("debian:11", refusal).Verdict("C3");
        Assert.Equal("supported", verdict.Verdict);
        Assert.Contains("debian:11: the engine refused the whole container", Judged.NotCounted(_run.Build()));
    }

    [Fact]
    public void A_probe_that_fails_on_the_host_itself_is_left_out_everywhere()
    {
        var verdict = _run.Machine(except: ("names", Did.Status(2))).Container("debian:13", except: ("names", Did.Status(2))).Verdict("C3");
        Assert.Equal("supported", verdict.Verdict);
        Assert.Equal(["probe names: the probe does not run on the host either"], Judged.NotCounted(_run.Build()));
    }

    [Fact]
    public void A_host_without_bash_does_not_excuse_one_that_crashes() => Assert.Equal(
        "refuted", _run.Machine(except: ("bash", Did.Absent)).Container("almalinux:9", except: ("bash", Did.Segfault)).Verdict("C3").Verdict);

    [Fact]
    public void Without_a_reading_of_the_host_nothing_is_judged_and_the_remedy_is_named()
    {
        var verdict = _run.Container("debian:13").Verdict("C3");
        Assert.Equal("not tested", verdict.Verdict);
        Assert.Equal(["debian:13: no reading of the host to compare with"], Judged.NotCounted(_run.Build()));
    }

    [Fact]
    public void Without_a_container_nothing_is_judged_and_the_remedy_is_named()
    {
        var verdict = _run.Machine().Verdict("C3");
        Assert.Equal("not tested", verdict.Verdict);
        Assert.EndsWith("This run has no trial of a container: add a runtime such as `runc`.", verdict.Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void Stand_ins_alone_decide_nothing()
    {
        var verdict = _run.Machine().Container("synthetic-centos:5", except: ("bash", Did.Segfault)).Verdict("C3");
        Assert.Equal(("inconclusive", "synthetic"), (verdict.Verdict, verdict.Basis));
        Assert.StartsWith("Only synthetic stand-ins were measured", verdict.Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void A_stand_in_does_not_refute_beside_real_userlands()
    {
        var verdict = _run.Machine().Container("debian:13").Container("synthetic-centos:5", except: ("bash", Did.Segfault)).Verdict("C3");
        Assert.Equal(("supported", "real"), (verdict.Verdict, verdict.Basis));
    }
}
