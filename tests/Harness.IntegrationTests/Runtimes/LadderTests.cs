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

/// <summary>Every rung of the ladder: it starts, and its stamps and the sandbox's own clock are in the order of events.</summary>
[Collection(OneEngineAtATime.Name)]
[SupportedOSPlatform("linux")]
public sealed class LadderTests
{
    private static readonly BuiltinProbe Start = new(0, TimeSpan.FromSeconds(20), 4096, "start");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("host", "begin,first,arrived,ended,removed", "begin,started,ended")]
    [InlineData("namespaces", "begin,first,arrived,ended,removed", "")]
    [InlineData("/runc", "begin,first,arrived,removed", "")]
    public async Task A_rung_without_an_engine_shares_the_clock_and_stamps_what_happens(string runtime, params string[] orders)
    {
        await EngineMachine.NeedAsync("busybox", "tar", runtime == "/runc" ? "runc" : "busybox");
        using var machine = new EngineMachine();
        await using var set = await RuntimeSet.CreateAsync(machine.Options("r"), Cancellation);
        var cell = runtime == "host" ? new Cell("host", "host", "", "host", "", "") : new Cell("busybox:static", "host", "", runtime.TrimStart('/'), "", "");

        var (end, channel) = await Run(set, cell);

        Assert.Equal(0, Assert.IsType<SandboxEnd.Exited>(end).ExitCode);
        Ordered(end, channel, orders);
        Assert.Equal(await BootId(), channel.Text("boot_id"));
        Assert.Equal(0, channel.Frames.OfType<NumberFrame>().Single(frame => frame.Metric == "timens_monotonic_ns").Value);
        Assert.Equal(runtime != "host", ((HelloFrame)channel.Frames[0]).ProcessId == 1);
        Assert.Null(set.Engine);
        Assert.Empty(machine.Remains());
    }

    [Theory]
    [InlineData("", "begin,created,start,first,arrived,ended,removed", "start,started,removed")]
    [InlineData("net=bridge", "begin,created,start,first,arrived,ended,removed", "start,started,removed")]
    [InlineData("path=cli", "begin,first,arrived,removed", "")]
    [InlineData("net=bridge;path=cli", "begin,first,arrived,removed", "")]
    [InlineData("net=bridge;path=testcontainers", "begin,first,arrived,removed", "begin,started,ended,removed")]
    public async Task A_rung_of_the_engine_shares_the_clock_stamps_what_happens_and_leaves_nothing(string variant, params string[] orders)
    {
        await EngineMachine.NeedAsync("dockerd", "docker", "busybox");
        using var machine = new EngineMachine();
        await using var set = await RuntimeSet.CreateAsync(machine.Options("r"), Cancellation);

        var (end, channel) = await Run(set, EngineMachine.Busybox("runc", variant));

        Assert.Equal(0, Assert.IsType<SandboxEnd.Exited>(end).ExitCode);
        Ordered(end, channel, orders);
        Assert.Equal(await BootId(), channel.Text("boot_id"));
        Assert.Single(end.HostReadings, reading => reading.Metric == "engine_ping_ns");
        using var connection = await EngineConnection.OpenAsync(PrivateDaemon.EndpointOf(machine.Paths), TimeSpan.FromSeconds(5), Cancellation);
        Assert.Empty(await connection.Engine.ListAsync(label: null, Cancellation));
        Assert.False(Directory.EnumerateFileSystemEntries(machine.Paths.Temporary).Any());
    }

    [Fact]
    public async Task A_watched_start_is_stamped_by_the_kernel_between_the_engine_s_call_and_the_first_instruction()
    {
        await EngineMachine.NeedAsync("dockerd", "busybox");
        using var machine = new EngineMachine();
        await using var set = await RuntimeSet.CreateAsync(machine.Options("r"), Cancellation);
        var cell = EngineMachine.Busybox("runc", "trace=on");
        if (await set.Find(cell)!.PrepareAsync(cell, new Progress<string>(), Cancellation) is Preparation.Unavailable unavailable)
        {
            // In a container, or under a kernel without process events.
            Assert.StartsWith("trace=on watches processes from the engine's own host, by its API: ", unavailable.Reason, StringComparison.Ordinal);
            Assert.Skip(unavailable.Reason);
        }

        var (end, channel) = await RunWatched(set, cell);

        Assert.Equal(0, Assert.IsType<SandboxEnd.Exited>(end).ExitCode);
        Ordered(end, channel, ["begin,created,start,containerd,shim,runtime_create,runtime_created,runtime_start,first,arrived,ended,removed"]);

        var (plain, _) = await Run(set, EngineMachine.Busybox("runc"));
        Assert.DoesNotContain("shim", Stamps(plain).Keys);
        var other = EngineMachine.Busybox("runc", "path=cli;trace=on");
        Assert.EndsWith(": leave path= out", Assert.IsType<Preparation.Unavailable>(await set.Find(other)!.PrepareAsync(other, new Progress<string>(), Cancellation)).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_watched_start_of_a_runtime_with_arguments_of_its_own_has_its_moments_too()
    {
        await EngineMachine.NeedAsync("dockerd", "busybox", "runsc");
        using var machine = new EngineMachine();
        await using var set = await RuntimeSet.CreateAsync(machine.Options("r"), Cancellation);
        var cell = EngineMachine.Busybox("runsc", "trace=on");
        if (await set.Find(cell)!.PrepareAsync(cell, new Progress<string>(), Cancellation) is Preparation.Unavailable unavailable)
            Assert.Skip(unavailable.Reason);

        var (end, _) = await RunWatched(set, cell);

        // gVisor's clock is its own: arrival ends the last phase.
        var stamps = Stamps(end);
        var times = "start,containerd,shim,runtime_create,runtime_created,runtime_start,arrived".Split(',').Select(name => stamps[name]).ToArray();
        Assert.Equal(times.Order(), times);
    }

    [Fact]
    public async Task A_cold_start_is_stamped_as_a_warm_one_is_or_unavailable_where_caches_cannot_be_dropped()
    {
        await EngineMachine.NeedAsync("busybox", "tar");
        using var machine = new EngineMachine();
        await using var set = await RuntimeSet.CreateAsync(machine.Options("r"), Cancellation);
        var cell = new Cell("busybox:static", "host", "", "namespaces", "", ColdCache.Setting);
        if (ColdCache.Missing() is { } reason)
        {
            var unavailable = Assert.IsType<Preparation.Unavailable>(await set.Find(cell)!.PrepareAsync(cell, new Progress<string>(), Cancellation));
            Assert.Equal(reason, unavailable.Reason);
            return;
        }

        var (end, channel) = await Run(set, cell);
        Assert.Equal(0, Assert.IsType<SandboxEnd.Exited>(end).ExitCode);
        Ordered(end, channel, ["begin,first,arrived,ended,removed"]);
    }

    [Fact]
    public async Task A_bridge_has_an_interface_and_no_network_has_none()
    {
        await EngineMachine.NeedAsync("dockerd", "busybox");
        using var machine = new EngineMachine();
        var probe = AgentRun.Shell("cat /proc/net/dev");
        await using (var set = await RuntimeSet.CreateAsync(machine.Options("r"), Cancellation))
        {
            var (_, bridged) = await Run(set, EngineMachine.Busybox("runc", "net=bridge"), probe);
            var (_, alone) = await Run(set, EngineMachine.Busybox("runc"), probe);
            Assert.Contains("eth0:", Output(bridged), StringComparison.Ordinal);
            Assert.DoesNotContain("eth0:", Output(alone), StringComparison.Ordinal);
            Assert.True(DaemonBridge.Exists(machine.Paths));
        }

        Assert.False(DaemonBridge.Exists(machine.Paths));
    }

    [Fact]
    public async Task The_shell_of_a_userland_says_when_its_first_command_ran()
    {
        await EngineMachine.NeedAsync("busybox", "tar");
        using var machine = new EngineMachine();
        await using var set = await RuntimeSet.CreateAsync(machine.Options("r"), Cancellation);
        var probes = Path.Combine(EngineMachine.Agents, "..");
        var plan = AgentRun.Plan(new ScriptProbe(0, TimeSpan.FromSeconds(20), 4096, "/.harness/shell-start.sh"));
        var cell = new Cell("busybox:static", "host", "", "namespaces", "", "");
        var request = EngineMachine.Request(cell, plan) with
        {
            Timed = true,
            Files = ImmutableSortedDictionary<string, ImmutableArray<byte>>.Empty.Add("shell-start.sh", [.. await File.ReadAllBytesAsync(Path.Combine(probes, "shell-start.sh"), Cancellation)]),
            Programs = ImmutableSortedDictionary<string, ImmutableArray<byte>>.Empty.Add("clock", [.. await File.ReadAllBytesAsync(Path.Combine(EngineMachine.Agents, "clock-x86_64"), Cancellation)]),
        };
        Assert.IsType<Preparation.Ready>(await set.Find(cell)!.PrepareAsync(cell, new Progress<string>(), Cancellation));
        var channel = new KeptChannel(AgentRun.Key);

        var end = await set.Find(cell)!.RunAsync(request, channel, Cancellation);

        var shell = long.Parse(Output(channel)["shell_monotonic_ns=".Length..], System.Globalization.CultureInfo.InvariantCulture);
        Assert.InRange(shell, ((HelloFrame)channel.Frames[0]).FirstMonotonicNs, Stamps(end)["ended"]);
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
            var (end, _) = await Run(set, cell, AgentRun.Shell("sleep 300"), seconds: 3);
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
        var (end, channel) = await Run(set, new Cell("busybox:static", "host", "", "namespaces", "", ""), new ExecProbe(0, TimeSpan.FromSeconds(5), 4096, ["/bin/none"]));

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
        await Run(set, EngineMachine.Busybox("runc"));
        DaemonSweep.EndProcesses(machine.Paths);
        DaemonSweep.RemoveRemains(machine.Paths);

        foreach (var variant in new[] { "", "path=cli", "path=testcontainers" })
        {
            var cell = EngineMachine.Busybox("runc", variant);
            var plan = AgentRun.Plan(Start);
            var end = await set.Find(cell)!.RunAsync(EngineMachine.Request(cell, plan) with { Timed = true }, new KeptChannel(AgentRun.Key), Cancellation);
            Assert.NotEmpty(Assert.IsType<SandboxEnd.Failed>(end).Reason);
        }
    }

    private static async Task<(SandboxEnd End, KeptChannel Channel)> Run(RuntimeSet set, Cell cell, AgentProbe? probe = null, double seconds = 60)
    {
        var preparation = await set.Find(cell)!.PrepareAsync(cell, new Progress<string>(), Cancellation);
        Assert.True(preparation is Preparation.Ready, (preparation as Preparation.Unavailable)?.Reason);
        var plan = AgentRun.Plan(probe ?? Start);
        var channel = new KeptChannel(AgentRun.Key);
        return (await set.Find(cell)!.RunAsync(EngineMachine.Request(cell, plan, seconds) with { Timed = true }, channel, Cancellation), channel);
    }

    // On a busy host a runtime's start can be over before anybody has read whose it was: then none of its moments is told, rather than some.
    private static async Task<(SandboxEnd End, KeptChannel Channel)> RunWatched(RuntimeSet set, Cell cell)
    {
        for (var attempt = 1; ; attempt++)
        {
            var (end, channel) = await Run(set, cell);
            if (Stamps(end).ContainsKey("shim") || attempt == 10)
                return (end, channel);
            Assert.DoesNotContain(Stamps(end).Keys, name => name.StartsWith("runtime_", StringComparison.Ordinal) || name == "containerd");
        }
    }

    private static ImmutableDictionary<string, long> Stamps(SandboxEnd end) =>
        end.HostReadings.Where(reading => reading.Metric == "stamp_ns").ToImmutableDictionary(reading => reading.Subject, reading => (long)reading.Value!);

    private static void Ordered(SandboxEnd end, KeptChannel channel, IEnumerable<string> orders)
    {
        var stamps = Stamps(end).Add("first", ((HelloFrame)channel.Frames[0]).FirstMonotonicNs);
        foreach (var order in orders.Where(order => order.Length > 0))
        {
            var times = order.Split(',').Select(name => stamps[name]).ToArray();
            Assert.Equal(times.Order(), times);
        }
    }

    private static string Output(KeptChannel channel) =>
        string.Concat(channel.Frames.OfType<OutputFrame>().Where(frame => frame.Channel == 1).Select(frame => frame.Bytes.ToString())).Trim();

    private static async Task<string> BootId() => (await File.ReadAllTextAsync("/proc/sys/kernel/random/boot_id", Cancellation)).Trim();
}
