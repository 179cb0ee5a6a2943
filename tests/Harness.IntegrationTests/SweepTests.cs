using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.Versioning;
using Harness.Core.Protocol;
using Xunit;

namespace Harness.IntegrationTests;

/// <summary>The builtins <c>syscalls</c> and <c>needs</c> as plain processes of this machine.</summary>
[SupportedOSPlatform("linux")]   // each test is skipped elsewhere
public sealed class SweepTests
{
    // Of about 40 ms each, half of it the wait for the one call that blocks.
    private const int Runs = 10, SweepsInOne = 100;

    public SweepTests() => Assert.SkipWhen(AgentRun.Unavailable is not null, AgentRun.Unavailable ?? "");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_number_has_one_reading_and_the_canary_is_unknown()
    {
        var (run, calls) = await SweepAsync();

        Assert.Equal((EndKind.Exited, 0), (run.Ended().Kind, run.Ended().Code));
        Assert.Equal(Enumerable.Range(0, 481).Append(4000), calls.Keys.Order());
        Assert.Contains("errno=38", calls[4000], StringComparison.Ordinal);
        Assert.Contains("name=read since=- class=returned ret=-1 errno=9 ", calls[0], StringComparison.Ordinal);
        Assert.Contains("name=pause since=- class=blocked", calls[34], StringComparison.Ordinal);
        Assert.Contains("class=skipped", calls[169], StringComparison.Ordinal);
        Assert.DoesNotContain(calls.Values, call => call.Contains("class=lost", StringComparison.Ordinal));
    }

