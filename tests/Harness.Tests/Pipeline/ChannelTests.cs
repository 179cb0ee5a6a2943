using Harness.Core.Model;
using Harness.Core.Protocol;
using Harness.Core.Running;

namespace Harness.Tests.Pipeline;

/// <summary>What becomes of a sandbox's trials when its channel breaks or is cut off, and what is kept of it.</summary>
public sealed class ChannelTests
{
    private static readonly FakeRuntime _host = new("", "host");

    [Fact]
    public async Task A_channel_that_broke_proves_nothing_of_what_came_before_the_break_either()
    {
        using var scenario = new Scenario();
        await scenario.RunAsync(_host, Runc(sandbox => sandbox.Hello().Probe(0, new NumberFrame(0, "btime", "", 5)).Frame(new ProbeStartedFrame(1, 1)).Garbage(1, 2, 3, 4, 5, 6, 7, 8, 9)));
        foreach (var probe in new[] { "kernel", "shell" })
        {
            Assert.Equal(Outcome.Broken, scenario.Result(probe).Outcome);
            Assert.Equal("the channel broke: What follows is not a frame: it does not start with HFR1.", scenario.Result(probe).Detail);
            Assert.Null(scenario.Result(probe).ExitCode);
            Assert.Empty(scenario.Result(probe).Observations);
        }

        Assert.Equal(Outcome.Ok, scenario.Result("kernel", "host").Outcome);
    }

    [Fact]
    public async Task Bytes_after_the_last_frame_break_the_channel_whatever_the_sandbox_s_end()
    {
        using var scenario = new Scenario();
        await scenario.RunAsync(_host, new FakeRuntime("docker", "runc")
        {
            OnRun = sandbox =>
            {
                sandbox.AllOk();
                sandbox.Garbage(1);
                return Task.FromResult<SandboxEnd>(new SandboxEnd.Crashed("a panic that somebody claims"));
            },
        });
        Assert.Equal(Outcome.Broken, scenario.Result("kernel").Outcome);
        Assert.Equal(Outcome.Broken, scenario.Result("shell").Outcome);
    }

    public static TheoryData<SandboxEnd, Outcome> Ends => new()
    {
        { new SandboxEnd.Crashed("the guest's kernel panicked: why"), Outcome.Crashed },
        { new SandboxEnd.DeadlineExceeded(), Outcome.Timeout },
        { new SandboxEnd.Exited(137, OutOfMemory: true), Outcome.Crashed },
        { new SandboxEnd.Exited(0, OutOfMemory: false), Outcome.Broken },
    };

    [Theory]
    [MemberData(nameof(Ends))]
    public async Task A_channel_that_a_sandbox_s_end_cuts_off_costs_only_the_trials_that_had_not_ended(SandboxEnd end, Outcome outcome)
    {
        foreach (var piece in new byte[][] { [], [.. "HFR1"u8, 12, 0] })
        {
            using var scenario = new Scenario();
            await scenario.RunAsync(_host, new FakeRuntime("docker", "runc")
            {
                OnRun = sandbox =>
                {
                    sandbox.Hello().Probe(0).Frame(new ProbeStartedFrame(1, 1)).Garbage(piece);
                    return Task.FromResult(end);
                },
            });
            Assert.Equal(Outcome.Ok, scenario.Result("kernel").Outcome);
            Assert.Equal(outcome, scenario.Result("shell").Outcome);
        }
    }

    [Fact]
    public async Task Where_only_the_agent_s_own_probes_can_run_the_others_are_unavailable_and_are_not_started()
    {
        using var scenario = new Scenario();
        var planned = 0;
        var runc = new FakeRuntime("docker", "runc")
        {
            OnPrepare = _ => new Preparation.Ready("sha256:fake") { BuiltinsOnly = "rights that are\nnot for images" },
            OnRun = sandbox =>
            {
                Interlocked.Add(ref planned, sandbox.Probes);
                return Task.FromResult(sandbox.AllOk());
            },
        };
        await scenario.RunAsync(_host, runc);
        Assert.Equal(2, planned);
        Assert.Equal(Outcome.Ok, scenario.Result("kernel").Outcome);
        Assert.Equal(Outcome.Unavailable, scenario.Result("shell").Outcome);
        Assert.Equal("rights that are not for images", scenario.Result("shell").Detail);
    }

    [Fact]
    public async Task Every_sandbox_has_an_id_of_64_random_bits_and_leaves_its_key_beside_its_frames()
    {
        using var scenario = new Scenario { Experiment = Scenario.Definition(blocks: 3) };
        var keys = new System.Collections.Concurrent.ConcurrentDictionary<string, string>(StringComparer.Ordinal);
        await scenario.RunAsync(_host, new FakeRuntime("docker", "runc")
        {
            OnRun = sandbox =>
            {
                keys[sandbox.Request.SandboxId] = sandbox.Request.Key.ToHex();
                Assert.DoesNotContain(sandbox.Request.Key.ToHex(), sandbox.Request.AgentPlan, StringComparison.Ordinal);
                return Task.FromResult(sandbox.AllOk());
            },
        });
        Assert.Equal(6, keys.Count);
        Assert.Equal(6, keys.Values.Distinct().Count());
        Assert.All(keys, pair =>
        {
            Assert.Matches("^b00[1-3]-[0-9a-f]{16}$", pair.Key);
            Assert.Equal(pair.Value + "\n", File.ReadAllText(Path.Combine(scenario.Folder.Raw, pair.Key + ".key")));
        });
    }

    private static FakeRuntime Runc(Func<FakeSandbox, FakeSandbox> script) => new("docker", "runc")
    {
        OnRun = sandbox =>
        {
            script(sandbox);
            return Task.FromResult<SandboxEnd>(new SandboxEnd.Exited(0, false));
        },
    };
}
