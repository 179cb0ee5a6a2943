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
    public async Task No_child_can_open_the_channel_not_even_where_the_agent_has_every_right()
    {
        var run = await AgentRun.Start(TestContext.Current.CancellationToken, AgentRun.Shell(Inject));

        Assert.Null(run.Error);
        Assert.Equal((EndKind.Exited, 0, ""), (run.Ended().Kind, run.Ended().Code, run.Output()));
    }

    [Fact]
    public async Task A_child_finds_the_key_neither_in_its_environment_nor_in_its_parent_s()
    {
        var run = await AgentRun.Start(
            TestContext.Current.CancellationToken, AgentRun.Shell("env; cat /proc/$PPID/environ /proc/$PPID/cmdline /proc/self/environ 2>/dev/null; ls -l /proc/$PPID/fd 2>&1 | wc -l; exit 0"));

        Assert.Equal(EndKind.Exited, run.Ended().Kind);
        Assert.Contains("PATH=/usr/bin:/bin", run.Output(), StringComparison.Ordinal);
        Assert.DoesNotContain(ChannelKey.Variable, run.Output(), StringComparison.Ordinal);
        Assert.DoesNotContain(AgentRun.Key.ToHex(), run.Output(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_child_has_no_right_beyond_a_container_s_by_default_and_can_gain_none()
    {
        var run = await AgentRun.Start(TestContext.Current.CancellationToken, AgentRun.Shell("cat /proc/self/status"));

        var status = run.Output().Split('\n').Where(line => line.Contains(":\t", StringComparison.Ordinal)).ToDictionary(line => line.Split(':')[0], line => line.Split('\t')[1], StringComparer.Ordinal);
        Assert.Equal("1", status["NoNewPrivs"]);
        foreach (var set in new[] { "CapInh", "CapPrm", "CapEff", "CapAmb" }.Concat(Environment.IsPrivilegedProcess ? ["CapBnd"] : []))
            Assert.Equal(0UL, ulong.Parse(status[set], System.Globalization.NumberStyles.HexNumber, System.Globalization.CultureInfo.InvariantCulture) & ~0xa80425fbUL);
    }
}
