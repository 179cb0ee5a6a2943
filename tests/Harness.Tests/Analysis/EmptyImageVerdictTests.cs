using Harness.Analysis.Judging;
using Harness.Core.Model;

namespace Harness.Tests.Analysis;

/// <summary>The rules of decision of experiments/distro-matrix/README.md for C0, case by case.</summary>
public sealed class EmptyImageVerdictTests : IDisposable
{
    private readonly MatrixRun _run = new();

    public void Dispose() => _run.Dispose();

    [Fact]
    public void A_static_program_that_runs_in_an_empty_image_qualifies_the_claim_which_is_about_dynamic_ones()
    {
        var verdicts = _run.Machine().Scratch().Container("debian:12").Verdicts().Where(row => row.Claim == "C0");
        Assert.Equal(
            [
                new VerdictRow(
                    "sample", "distro-matrix", "C0", "", "qualified", "real",
                    "Holds for dynamic programs (no loader in 1 of 1); static ones run in an empty image (1 of 1)",
                    "Under docker/runc, a dynamically linked program was refused in 1 of 1 container made from an empty image, because its dynamic loader is missing, "
                    + "and the same binary ran in 1 container made from debian:12: it needs a base image with a loader and libc. "
                    + "Under docker/runc, a static program ran in 1 of 1 container made from an empty image: it needs a kernel and nothing from a userland.",
                    4),
                new VerdictRow(
                    "sample", "distro-matrix", "C0", "program=dynamic", "supported", "real", "A dynamic program failed in 1 of 1 container of an empty image: it lacks its loader",
                    "Under docker/runc, a dynamically linked program was refused in 1 of 1 container made from an empty image, because its dynamic loader is missing, "
                    + "and the same binary ran in 1 container made from debian:12: it needs a base image with a loader and libc.",
                    2),
                new VerdictRow(
                    "sample", "distro-matrix", "C0", "program=static", "refuted", "real", "A static program ran in 1 of 1 container of an empty image",
                    "Under docker/runc, a static program ran in 1 of 1 container made from an empty image: it needs a kernel and nothing from a userland.",
                    2),
            ],
            verdicts);
    }

    [Fact]
    public void A_refusal_without_a_control_decides_nothing() =>
        Assert.Equal("inconclusive", _run.Machine().Scratch().Container("busybox:static", except: ("dynamic-program", Did.Absent)).Verdict("C0", "program=dynamic").Verdict);

    [Fact]
    public void The_machine_itself_is_no_control_for_a_container() =>
        Assert.Equal("inconclusive", _run.Machine().Scratch().Verdict("C0", "program=dynamic").Verdict);

    [Fact]
    public void A_control_under_another_runtime_is_none() =>
        Assert.Equal("inconclusive", _run.Scratch("runsc").Scratch("runc").Container("debian:12", "runc").Verdict("C0", "program=dynamic").Verdict);

    [Fact]
    public void A_control_on_another_host_is_none() =>
        Assert.Equal("inconclusive", _run.Scratch().Container("debian:12", host: "ba9876543210").Verdict("C0", "program=dynamic").Verdict);

    [Fact]
    public void Without_the_static_program_beside_it_the_missing_file_may_be_the_program_itself()
    {
        var verdict = _run.Scratch(except: [("static-program", Did.Absent), ("dynamic-program", Did.Absent)]).Container("debian:12").Verdict("C0", "program=dynamic");
        Assert.Equal("inconclusive", verdict.Verdict);
        Assert.EndsWith("In 1 of them, it is not certain that the loader was missing.", verdict.Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void A_kernel_that_does_not_say_which_file_is_missing_is_understood_beside_the_static_program() => Assert.Equal(
        "supported",
        _run.Scratch(except: ("dynamic-program", new Did(Outcome.Refused, Detail: "/.harness/dynamic: ENOENT, no such file"))).Container("debian:12").Verdict("C0", "program=dynamic").Verdict);

    [Fact]
    public void A_dynamic_program_that_crashes_in_an_empty_image_is_not_refused() =>
        Assert.Equal("inconclusive", _run.Scratch(except: ("dynamic-program", Did.Segfault)).Container("debian:12").Verdict("C0", "program=dynamic").Verdict);

    [Fact]
    public void A_dynamic_program_that_runs_in_an_empty_image_under_one_runtime_refutes_its_row()
    {
        _run.Scratch("runc", except: ("dynamic-program", Did.Ok)).Scratch("runsc").Container("debian:12", "runsc");
        Assert.Equal("refuted", _run.Verdict("C0", "program=dynamic").Verdict);
    }

    [Fact]
    public void One_that_is_refused_in_one_block_and_crashes_in_another_is_not_certain() => Assert.Equal(
        "inconclusive", _run.Scratch(block: 1).Scratch(block: 2, except: ("dynamic-program", Did.Segfault)).Container("debian:12").Verdict("C0", "program=dynamic").Verdict);

    [Fact]
    public void A_static_program_that_runs_only_where_there_is_a_userland_supports_the_claim() => Assert.Equal(
        "supported", _run.Scratch(except: ("static-program", Did.Absent)).Container("debian:12").Verdict("C0").Verdict);

    [Fact]
    public void A_static_program_that_runs_nowhere_decides_nothing() => Assert.Equal(
        "inconclusive",
        _run.Scratch(except: ("static-program", Did.Absent)).Container("debian:12", except: ("static-program", Did.Absent)).Verdict("C0").Verdict);

    [Fact]
    public void Without_the_empty_image_nothing_was_tested_and_the_remedy_is_named()
    {
        var verdict = _run.Machine().Container("debian:12").Verdict("C0");
        Assert.Equal("not tested", verdict.Verdict);
        Assert.Equal("No program was tried in an empty image. Add the userland `scratch`.", verdict.Summary);
        Assert.Equal(0, verdict.Trials);
    }

    [Fact]
    public void A_program_that_is_not_built_leaves_it_untested()
    {
        var reason = Did.Unavailable("the program 'static' is not built for riscv64: probes/bin/static-riscv64 is missing");
        var verdict = _run.Scratch(except: [("static-program", reason), ("dynamic-program", Did.Broken("the channel broke"))]).Verdict("C0");
        Assert.Equal("not tested", verdict.Verdict);
        Assert.Equal("No program was tried in an empty image.", verdict.Summary);
    }

    [Fact]
    public void Evidence_names_the_trials_in_the_empty_image_and_the_controls()
    {
        var evidence = Judged.Evidence(_run.Machine().Scratch().Container("debian:12").Build());
        var rows = evidence.Rows
            .Select(row => (Claim: row[evidence.IndexOf("claim")], Scope: row[evidence.IndexOf("scope")], Cell: row[evidence.IndexOf("cell")], Role: row[evidence.IndexOf("role")]))
            .Where(row => row is { Claim: "C0", Scope: "program=dynamic" });
        Assert.Equal([("debian:12|host|docker/runc||", "control"), ("scratch|host|docker/runc||", "empty image")], rows.Select(row => (row.Cell, row.Role)));
    }
}
