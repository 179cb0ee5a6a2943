using System.Diagnostics;
using System.Globalization;
using System.Runtime.Versioning;
using System.Security.Cryptography;
using Harness.Core.Protocol;
using Xunit;

namespace Harness.IntegrationTests;

[SupportedOSPlatform("linux")]   // each test is skipped elsewhere
public sealed class AgentTests
{
    public AgentTests() => Assert.SkipWhen(AgentRun.Unavailable is not null, AgentRun.Unavailable ?? "");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_kernel_builtin_reads_what_proc_says()
    {
        var run = await AgentRun.Whole(new BuiltinProbe(0, TimeSpan.FromSeconds(20), 0, "kernel"));
        var texts = run.Frames.OfType<TextFrame>().ToDictionary(frame => frame.Metric, frame => frame.Text.ToString());
        var numbers = run.Frames.OfType<NumberFrame>().ToDictionary(frame => frame.Metric, frame => frame.Value);
        var hello = Assert.IsType<HelloFrame>(run.Frames[0]);

        Assert.Equal("Linux", texts["sysname"]);
        Assert.Equal("x86_64", texts["machine"]);
        Assert.Equal(Proc("sys/kernel/osrelease"), texts["release"]);
        Assert.Equal(Proc("sys/kernel/version"), texts["version"]);
        Assert.Equal(Proc("sys/kernel/random/boot_id"), texts["boot_id"]);
        Assert.Equal(Proc("version"), texts["proc_version"]);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync("/proc/cmdline", Cancellation))), texts["cmdline_sha256"]);
        Assert.Equal(VsyscallMap(), texts["vsyscall_map"]);
        var btime = Proc("stat").Split('\n').Single(line => line.StartsWith("btime ", StringComparison.Ordinal))["btime ".Length..];
        Assert.InRange(numbers["btime"] - long.Parse(btime, CultureInfo.InvariantCulture), -1, 1);
        Assert.Equal(hello.ProcessId, numbers["pid"]);
        Assert.Equal(hello.FirstMonotonicNs, numbers["first_monotonic_ns"]);
        Assert.Equal(hello.FirstBoottimeNs, numbers["first_boottime_ns"]);
        Assert.InRange(numbers["monotonic_ns"], hello.FirstMonotonicNs, run.Ended().EndedNs);
        Assert.True(texts.ContainsKey("unavailable") || numbers.ContainsKey("timens_monotonic_ns"));
    }

    [Fact]
    public async Task A_script_is_run_by_the_shell_and_its_status_and_streams_are_reported()
    {
        var path = Path.GetTempFileName();
        await File.WriteAllTextAsync(path, "read line && echo unexpected\necho out\necho err >&2\nexit 3\n", Cancellation);
        try
        {
            var run = await AgentRun.Whole(new ScriptProbe(4, TimeSpan.FromSeconds(20), 100, path));
            var ended = run.Ended(4);

            Assert.Equal((EndKind.Exited, 3, ""), (ended.Kind, ended.Code, ended.Detail));
            Assert.Equal(("out\n", "err\n"), (run.Output(4), run.Output(4, 2)));
            Assert.InRange(ended.StartedNs, run.Frames.OfType<ProbeStartedFrame>().Single().MonotonicNs, ended.EndedNs);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public async Task A_signal_that_ends_a_probe_is_reported_as_such()
    {
        var run = await AgentRun.Whole(AgentRun.Shell("kill -SEGV $$"));

        Assert.Equal((EndKind.Signaled, 11), (run.Ended().Kind, run.Ended().Code));
    }

    [Fact]
    public async Task A_probe_finds_the_plans_environment_default_signals_and_three_descriptors()
    {
        var run = await AgentRun.Whole(AgentRun.Shell("env; echo /proc/self/fd/*; grep -E '^Sig(Blk|Ign)' /proc/self/status"));
        var lines = run.Output().Split('\n', StringSplitOptions.RemoveEmptyEntries);

        Assert.Contains("PATH=/usr/bin:/bin", lines);
        Assert.DoesNotContain(lines, line => line.StartsWith("HOME=", StringComparison.Ordinal));
        Assert.DoesNotContain(lines, line => line.Contains("/fd/4", StringComparison.Ordinal));   // 3 is the listing itself
        Assert.Contains("SigBlk:\t0000000000000000", lines);
        Assert.Contains("SigIgn:\t0000000000000000", lines);
    }

    [Theory]
    [InlineData("sleep 60")]
    [InlineData("trap '' TERM HUP INT; while :; do sleep 1; done")]
    [InlineData("exec >&- 2>&-; sleep 60")]
    [InlineData("kill -STOP $$")]
    [InlineData("setsid sh -c 'setsid sleep 4242 & sleep 4242' & sleep 4242")]
    public async Task A_hang_is_killed_at_its_timeout_with_all_that_it_started(string command)
    {
        var clock = Stopwatch.StartNew();
        var run = await AgentRun.Whole(AgentRun.Shell(command, seconds: 0.5));

        Assert.Equal(EndKind.TimedOut, run.Ended().Kind);
        Assert.InRange(TimeSpan.FromMicroseconds((run.Ended().EndedNs - run.Ended().StartedNs) / 1000.0).TotalSeconds, 0.5, 10);
        Assert.InRange(clock.Elapsed.TotalSeconds, 0.5, 15);
        Assert.Empty(Processes("sleep\04242\0"));
    }

    [Fact]
    public async Task A_grandchild_that_holds_the_output_open_does_not_keep_the_agent()
    {
        var run = await AgentRun.Whole(
            AgentRun.Shell("(setsid sleep 4343 &); echo before"),
            new ExecProbe(1, TimeSpan.FromSeconds(20), 100, ["/bin/echo", "next"]));

        Assert.Equal((EndKind.Exited, 0, "before\n"), (run.Ended().Kind, run.Ended().Code, run.Output()));
        Assert.Equal("next\n", run.Output(1));
        Assert.Empty(Processes("sleep\04343\0"));
    }

    [Fact]
    public async Task A_probe_that_closes_its_output_is_waited_for()
    {
        var run = await AgentRun.Whole(AgentRun.Shell("exec >&- 2>&-; sleep 0.3; exit 5"));

        Assert.Equal((EndKind.Exited, 5), (run.Ended().Kind, run.Ended().Code));
        Assert.True(run.Ended().EndedNs - run.Ended().StartedNs >= 300_000_000);
    }

    [Fact]
    public async Task A_flood_is_cut_at_the_limit()
    {
        var run = await AgentRun.Whole(AgentRun.Shell("yes", limit: 100_001));

        Assert.Equal(EndKind.OutputLimit, run.Ended().Kind);
        Assert.Equal(100_001, run.Output().Length);
    }

    [Fact]
    public async Task Output_up_to_the_limit_is_whole_and_one_byte_more_is_over_it()
    {
        var probe = AgentRun.Shell("printf 12345; printf 67890 >&2", limit: 10);
        var within = await AgentRun.Whole(probe);
        var over = await AgentRun.Whole(probe with { OutputLimit = 9 });

        Assert.Equal((EndKind.Exited, "12345", "67890"), (within.Ended().Kind, within.Output(), within.Output(0, 2)));
        Assert.Equal(EndKind.OutputLimit, over.Ended().Kind);
        Assert.Equal(9, over.Output().Length + over.Output(0, 2).Length);
    }

    [Fact]
    public async Task A_megabyte_of_output_comes_through_byte_for_byte()
    {
        var run = await AgentRun.Whole(AgentRun.Shell("i=0; while [ $i -lt 20000 ]; do echo $i; i=$((i+1)); done; head -c 1000000 /dev/zero", limit: 1 << 30));

        Assert.Equal(
            string.Concat(Enumerable.Range(0, 20_000).Select(i => $"{i}\n")) + new string('\0', 1_000_000),
            run.Output());
    }

    private static string Proc(string name) => File.ReadAllText("/proc/" + name).TrimEnd('\n');

    private static string VsyscallMap() =>
        Proc("self/maps").Split('\n').FirstOrDefault(line => line.EndsWith("[vsyscall]", StringComparison.Ordinal))?.Split(' ')[1] ?? "absent";

    private static IEnumerable<string> Processes(string commandLine) => Directory.GetDirectories("/proc").Where(directory =>
    {
        try
        {
            return File.ReadAllText(Path.Combine(directory, "cmdline")) == commandLine;
        }
        catch (IOException)
        {
            return false;
        }
    });
}
