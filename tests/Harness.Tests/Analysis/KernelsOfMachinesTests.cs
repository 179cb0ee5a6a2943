using System.Globalization;
using Harness.Analysis.Judging;

namespace Harness.Tests.Analysis;

/// <summary>What virtual machines say beside containers: rule 7 of experiments/kernel-identity/README.md and rule 9 of experiments/distro-matrix/README.md.</summary>
public sealed class KernelsOfMachinesTests : IDisposable
{
    private readonly RunBuilder _identity = new();
    private readonly MatrixRun _matrix = new();

    public void Dispose()
    {
        _identity.Dispose();
        _matrix.Dispose();
    }

    [Fact]
    public void A_virtual_machines_own_kernel_neither_refutes_the_claim_nor_supports_it()
    {
        var verdicts = _identity.HostCell().Container().VirtualMachine("debian-trixie", Booted("6.12.1", 'a')).VirtualMachine("debian-bullseye", Booted("5.10.2", 'b')).Verdicts();
        Assert.Equal([("", "supported", 1L), ("runtime=runc", "supported", 1L)], verdicts.Select(row => (row.Scope, row.Verdict, row.Trials)));
        Assert.DoesNotContain("qemu", verdicts[0].Summary, StringComparison.Ordinal);
        Assert.Equal(
            [new MethodCheck(
                "sample", "kernel-identity", "vm-kernels", "yes",
                "2 of 2 trials in VMs ran on a kernel of their own, not the host's 6.1.0-18-amd64, "
                + "as both boot-specific and build-specific facts show: debian-bullseye answered as 5.10.2 and debian-trixie answered as 6.12.1.",
                2)],
            Judged.Checks(_identity.Folder));
        var evidence = Judged.Evidence(_identity.Folder);
        Assert.Equal(
            ["2", "1"],
            new[] { "vm-kernels", "C1" }.Select(claim => evidence.Rows
                .Where(row => row[evidence.IndexOf("claim")] == claim && row[evidence.IndexOf("scope")] is { Length: 0 }).Select(row => row[evidence.IndexOf("trial_id")]).Distinct().Count().ToString(CultureInfo.InvariantCulture)));
    }

    [Fact]
    public void Virtual_machines_alone_test_nothing_of_containers()
    {
        var verdict = _identity.HostCell().VirtualMachine("debian-trixie", Booted("6.12.1", 'a')).Verdict();
        Assert.Equal(("not tested", 0L), (verdict.Verdict, verdict.Trials));
        Assert.Contains("no trial of a container", verdict.Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void A_virtual_machine_that_reads_as_the_host_says_that_the_method_is_blind()
    {
        var verdicts = _identity.HostCell().Container().VirtualMachine("debian-trixie", KernelReadings.Host).Verdicts();
        var check = Assert.Single(Judged.Checks(_identity.Folder));
        Assert.Equal("no", check.Holds);
        Assert.Contains("1 did not show one (debian-trixie), 1 of them by every sign the host's: the witnesses do not distinguish kernels.", check.Summary, StringComparison.Ordinal);
        Assert.Equal("supported", verdicts[0].Verdict);
    }

    [Fact]
    public void What_fails_on_another_kernel_says_nothing_of_containers_on_this_one()
    {
        var verdicts = _matrix.Machine().Container("debian:13")
            .VirtualMachine("debian:13", "debian-bullseye", except: ("bash", Did.Segfault)).VirtualMachine("busybox:static", "debian-bullseye")
            .VirtualMachine("debian:13", "debian-sid").Verdicts().Where(row => row.Claim == "C3").ToList();
        Assert.Equal(
            [("", "supported"), ("kernel=debian-bullseye", "refuted"), ("kernel=debian-sid", "supported"), ("runtime=runc", "supported")],
            verdicts.Select(row => (row.Scope, row.Verdict)));
        Assert.StartsWith(
            "Under qemu, on the kernel debian-bullseye, not every measured userland of another distribution or version than the kernel's works: 1 of 2 cells fails: debian:13 under qemu (bash crashed by signal 11).",
            verdicts[1].Summary,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_machine_whose_kernel_panicked_tells_nothing_of_its_userland()
    {
        var panic = new Did(Core.Model.Outcome.Crashed, Detail: "the guest's kernel panicked: IO-APIC + timer doesn't work!");
        var except = MatrixRun.Experiment.Probes.Select(probe => (probe.Id, panic)).ToArray();
        var verdict = _matrix.Machine().VirtualMachine("debian:13", "debian-sid", except: except).Verdict("C3", "kernel=debian-sid");
        Assert.Equal("not tested", verdict.Verdict);
        Assert.Equal(["debian:13: the VM itself ended, not the program"], Judged.NotCounted(_matrix.Build()).Distinct());
    }

    [Fact]
    public void A_kernels_own_distribution_and_version_does_not_count_on_it()
    {
        var verdict = _matrix.Machine().VirtualMachine("debian:13", "debian-trixie").Verdict("C3", "kernel=debian-trixie");
        Assert.Equal("not tested", verdict.Verdict);
        Assert.Contains("debian:13: the kernel's own distribution and version", Judged.NotCounted(_matrix.Build()));
    }

    [Fact]
    public void Userlands_that_lack_an_image_are_the_coverages_to_say_and_no_sentence_repeats_them()
    {
        _matrix.Machine().Container("debian:13");
        for (var n = 1; n <= 76; n++)
        {
            _matrix.All($"old:{n}", Did.Unavailable($"no image of old:{n}; the registry docker.io cannot be reached"));
        }

        Assert.DoesNotContain("no image", _matrix.Verdict("C3").Summary, StringComparison.Ordinal);
        Assert.Empty(Judged.NotCounted(_matrix.Build()));
    }

    private static KernelReadings Booted(string release, char boot) => KernelReadings.Host with
    {
        Release = release,
        BootId = new string(boot, 8) + "-0000-4000-8000-000000000000",
        Btime = 1_700_004_000,
        Boottime = 2_000_000_000,
        Cmdline = "dddd",
    };
}
