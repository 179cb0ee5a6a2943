using System.Diagnostics;
using System.Runtime.Versioning;
using Harness.Core;
using Harness.Core.Protocol;
using Harness.Core.Running;
using Harness.Engines.Connecting;
using Harness.Engines.Contract;
using Harness.Engines.Endpoints;
using Harness.Engines.PrivateEngine;
using Harness.Host.Paths;
using Harness.Host.Processes;
using Harness.Runtimes;

namespace Harness.IntegrationTests.Runtimes;

[Collection(OneEngineAtATime.Name)]
[SupportedOSPlatform("linux")]
public sealed class PrivateDaemonTests
{
    private const int Stop = 19;
    private const int Continue = 18;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_comes_and_goes_without_leaving_a_process_a_mount_or_a_namespace()
    {
        await EngineMachine.NeedAsync("dockerd");
        using var machine = new EngineMachine();
        var links = Links(machine);

        await using (await PrivateDaemon.JoinAsync(machine.Paths, new Progress<string>(), Cancellation))
            Assert.NotEmpty(machine.Remains());

        Assert.Empty(machine.Remains());
        Assert.False(Directory.Exists(machine.Paths.Exec));
        Assert.False(File.Exists(machine.Paths.Socket));
        Assert.Equal(links, Links(machine));
    }

    [Fact]
    public async Task Two_users_share_it_and_the_last_one_stops_it()
    {
        await EngineMachine.NeedAsync("dockerd");
        using var machine = new EngineMachine();
        var joined = await Task.WhenAll(Join(machine), Join(machine));
        var daemons = DaemonSweep.Daemons(machine.Paths, "dockerd");
        Assert.Single(daemons);

        await joined[0].DisposeAsync();
        Assert.Equal(daemons, DaemonSweep.Daemons(machine.Paths, "dockerd"));
        Assert.False(await PrivateDaemon.StopUnusedAsync(machine.Paths, Cancellation));

        await joined[1].DisposeAsync();
        Assert.Empty(machine.Remains());
    }

    [Fact]
    public async Task A_daemon_that_is_slow_to_answer_is_not_ended_under_its_users()
    {
        await EngineMachine.NeedAsync("dockerd");
        using var machine = new EngineMachine();
        await using var user = await Join(machine);
        var daemons = DaemonSweep.Daemons(machine.Paths, "dockerd");
        foreach (var process in daemons)
            ProcessTable.Signal(process, Stop);
        try
        {
            var awake = WakeAsync(daemons);
            await (await Join(machine)).DisposeAsync();
            await awake;
            Assert.Equal(daemons, DaemonSweep.Daemons(machine.Paths, "dockerd"));

            foreach (var process in daemons)
                ProcessTable.Signal(process, Stop);
            var refused = await Assert.ThrowsAsync<HarnessException>(() => Join(machine));
            Assert.Contains("another run uses it", refused.Message, StringComparison.Ordinal);
        }
        finally
        {
            foreach (var process in daemons)
                ProcessTable.Signal(process, Continue);
        }

        Assert.Equal(daemons, DaemonSweep.Daemons(machine.Paths, "dockerd"));
    }

    [Fact]
    public async Task A_service_that_a_private_Podman_lacks_is_started_beside_those_that_are_in_use()
    {
        await EngineMachine.NeedAsync("runc", "crun");
        await Tools.RequireAsync("podman", "podman");
        using var machine = new EngineMachine();
        var podman = new PodmanPaths(machine.Paths);
        await using (await PrivatePodman.JoinAsync(machine.Paths, new Progress<string>(), Cancellation))
        {
            // As it is for a run that began before runc was installed.
            var crun = Service(podman, "crun");
            var runc = Service(podman, "runc");
            ProcessTable.Signal(runc, Native.SigKill);
            await ProcessTable.WaitGoneAsync([runc], TimeSpan.FromSeconds(10), Cancellation);
            File.Delete(podman.Socket("runc"));

            await using (await PrivatePodman.JoinAsync(machine.Paths, new Progress<string>(), Cancellation))
            {
                Assert.Equal(crun, Service(podman, "crun"));
                using var connection = await PrivatePodman.OpenAsync(machine.Paths, Cancellation);
                Assert.Contains("runc", connection.ByRuntime.Keys);
            }

            Assert.Equal(crun, Service(podman, "crun"));
        }

        Assert.Empty(machine.Remains());
    }

    [Theory]
    [InlineData(30)]
    [InlineData(120)]
    [InlineData(300)]
    public async Task A_start_that_is_cancelled_leaves_nothing(int milliseconds)
    {
        await EngineMachine.NeedAsync("dockerd");
        using var machine = new EngineMachine();
        await using (var set = await RuntimeSet.CreateAsync(machine.Options("cancelled"), Cancellation))
        {
            using var impatient = new CancellationTokenSource(milliseconds);
            var ended = await Record.ExceptionAsync(() => set.OpenEngineAsync(impatient.Token));
            // Only the longest may come too late: a fast machine was seen to be done within it. Then the set ends what it has started.
            if (ended is not null || milliseconds < 300)
                Assert.IsAssignableFrom<OperationCanceledException>(ended);
        }

        Assert.Empty(machine.Remains());
    }

