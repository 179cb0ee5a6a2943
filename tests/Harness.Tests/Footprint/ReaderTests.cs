using System.Collections.Immutable;
using Harness.Host.Processes;
using Harness.Instruments.Footprint;

namespace Harness.Tests.Footprint;

/// <summary>What is read of processes and of the machine, from texts as the kernel writes them.</summary>
public sealed class ReaderTests
{
    private const string Smaps = """
        7f0000000000-7f0004000000 rw-p 00000000 00:00 0
        Size:              65536 kB
        Pss:                2048 kB
        7f1000000000-7f1004000000 rwxp 00000000 00:00 0
        Pss:                 512 kB
        7f2000000000-7f2004000000 rw-p 00000000 08:01 4242                       /usr/lib/big
        Pss:                 300 kB
        7f3000000000-7f3000400000 rw-p 00000000 00:00 0
        Pss:                 200 kB
        ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0                  [vsyscall]
        Pss:                   0 kB

        """;

    [Fact]
    public void A_page_that_is_shared_counts_by_its_part_and_private_pages_are_counted_apart()
    {
        var memory = ProcessMemory.Parse("00400000-7fff ---p 00000000 00:00 0 [rollup]\nRss: 900 kB\nPss: 300 kB\nPss_Anon: 100 kB\nPrivate_Clean: 4 kB\nPrivate_Dirty: 96 kB\n");

        Assert.Equal(300 << 10, memory.Pss);
        Assert.Equal(100 << 10, memory.Private);
    }

    [Fact]
    public void A_rollup_without_its_line_is_an_error_and_no_zero() => Assert.Throws<IOException>(() => ProcessMemory.Parse("Rss: 900 kB\n"));

    [Fact]
    public void The_guest_s_memory_is_the_mapping_of_its_size_and_translated_code_the_one_that_is_writable_and_executable()
    {
        var machine = MachineMemory.Parse(Smaps, 64 << 20);

        Assert.Equal(2048 << 10, machine.GuestRam);
        Assert.Equal(512 << 10, machine.Translated);
    }

    [Fact]
    public void A_guest_of_another_size_has_no_mapping_here() => Assert.Equal(0, MachineMemory.Parse(Smaps, 128 << 20).GuestRam);

    [Theory]
    [InlineData("12:memory:/docker/abc\n1:name=systemd:/x\n0::/y\n", "/r/memory/docker/abc", true)]
    [InlineData("0::/system.slice/docker-abc.scope\n", "/r/system.slice/docker-abc.scope", false)]
    public void A_process_s_memory_is_accounted_by_the_first_version_where_that_has_the_controller(string text, string folder, bool first) =>
        Assert.Equal((folder, first), CgroupMemory.Folder(text, "/r"));

    [Fact]
    public void The_kernel_s_own_memory_is_what_it_does_not_give_back()
    {
        var readings = MachineMeter.Parse("MemTotal: 100 kB\nMemFree: 10 kB\nMemAvailable: 50 kB\nCached: 20 kB\nSUnreclaim: 1 kB\nKernelStack: 2 kB\nPageTables: 3 kB\nPercpu: 4 kB\n", "n=3")
            .ToDictionary(reading => reading.Metric, reading => reading.Value);

        Assert.Equal(50 << 10, readings["mem_available_bytes"]);
        Assert.Equal(10 << 10, readings["mem_kernel_bytes"]);
        Assert.DoesNotContain("mem_kernel_bytes", MachineMeter.Parse("MemFree: 10 kB\nSUnreclaim: 1 kB\n", "").Select(reading => reading.Metric));
    }

    [Fact]
    public void Processor_time_includes_children_that_were_waited_for() =>
        Assert.Equal(1 + 2 + 3 + 4, MachineMeter.CpuTicks("7 (a ) b) S 1 7 7 0 -1 0 0 0 0 0 1 2 3 4 20 0 1 0 99 0 0"));

    [Theory]
    [InlineData("/usr/bin/runsc --root x gofer --bundle y", PartRole.Gofer)]
    [InlineData("runsc-sandbox --root x boot --bundle y", PartRole.Sentry)]
    [InlineData("/.harness/agent /.harness/plan", PartRole.Payload)]
    [InlineData("", PartRole.Payload)]
    public void What_a_process_of_a_container_is_for_stands_in_its_command(string command, object role) =>
        Assert.Equal(role, ContainerWitness.Role([.. command.Split(' ', StringSplitOptions.RemoveEmptyEntries)]));

    [Fact]
    public void All_that_descends_from_a_process_belongs_to_it()
    {
        ImmutableArray<ProcessEntry> all = [new(1, 0, 0), new(5, 1, 0), new(6, 5, 0), new(7, 6, 0), new(8, 1, 0), new(9, 5, 0)];

        Assert.Equal([5, 6, 9, 7], ProcessTree.Of(5, all));
        Assert.Empty(ProcessTree.Of(42, all));
    }

    [Fact]
    public void A_guest_s_memory_stands_in_QEMU_s_arguments()
    {
        Assert.Equal(196L << 20, MachineWitness.GuestMemory(["qemu-system-x86_64", "-m", "196M", "-kernel", "k"]));
        Assert.Null(MachineWitness.GuestMemory(["qemu-system-x86_64"]));
    }
}
