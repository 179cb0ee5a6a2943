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
    private const int Sweeps = 20;

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

    [Fact]
    public async Task Sweeps_leave_the_machine_as_it_was()
    {
        var (before, clock) = (MachineState(), ClockOffset());
        for (var sweep = 0; sweep < Sweeps; sweep++)
        {
            var (run, _) = await SweepAsync();
            Assert.Equal((EndKind.Exited, 0, ""), (run.Ended().Kind, run.Ended().Code, run.Ended().Detail));
        }

        Assert.Equal(before, MachineState());
        Assert.InRange(ClockOffset() - clock, TimeSpan.FromSeconds(-5), TimeSpan.FromSeconds(5));
        Assert.DoesNotContain(Directory.EnumerateDirectories("/proc"), IsSweep);
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

    private static async Task<(AgentRun Run, ImmutableDictionary<int, string> Calls)> SweepAsync()
    {
        var run = await AgentRun.Start(Cancellation, new BuiltinProbe(0, TimeSpan.FromSeconds(60), 0, "syscalls"));
        Assert.Null(run.Error);
        return (run, run.Frames.OfType<TextFrame>().Where(frame => frame.Metric == "syscall")
            .ToImmutableDictionary(frame => int.Parse(frame.Subject, CultureInfo.InvariantCulture), frame => frame.Text.ToString()));
    }

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