    [Fact]
    public async Task On_the_machine_itself_the_sweep_has_no_capability_and_namespaces_of_its_own()
    {
        var (run, _) = await SweepAsync();
        var context = run.Frames.OfType<TextFrame>().Where(frame => frame.Metric == "context").ToDictionary(frame => frame.Subject, frame => frame.Text.ToString());

        Assert.Equal("0000000000000000", context["CapEff"]);
        Assert.NotEqual("0", context["Uid"]);
        Assert.Subset(context["isolation"].Split(',').ToHashSet(StringComparer.Ordinal), new HashSet<string>(["mnt", "uts", "ipc", "pid", "net"], StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("user", "--map-user=1000", "unshare(CLONE_NEWUSER)")]
    [InlineData("net", "--map-root-user", "unshare(CLONE_NEWNET)")]
    public async Task Where_a_namespace_is_refused_there_is_no_sweep_but_the_reason(string kind, string mapping, string step)
    {
        // In a user namespace of its own, whose limits are not the host's.
        var run = await AgentRun.StartUnder(["unshare", "--user", mapping, "--keep-caps", "sh", "-c", $"echo 0 > /proc/sys/user/max_{kind}_namespaces && exec \"$@\"", "sh"], Cancellation, Probe(0, "syscalls"));

        Assert.DoesNotContain(run.Frames.OfType<TextFrame>(), frame => frame.Metric == "syscall");
        Assert.StartsWith(step, run.Frames.OfType<TextFrame>().Single(frame => frame is { Metric: "unavailable", Subject: "syscall" }).Text.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_thousand_sweeps_leave_the_machine_as_it_was()
    {
        var (before, clock) = (MachineState(), ClockOffset());
        for (var run = 0; run < Runs; run++)
        {
            var sweeps = await AgentRun.Start(Cancellation, [.. Enumerable.Range(0, SweepsInOne).Select(index => Probe(index, "syscalls"))]);
            Assert.Null(sweeps.Error);
            Assert.All(Enumerable.Range(0, SweepsInOne), index => Assert.Equal((EndKind.Exited, 0, ""), (sweeps.Ended((ushort)index).Kind, sweeps.Ended((ushort)index).Code, sweeps.Ended((ushort)index).Detail)));
            Assert.Equal(SweepsInOne * 482, sweeps.Frames.OfType<TextFrame>().Count(frame => frame.Metric == "syscall"));
        }

        Assert.Equal(before, MachineState());
        Assert.InRange(ClockOffset() - clock, TimeSpan.FromSeconds(-5), TimeSpan.FromSeconds(5));
        Assert.DoesNotContain(Directory.EnumerateDirectories("/proc"), IsSweep);
    }

    [Fact]
    public async Task Sweeps_by_the_other_entries_leave_the_machine_as_it_was_too()
    {
        var before = MachineState();
        var sweeps = await AgentRun.Start(Cancellation, [.. Enumerable.Range(0, SweepsInOne).Select(index => Probe(index, index % 2 == 0 ? "syscalls-i386" : "syscalls-x32"))]);

        Assert.All(Enumerable.Range(0, SweepsInOne), index => Assert.Equal((EndKind.Exited, 0, ""), (sweeps.Ended((ushort)index).Kind, sweeps.Ended((ushort)index).Code, sweeps.Ended((ushort)index).Detail)));
        Assert.Equal(before, MachineState());
        Assert.DoesNotContain(Directory.EnumerateDirectories("/proc"), IsSweep);
    }

    [Theory]
    [InlineData("syscalls-i386", 20, 29, 482)]
    [InlineData("syscalls-x32", 39, 34, 518)]
    public async Task Another_entry_is_swept_where_getpid_answers_by_it_and_is_told_to_be_missing_elsewhere(string probe, int getpid, int pause, int count)
    {
        var (run, calls) = await SweepAsync(probe);
        var answer = run.Frames.OfType<TextFrame>().Single(frame => frame is { Metric: "context", Subject: "entry" }).Text.ToString();

        Assert.Equal((EndKind.Exited, 0), (run.Ended().Kind, run.Ended().Code));
        if (answer != "works")
        {
            Assert.Matches("^getpid: (returned -?[0-9]+|signal 11)$", answer);
            Assert.Empty(calls);
            return;
        }

        Assert.Equal(count, calls.Count);
        Assert.Contains("name=getpid since=- class=returned", calls[getpid], StringComparison.Ordinal);
        Assert.Contains("name=pause since=- class=blocked", calls[pause], StringComparison.Ordinal);
        Assert.Contains("errno=38", calls[4000], StringComparison.Ordinal);
        Assert.DoesNotContain(calls.Values, call => call.Contains("class=lost", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_agent_for_aarch64_sweeps_under_an_emulator_as_far_as_that_goes()
    {
        await Tools.RequireAsync("qemu-aarch64-static", "qemu-user-static");
        var run = await AgentRun.StartEmulated(Cancellation, Probe(0, "syscalls"), Probe(1, "syscalls-i386"), Probe(2, "needs"), Probe(3, "kernel"));
        var calls = Calls(run);

        Assert.Equal(Enumerable.Range(0, 481).Append(4000), calls.Keys.Order());
        Assert.Contains("name=read since=- class=returned ret=-1 errno=", calls[63], StringComparison.Ordinal);
        Assert.Contains("errno=38", calls[4000], StringComparison.Ordinal);
        Assert.Contains("class=skipped", calls[142], StringComparison.Ordinal);
        Assert.Equal("not of this architecture", run.Frames.OfType<TextFrame>().Single(frame => frame is { Probe: 1, Subject: "entry" }).Text.ToString());
        Assert.Equal(11, run.Frames.OfType<TextFrame>().Count(frame => frame is { Probe: 2, Metric: "need" }));
        Assert.Equal("aarch64", Assert.IsType<HelloFrame>(run.Frames[0]).Architecture);
        Assert.All(Enumerable.Range(0, 4), probe => Assert.Equal((EndKind.Exited, 0), (run.Ended((ushort)probe).Kind, run.Ended((ushort)probe).Code)));
    }

    [Fact]
    public async Task What_programs_need_is_answered_one_by_one()
    {
        var run = await AgentRun.Start(Cancellation, new BuiltinProbe(0, TimeSpan.FromSeconds(20), 0, "needs"));
        var needs = run.Frames.OfType<TextFrame>().Where(frame => frame.Metric == "need").Select(frame => frame.Subject);

        Assert.Equal(
            ["io_uring", "clone3", "statx", "openat2", "landlock", "memfd_secret", "userfaultfd", "unshare_user", "unshare_mount", "perf_events", "ptrace"],
            needs);
    }

    private static BuiltinProbe Probe(int index, string name) => new((ushort)index, TimeSpan.FromSeconds(60), 0, name);

    private static async Task<(AgentRun Run, ImmutableDictionary<int, string> Calls)> SweepAsync(string probe = "syscalls")
    {
        var run = await AgentRun.Start(Cancellation, Probe(0, probe));
        Assert.Null(run.Error);
        return (run, Calls(run));
    }

    private static ImmutableDictionary<int, string> Calls(AgentRun run) => run.Frames.OfType<TextFrame>().Where(frame => frame is { Probe: 0, Metric: "syscall" })
        .ToImmutableDictionary(frame => int.Parse(frame.Subject, CultureInfo.InvariantCulture), frame => frame.Text.ToString());

    /// <summary>What a call that acted would have changed, of this process and of the machine.</summary>
    private static string MachineState()
    {
        var status = File.ReadLines("/proc/self/status").Where(line => line.StartsWith("Umask", StringComparison.Ordinal));
        return string.Join('\n', [
            .. status, File.ReadAllText("/proc/self/limits"), File.ReadAllText("/proc/sys/kernel/hostname"), File.ReadAllText("/proc/sys/kernel/domainname"),
            .. new[] { "msg", "sem", "shm" }.Select(kind => Keys(kind)), .. Mounts(), File.ReadAllText("/proc/swaps")]);
    }

    // Of the mounts, those that the sweep itself makes anew in its own namespace: others come and go with engines.
    private static IEnumerable<string> Mounts() => File.ReadLines("/proc/self/mountinfo").Where(line => line.Split(' ')[4] is "/" or "/proc");

    // Keys and ids only: sizes and times change by those who use them.
    private static string Keys(string kind) =>
        string.Join(';', File.ReadLines($"/proc/sysvipc/{kind}").Skip(1).Select(line => string.Join(' ', line.Split(' ', StringSplitOptions.RemoveEmptyEntries).Take(2))));

    // Wall clock against the machine's uptime: a clock that was set jumps, a disciplined one drifts by far less than the tolerance.
    private static TimeSpan ClockOffset() => DateTimeOffset.UtcNow - DateTimeOffset.UnixEpoch - TimeSpan.FromMilliseconds(Environment.TickCount64);

    // The sweep's processes carry the agent's command line.
    private static bool IsSweep(string folder)
    {
        try
        {
            return int.TryParse(Path.GetFileName(folder), out _)
                && File.ReadAllText(Path.Combine(folder, "status")).Contains("Uid:\t65534", StringComparison.Ordinal)
                && File.ReadAllText(Path.Combine(folder, "cmdline")).Contains("agent-plan-", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false;
        }
        catch (UnauthorizedAccessException)
        {
            return false;
        }
    }
}
