namespace Harness.Tests.Analysis;

/// <summary>The rules of experiments/kernel-identity/README.md for its witnesses: faked, missing, covered by a mount.</summary>
public sealed class KernelWitnessVerdictTests : IDisposable
{
    private readonly RunBuilder _run = new();

    public void Dispose() => _run.Dispose();

    public static TheoryData<string, KernelReadings> FakedWitnesses => new()
    {
        { "boot id", KernelReadings.Host with { BootId = "ffffffff-0000-4000-8000-000000000000" } },
        { "boot time", KernelReadings.Host with { Btime = 1_700_000_002 } },
        { "boot clock", KernelReadings.Host with { Boottime = 5_000_100_000_001 } },
        { "release", KernelReadings.Host with { Release = "2.6.40" } },
        { "version", KernelReadings.Host with { Version = "#1 faked" } },
        { "command line", KernelReadings.Host with { Cmdline = "ffff" } },
    };

    [Theory]
    [MemberData(nameof(FakedWitnesses))]
    public void One_faked_witness_leaves_it_open_and_is_named(string witness, KernelReadings readings)
    {
        var verdict = _run.HostCell().Container(readings: readings).Verdict("runtime=runc");
        Assert.Equal("inconclusive", verdict.Verdict);
        Assert.Contains($"contradicted themselves: {witness} differed from the host's, ", verdict.Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void One_witness_that_differs_is_no_other_kernel_even_where_no_witness_of_the_boot_agrees()
    {
        var readings = KernelReadings.Host with { BootId = null, Btime = null, Boottime = 77 };
        Assert.Equal("inconclusive", _run.HostCell().Container(readings: readings).Verdict().Verdict);
    }

    [Fact]
    public void A_sandbox_that_fakes_the_boot_id_does_not_pass_for_the_hosts_kernel()
    {
        var verdict = _run.HostCell().Container("runsc", readings: KernelReadings.Gvisor with { BootId = KernelReadings.Host.BootId }).Verdict();
        Assert.Equal("inconclusive", verdict.Verdict);
        Assert.EndsWith("differed from the host's, boot id agreed.", verdict.Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void A_boot_time_that_is_rounded_to_the_other_second_is_the_same()
    {
        Assert.Equal("supported", _run.HostCell().Container(readings: KernelReadings.Host with { Btime = 1_700_000_001 }).Verdict().Verdict);
    }

    [Fact]
    public void The_offset_of_a_time_namespace_is_taken_out_of_boot_time_and_clock()
    {
        var shifted = KernelReadings.Host with { Offset = 86_400_000_000_000, Boottime = 5_000_050_000_000 + 86_400_000_000_000, Btime = 1_700_000_000 - 86_400 };
        Assert.Equal("supported", _run.HostCell().Container(readings: shifted).Verdict().Verdict);
    }

    [Fact]
    public void A_witness_that_cannot_be_read_is_named_and_does_not_count_against_the_kernel()
    {
        var verdict = _run.HostCell().Container(readings: KernelReadings.Host with { BootId = null, Cmdline = null }).Verdict();
        Assert.Equal("supported", verdict.Verdict);
        Assert.EndsWith("could not be compared: boot id and command line.", verdict.Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void An_equal_build_without_boot_id_and_clock_is_too_little()
    {
        var verdict = _run.HostCell().Container(readings: KernelReadings.Host with { BootId = null, Boottime = null }).Verdict();
        Assert.Equal("inconclusive", verdict.Verdict);
        Assert.Contains("too little could be read in 1 of 1 container trial", verdict.Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void A_host_process_that_fails_the_clocks_test_makes_the_clock_no_witness()
    {
        var off = KernelReadings.Host with { Before = 1, After = 2 };
        var verdict = _run.HostCell(readings: off).Container(readings: KernelReadings.Host with { Before = 1, After = 2 }).Verdict();
        Assert.Equal("supported", verdict.Verdict);
        Assert.EndsWith("could not be compared: boot clock.", verdict.Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void Files_that_a_container_manager_mounts_over_the_hosts_are_missing_witnesses_and_no_contradiction()
    {
        // As in LXC, Incus and systemd-nspawn: the host's process reads the manager's files, a container of the engine has a /proc of its own.
        var managed = KernelReadings.Host with { BootId = "11111111-0000-4000-8000-000000000000", Btime = 1_700_009_999 };
        using (var blind = new RunBuilder().HostCell(readings: managed).Container())
        {
            Assert.Contains("contradicted themselves", blind.Verdict().Summary, StringComparison.Ordinal);
        }

        using var run = new RunBuilder().HostCell(readings: managed with { MountedOver = ["boot_id", "btime"] }).Container();
        var verdict = run.Verdict();
        Assert.Equal("supported", verdict.Verdict);
        Assert.EndsWith(
            "could not be compared: boot id (on the host, another mount covers its file) and boot time (on the host, another mount covers its file).",
            verdict.Summary, StringComparison.Ordinal);
        var evidence = Judged.Evidence(run.Folder);
        Assert.Contains(evidence.Rows, row => row[evidence.IndexOf("witness")] == "boot id" && row[evidence.IndexOf("note")] == "on the host tmpfs is mounted there");
    }

    [Fact]
    public void A_file_that_lies_over_the_kernels_in_the_container_is_a_missing_witness_with_its_name()
    {
        // As engines are set up that mount lxcfs into their containers. The agent sees the mount and reads nothing.
        using var run = new RunBuilder().HostCell().Container(readings: KernelReadings.Host with { Btime = null, Remark = "/proc/stat: fuse.lxcfs is mounted at /proc/stat" });
        var verdict = run.Verdict();
        Assert.Equal("supported", verdict.Verdict);
        Assert.EndsWith("could not be compared: boot time (in the container, another mount covers its file).", verdict.Summary, StringComparison.Ordinal);
        var evidence = Judged.Evidence(run.Folder);
        Assert.Contains(evidence.Rows, row => row[evidence.IndexOf("witness")] == "boot time" && row[evidence.IndexOf("note")] == "/proc/stat: fuse.lxcfs is mounted at /proc/stat");
    }
}
