using Harness.Host.Facts;

namespace Harness.Tests.Runtimes;

/// <summary>What /proc and /sys below a root say of the hardware.</summary>
public sealed class HardwareTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("harness-root-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void What_changes_how_fast_a_host_is_is_recorded()
    {
        Write("proc/cpuinfo", "processor\t: 0\nmodel name\t: Some CPU @ 2.0GHz\nflags\t\t: fpu sse2\n\nprocessor\t: 1\nmodel name\t: Some CPU @ 2.0GHz\n");
        Write("proc/meminfo", "MemTotal:        1024 kB\nSwapTotal:          0 kB\n");
        Write("proc/loadavg", "0.50 0.25 0.10 1/2 3\n");
        Write("sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "powersave\n");
        Write("sys/devices/system/cpu/cpu1/cpufreq/scaling_governor", "performance\n");
        Write("sys/devices/system/cpu/cpufreq/boost", "0\n");
        Write("sys/devices/system/cpu/intel_pstate/no_turbo", "0\n");
        Write("sys/devices/system/cpu/smt/active", "1\n");
        Write("sys/devices/system/cpu/vulnerabilities/meltdown", "Mitigation: PTI\n");
        Write("sys/devices/system/cpu/vulnerabilities/srbds", "Not affected\n");
        Write("sys/kernel/mm/transparent_hugepage/enabled", "always [madvise] never\n");
        Write("sys/devices/system/node/node0/meminfo", "");
        Write("sys/devices/system/node/node1/meminfo", "");
        Write("sys/devices/system/node/power/control", "");

        var facts = HardwareReader.Read(_root);

        Assert.Equal("Some CPU @ 2.0GHz", facts.CpuModel);
        Assert.Equal((1L << 20, 0L), (facts.MemoryBytes, facts.SwapBytes));
        Assert.Equal([0.5, 0.25, 0.1], facts.LoadAverage);
        Assert.Equal("performance,powersave", facts.Governor);
        Assert.Equal((true, true), (facts.Boost, facts.Smt));
        Assert.Equal(["meltdown: Mitigation: PTI", "srbds: Not affected"], facts.Mitigations!.Select(pair => $"{pair.Key}: {pair.Value}"));
        Assert.Equal(("madvise", 2), (facts.TransparentHugePages, facts.NumaNodes));
        Assert.Null(facts.Hypervisor);
    }

    [Theory]
    [InlineData("sys/devices/system/cpu/intel_pstate/no_turbo", "1\n", false)]
    [InlineData("sys/devices/system/cpu/cpufreq/boost", "1\n", true)]
    [InlineData("sys/devices/system/cpu/cpufreq/boost", "on\n", null)]
    public void Whether_processors_may_boost_is_what_the_driver_says(string file, string text, bool? boost)
    {
        Write(file, text);

        Assert.Equal(boost, HardwareReader.Read(_root).Boost);
    }

    [Fact]
    public void A_processor_of_arm64_is_named_by_its_implementer_and_part()
    {
        Write("proc/cpuinfo", "processor\t: 0\nCPU implementer\t: 0x41\nCPU part\t: 0xd05\n\nprocessor\t: 1\nCPU implementer\t: 0x41\nCPU part\t: 0xd05\n\nprocessor\t: 2\nCPU implementer\t: 0x41\nCPU part\t: 0xd0b\n");

        Assert.Equal("implementer 0x41 part 0xd05, implementer 0x41 part 0xd0b", HardwareReader.Read(_root).CpuModel);
    }

    [Fact]
    public void What_the_kernel_does_not_tell_is_null_and_no_guess()
    {
        var facts = HardwareReader.Read(_root);

        Assert.Equal(
            (null, null, null, null, null, null, null, null, null),
            (facts.CpuModel, facts.MemoryBytes, facts.Governor, facts.Boost, facts.Smt, facts.Mitigations, facts.TransparentHugePages, facts.SwapBytes, facts.NumaNodes));
    }

    private void Write(string path, string text)
    {
        var file = Path.Combine(_root, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
    }
}