    [Theory]
    [InlineData("runc")]
    [InlineData("runsc")]
    public async Task A_daemon_that_was_killed_under_a_container_is_cleared_away_and_started_anew(string runtime)
    {
        await EngineMachine.NeedAsync("dockerd", "busybox", runtime);
        using var machine = new EngineMachine();
        await using (var first = await RuntimeSet.CreateAsync(machine.Options("first"), Cancellation))
        {
            var cell = EngineMachine.Busybox(runtime);
            Assert.IsType<Preparation.Ready>(await first.Find(cell)!.PrepareAsync(cell, new Progress<string>(), Cancellation));
            var plan = AgentRun.Plan(AgentRun.Shell("sleep 300", 300));
            var channel = new KeptChannel(AgentRun.Key);
            var running = first.Find(cell)!.RunAsync(EngineMachine.Request(cell, plan, 300), channel, Cancellation);
            await channel.First.Task.WaitAsync(TimeSpan.FromSeconds(30), Cancellation);
            foreach (var process in DaemonSweep.Daemons(machine.Paths, "dockerd").Concat(DaemonSweep.Daemons(machine.Paths, "containerd")))
                ProcessTable.Signal(process, Native.SigKill);
            Assert.IsType<SandboxEnd.Failed>(await running.WaitAsync(TimeSpan.FromSeconds(60), Cancellation));
            Assert.NotEmpty(machine.Remains());

            await using var second = await PrivateDaemon.JoinAsync(machine.Paths, new Progress<string>(), Cancellation);
            using var connection = await EngineConnection.OpenAsync(PrivateDaemon.EndpointOf(machine.Paths), TimeSpan.FromSeconds(5), Cancellation);
            await EngineContainers.RemoveAsync(connection, EngineContainers.RunLabel, Cancellation);
            Assert.Empty(await connection.Engine.ListAsync(label: null, Cancellation));
            Assert.DoesNotContain(machine.Remains(), line => line.Contains("shim", StringComparison.Ordinal) || line.Contains("runsc-", StringComparison.Ordinal));
        }

        Assert.Empty(machine.Remains());
    }

    [Fact]
    public async Task A_users_own_daemon_and_its_containers_are_left_alone()
    {
        await EngineMachine.NeedAsync("dockerd", "busybox");
        using var machine = new EngineMachine();
        using var other = new EngineMachine();
        // Stands for the user's own: not started by the session under test, with a container that is not a run's.
        await using var own = await Join(other);
        await using var owner = await RuntimeSet.CreateAsync(other.Options("user"), Cancellation);
        await owner.ResolveAsync("busybox:static", Cancellation);
        using var connection = await EngineConnection.OpenAsync(PrivateDaemon.EndpointOf(other.Paths), TimeSpan.FromSeconds(5), Cancellation);
        var container = await connection.Engine.CreateAsync(
            new ContainerRequest { Image = "harness/busybox:static", Command = ["/bin/sleep", "300"], Network = "none" }, Cancellation);
        await connection.Engine.StartAsync(container, Cancellation);
        var daemons = DaemonSweep.Daemons(other.Paths, "dockerd");

        await using (var set = await RuntimeSet.CreateAsync(machine.Options("private"), Cancellation))
            Assert.IsType<SandboxEnd.Exited>(await Probe(set));
        await using (var set = await RuntimeSet.CreateAsync(machine.Options("named") with { EngineUri = "unix://" + other.Paths.Socket }, Cancellation))
        {
            Assert.IsType<SandboxEnd.Exited>(await Probe(set));
            Assert.Equal(EngineEndpoint.ByOption, set.Engine!.FoundBy);
        }

        await Harness.Runtimes.Cleaning.Leftovers.CleanAsync(machine.Paths, "unix://" + other.Paths.Socket, everything: true, Cancellation);
        var left = await connection.Engine.ListAsync(label: null, Cancellation);
        Assert.Equal(container, Assert.Single(left).Id);
        Assert.True(left[0].IsRunning);
        Assert.Equal(daemons, DaemonSweep.Daemons(other.Paths, "dockerd"));
    }

    // Later than a daemon is asked for the first time.
    private static async Task WakeAsync(IEnumerable<ProcessEntry> processes)
    {
        await Task.Delay(5000, Cancellation);
        foreach (var process in processes)
            ProcessTable.Signal(process, Continue);
    }

    private static ProcessEntry Service(PodmanPaths podman, string runtime) =>
        ProcessTable.All().Single(process => ProcessTable.Arguments(process.Id) is [.., var last] && last == "unix://" + podman.Socket(runtime));

    private static Task<PrivateDaemon> Join(EngineMachine machine) => PrivateDaemon.JoinAsync(machine.Paths, new Progress<string>(), Cancellation);

    private static async Task<SandboxEnd> Probe(RuntimeSet set)
    {
        var cell = EngineMachine.Busybox("runc");
        Assert.IsType<Preparation.Ready>(await set.Find(cell)!.PrepareAsync(cell, new Progress<string>(), Cancellation));
        var plan = AgentRun.Plan(AgentRun.Shell("true"));
        return await set.Find(cell)!.RunAsync(EngineMachine.Request(cell, plan), new KeptChannel(AgentRun.Key), Cancellation);
    }

    /// <summary>Network interfaces and named network namespaces: what a bridge or a sandbox would add. Other tests' daemons have bridges too, which come and go meanwhile.</summary>
    private static string Links(EngineMachine machine) => string.Join(
        ' ',
        Directory.GetFileSystemEntries("/sys/class/net")
            .Where(link => !Path.GetFileName(link).StartsWith("harness", StringComparison.Ordinal) || Path.GetFileName(link) == DaemonBridge.Name(machine.Paths))
            .Concat(Directory.Exists("/run/netns") ? Directory.GetFileSystemEntries("/run/netns") : [])
            .Order(StringComparer.Ordinal));
}
