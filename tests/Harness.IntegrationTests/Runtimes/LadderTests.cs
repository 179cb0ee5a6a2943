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
public sealed class LadderTests(SharedEngine shared) : IClassFixture<SharedEngine>
{
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

        var (end, channel) = await Rung.Run(set, cell);

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
        var machine = await shared.StartAsync();
        await using var set = await RuntimeSet.CreateAsync(machine.Options("r"), Cancellation);

        var (end, channel) = await Rung.Run(set, EngineMachine.Busybox("runc", variant));

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
        var machine = await shared.StartAsync();
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

        var (plain, _) = await Rung.Run(set, EngineMachine.Busybox("runc"));
        Assert.DoesNotContain("shim", Rung.Stamps(plain).Keys);
        var other = EngineMachine.Busybox("runc", "path=cli;trace=on");
        Assert.EndsWith(": leave path= out", Assert.IsType<Preparation.Unavailable>(await set.Find(other)!.PrepareAsync(other, new Progress<string>(), Cancellation)).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_watched_start_of_a_runtime_with_arguments_of_its_own_has_its_moments_too()
    {
        await EngineMachine.NeedAsync("dockerd", "busybox", "runsc");
        var machine = await shared.StartAsync();
        await using var set = await RuntimeSet.CreateAsync(machine.Options("r"), Cancellation);
        var cell = EngineMachine.Busybox("runsc", "trace=on");
        if (await set.Find(cell)!.PrepareAsync(cell, new Progress<string>(), Cancellation) is Preparation.Unavailable unavailable)
            Assert.Skip(unavailable.Reason);

        var (end, _) = await RunWatched(set, cell);

        // gVisor's clock is its own: arrival ends the last phase.
        var stamps = Rung.Stamps(end);
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

        var (end, channel) = await Rung.Run(set, cell);
        Assert.Equal(0, Assert.IsType<SandboxEnd.Exited>(end).ExitCode);
        Ordered(end, channel, ["begin,first,arrived,ended,removed"]);
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

        var shell = long.Parse(Rung.Output(channel)["shell_monotonic_ns=".Length..], System.Globalization.CultureInfo.InvariantCulture);
        Assert.InRange(shell, ((HelloFrame)channel.Frames[0]).FirstMonotonicNs, Rung.Stamps(end)["ended"]);
    }

    // On a busy host a runtime's start can be over before anybody has read whose it was: then none of its moments is told, rather than some.
    private static async Task<(SandboxEnd End, KeptChannel Channel)> RunWatched(RuntimeSet set, Cell cell)
    {
        for (var attempt = 1; ; attempt++)
        {
            var (end, channel) = await Rung.Run(set, cell);
            if (Rung.Stamps(end).ContainsKey("shim") || attempt == 10)
                return (end, channel);
            Assert.DoesNotContain(Rung.Stamps(end).Keys, name => name.StartsWith("runtime_", StringComparison.Ordinal) || name == "containerd");
        }
    }

    private static void Ordered(SandboxEnd end, KeptChannel channel, IEnumerable<string> orders)
    {
        var stamps = Rung.Stamps(end).Add("first", ((HelloFrame)channel.Frames[0]).FirstMonotonicNs);
        foreach (var order in orders.Where(order => order.Length > 0))
        {
            var times = order.Split(',').Select(name => stamps[name]).ToArray();
            Assert.Equal(times.Order(), times);
        }
    }

    private static async Task<string> BootId() => (await File.ReadAllTextAsync("/proc/sys/kernel/random/boot_id", Cancellation)).Trim();
}
