using System.Collections.Immutable;
using System.Runtime.Versioning;
using Harness.Core.Model;
using Harness.Core.Planning;
using Harness.Core.Protocol;
using Harness.Core.Running;
using Harness.Engines.Connecting;
using Harness.Engines.PrivateEngine;
using Harness.Host.Guarding;
using Harness.Host.Processes;
using Harness.Host.Provisioning;
using Harness.Runtimes;
using Harness.Sandboxes.Direct;
using Harness.Sandboxes.Payload;

namespace Harness.IntegrationTests.Runtimes;

/// <summary>What a rung of the ladder gives its sandboxes, and what it says where it cannot start one.</summary>
[Collection(OneEngineAtATime.Name)]
[SupportedOSPlatform("linux")]
public sealed class RungTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_bridge_has_an_interface_and_no_network_has_none()
    {
        await EngineMachine.NeedAsync("dockerd", "busybox");
        using var machine = new EngineMachine();
        var probe = AgentRun.Shell("cat /proc/net/dev");
        await using (var set = await RuntimeSet.CreateAsync(machine.Options("r"), Cancellation))
        {
            var (_, bridged) = await Rung.Run(set, EngineMachine.Busybox("runc", "net=bridge"), probe);
            var (_, alone) = await Rung.Run(set, EngineMachine.Busybox("runc"), probe);
            Assert.Contains("eth0:", Rung.Output(bridged), StringComparison.Ordinal);
            Assert.DoesNotContain("eth0:", Rung.Output(alone), StringComparison.Ordinal);
            Assert.True(DaemonBridge.Exists(machine.Paths));
        }

        Assert.False(DaemonBridge.Exists(machine.Paths));
    }

    [Fact]
    public async Task A_sandbox_without_an_engine_that_outlives_its_deadline_is_ended_and_leaves_nothing()
    {
        await EngineMachine.NeedAsync("busybox", "tar", "runc");
        using var machine = new EngineMachine();
        await using var set = await RuntimeSet.CreateAsync(machine.Options("r"), Cancellation);
        foreach (var runtime in new[] { "namespaces", "runc" })
        {
            var cell = new Cell("busybox:static", "host", "", runtime, "", "");
            var (end, _) = await Rung.Run(set, cell, AgentRun.Shell("sleep 300"), seconds: 3);
            Assert.IsType<SandboxEnd.DeadlineExceeded>(end);
            Assert.Empty(await machine.RemainsAfterAsync(TimeSpan.FromSeconds(10)));
        }

        Assert.DoesNotContain(Directory.EnumerateDirectories("/sys/fs/cgroup", $"harness-{Environment.ProcessId}-*", SearchOption.AllDirectories), _ => true);
    }

    [Fact]
    public async Task A_program_that_is_not_there_is_a_refusal_on_every_rung()
    {
        await EngineMachine.NeedAsync("busybox", "tar");
        using var machine = new EngineMachine();
        await using var set = await RuntimeSet.CreateAsync(machine.Options("r"), Cancellation);
        var (end, channel) = await Rung.Run(set, new Cell("busybox:static", "host", "", "namespaces", "", ""), new ExecProbe(0, TimeSpan.FromSeconds(5), 4096, ["/bin/none"]));

        Assert.IsType<SandboxEnd.Exited>(end);
        Assert.Equal(EndKind.Refused, channel.Frames.OfType<ProbeEndedFrame>().Single().Kind);
    }

    [Fact]
    public async Task A_rung_that_is_not_installed_or_takes_no_such_setting_is_unavailable_with_the_reason()
    {
        await EngineMachine.NeedAsync("busybox", "tar");
        using var machine = new EngineMachine();
        await using var set = await RuntimeSet.CreateAsync(machine.Options("r"), Cancellation);
        using var provisioner = new Provisioner(allowed: false, machine.Paths, GuardLink.None(), new Progress<string>());
        // Nothing of it is unpacked: what is not installed is asked first.
        var runtime = new OciRuntime(KnownRuntimes.Default with { Name = "no-such-runtime", Tool = ("no-such-runtime", "no-such-runtime") }, machine.Paths, new AgentFiles(EngineMachine.Agents), GuardLink.None(), null!, provisioner, _ => { });
        var missing = Assert.IsType<Preparation.Unavailable>(
            await runtime.PrepareAsync(new Cell("busybox:static", "host", "", "no-such-runtime", "", ""), new Progress<string>(), Cancellation));
        Assert.StartsWith("no-such-runtime is not installed", missing.Reason, StringComparison.Ordinal);

        var bridged = new Cell("busybox:static", "host", "", "namespaces", "", "net=bridge");
        var reason = Assert.IsType<Preparation.Unavailable>(await set.Find(bridged)!.PrepareAsync(bridged, new Progress<string>(), Cancellation)).Reason;
        Assert.Equal("without an engine there is no setting 'net=bridge': known are cache=cold and rootless=yes", reason);
    }

    [Fact]
    public async Task An_engine_that_stops_in_the_middle_gives_starts_that_say_so()
    {
        await EngineMachine.NeedAsync("dockerd", "docker", "busybox");
        using var machine = new EngineMachine();
        await using var set = await RuntimeSet.CreateAsync(machine.Options("r"), Cancellation);
        await Rung.Run(set, EngineMachine.Busybox("runc"));
        DaemonSweep.EndProcesses(machine.Paths);
        DaemonSweep.RemoveRemains(machine.Paths);

        foreach (var variant in new[] { "", "path=cli", "path=testcontainers" })
        {
            var cell = EngineMachine.Busybox("runc", variant);
            var plan = AgentRun.Plan(Rung.Start);
            var end = await set.Find(cell)!.RunAsync(EngineMachine.Request(cell, plan) with { Timed = true }, new KeptChannel(AgentRun.Key), Cancellation);
            Assert.NotEmpty(Assert.IsType<SandboxEnd.Failed>(end).Reason);
        }
    }
}
