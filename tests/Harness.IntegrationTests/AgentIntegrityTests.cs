using Harness.Core.Protocol;
using Xunit;

namespace Harness.IntegrationTests;

/// <summary>What a hostile program under test can do to the channel: at worst break it.</summary>
public sealed class AgentIntegrityTests
{
    // Tries every descriptor of its parent, the agent, and says which it could write to.
    private const string Inject =
        "for fd in /proc/$PPID/fd/*; do (printf 'HFR1garbage' > $fd) 2>/dev/null && echo \"wrote $fd\"; done; exit 0";

    public AgentIntegrityTests() => Assert.SkipWhen(AgentRun.Unavailable is not null, AgentRun.Unavailable ?? "");

    [Fact]
    public async Task A_child_without_the_right_to_trace_cannot_open_the_channel()
    {
        // setpriv executes the shell in its own place, so that the shell's parent is the agent as well.
        var command = Environment.IsPrivilegedProcess
            ? new ExecProbe(0, TimeSpan.FromSeconds(20), 10_000, ["/usr/bin/setpriv", "--bounding-set=-sys_ptrace", "--inh-caps=-sys_ptrace", "/bin/sh", "-c", Inject])
            : AgentRun.Shell(Inject);
        Assert.SkipUnless(!Environment.IsPrivilegedProcess || File.Exists("/usr/bin/setpriv"), "setpriv is not installed");

        var run = await AgentRun.Start(TestContext.Current.CancellationToken, command);

        Assert.Null(run.Error);
        Assert.Equal((EndKind.Exited, 0, ""), (run.Ended().Kind, run.Ended().Code, run.Output()));
    }

    [Fact]
    public async Task A_child_that_may_trace_breaks_the_stream_and_alters_no_reading()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "only root can write to the agent's descriptors");
        var kernel = new BuiltinProbe(1, TimeSpan.FromSeconds(20), 0, "kernel");
        var last = new ExecProbe(2, TimeSpan.FromSeconds(20), 100, ["/bin/echo", "after"]);

        var run = await AgentRun.Start(TestContext.Current.CancellationToken, kernel, AgentRun.Shell(Inject), last);

        Assert.NotNull(run.Error);
        Assert.Equal(0, run.ExitCode);
        Assert.Equal(EndKind.Exited, run.Ended(1).Kind);
        Assert.DoesNotContain(run.Frames, frame => frame is ByeFrame or OutputFrame { Probe: 2 });
        Assert.All(run.Frames.OfType<OutputFrame>(), frame => Assert.StartsWith("wrote ", frame.Bytes.ToString(), StringComparison.Ordinal));
    }
}
