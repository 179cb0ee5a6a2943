using System.Collections.Immutable;
using System.Diagnostics;
using System.Runtime.Versioning;
using Harness.Core.Model;
using Harness.Core.Protocol;
using Harness.Core.Running;
using Harness.Engines.Connecting;
using Harness.Engines.Contract;
using Harness.Engines.DockerApi;
using Harness.Engines.PrivateEngine;
using Harness.Images.Userlands;
using Harness.Runtimes;

namespace Harness.IntegrationTests.Runtimes;

[Collection(OneEngineAtATime.Name)]
[SupportedOSPlatform("linux")]
public sealed class RuntimeTests(SharedEngine shared) : IClassFixture<SharedEngine>
{
    private static readonly Cell Host = new("host", "host", "", "host", "", "");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_container_under_runc_has_the_kernel_of_the_host_and_its_clock()
    {
        await EngineMachine.NeedAsync("dockerd", "busybox");
        var machine = await shared.StartAsync();
        await using var set = await RuntimeSet.CreateAsync(machine.Options("r"), Cancellation);
        var (end, channel) = await Run(set, EngineMachine.Busybox("runc"), new BuiltinProbe(0, TimeSpan.FromSeconds(20), 0, "kernel"));

        var exited = Assert.IsType<SandboxEnd.Exited>(end);
        Assert.Equal((await File.ReadAllTextAsync("/proc/sys/kernel/osrelease", Cancellation)).Trim(), channel.Text("release"));
        var hello = Assert.IsType<HelloFrame>(channel.Frames[0]);
        Assert.Equal(1u, hello.ProcessId);
        Assert.InRange(hello.FirstMonotonicNs, Reading(exited, "harness_monotonic_before_ns"), Reading(exited, "harness_monotonic_after_ns"));
        Assert.InRange(hello.FirstBoottimeNs, Reading(exited, "harness_boottime_before_ns"), Reading(exited, "harness_boottime_after_ns"));
        Assert.Empty(await Containers(machine));
    }

    [Fact]
    public async Task A_container_under_gVisor_has_another_kernel()
    {
        await EngineMachine.NeedAsync("dockerd", "busybox", "runsc");
        var machine = await shared.StartAsync();
        await using var set = await RuntimeSet.CreateAsync(machine.Options("r"), Cancellation);
        var (end, channel) = await Run(set, EngineMachine.Busybox("runsc"), new BuiltinProbe(0, TimeSpan.FromSeconds(20), 0, "kernel"));

        Assert.IsType<SandboxEnd.Exited>(end);
        Assert.NotEqual((await File.ReadAllTextAsync("/proc/sys/kernel/osrelease", Cancellation)).Trim(), channel.Text("release"));
        Assert.Contains(set.Remarks, remark => remark.Contains("--ignore-cgroups", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_empty_image_is_enough_for_a_static_program()
    {
        await EngineMachine.NeedAsync("dockerd");
        var machine = await shared.StartAsync();
        await using var set = await RuntimeSet.CreateAsync(machine.Options("r"), Cancellation);
        var (end, channel) = await Run(set, EngineMachine.Busybox("runc") with { Userland = "empty:0" }, AgentRun.Shell("true"));

        Assert.Equal(0, Assert.IsType<SandboxEnd.Exited>(end).ExitCode);
        Assert.Equal(EndKind.Refused, Assert.Single(channel.Frames.OfType<ProbeEndedFrame>()).Kind);
    }

    [Fact]
    public async Task A_plain_process_runs_from_a_folder_that_is_gone_afterwards()
    {
        await EngineMachine.NeedAsync("sleep");
        using var machine = new EngineMachine();
        await using var set = await RuntimeSet.CreateAsync(machine.Options("r"), Cancellation);
        var (end, channel) = await Run(set, Host, AgentRun.Shell("echo $HOME-$0"));

        var exited = Assert.IsType<SandboxEnd.Exited>(end);
        Assert.InRange(Assert.IsType<HelloFrame>(channel.Frames[0]).FirstMonotonicNs, Reading(exited, "harness_monotonic_before_ns"), Reading(exited, "harness_monotonic_after_ns"));
        Assert.Empty(Directory.GetFileSystemEntries(machine.Paths.Temporary));
        Assert.Null(set.Engine);
    }

    [Theory]
    [InlineData("runc")]
    [InlineData("runsc")]
    [InlineData("host")]
    public async Task A_sandbox_past_its_deadline_is_ended_with_all_that_it_started(string runtime)
    {
        await EngineMachine.NeedAsync(runtime == "host" ? ["sleep"] : ["dockerd", "busybox", runtime]);
        var machine = await shared.StartAsync();
        await using var set = await RuntimeSet.CreateAsync(machine.Options("r"), Cancellation);
        var cell = runtime == "host" ? Host : EngineMachine.Busybox(runtime);
        var mark = Random.Shared.Next(100_000, 999_999);
        var (end, _) = await Run(set, cell, seconds: 3, probes: AgentRun.Shell($"sleep {mark} & sleep {mark}", 300));

        Assert.IsType<SandboxEnd.DeadlineExceeded>(end);
        Assert.DoesNotContain(Commands(), line => line.Contains($"sleep {mark}", StringComparison.Ordinal));
        if (runtime != "host")
            Assert.Empty(await Containers(machine));
    }

    [Theory]
    [InlineData("runc")]
    [InlineData("host")]
    public async Task Cancelling_removes_the_sandbox_before_it_is_reported(string runtime)
    {
        await EngineMachine.NeedAsync(runtime == "host" ? ["sleep"] : ["dockerd", "busybox", runtime]);
        var machine = await shared.StartAsync();
        await using var set = await RuntimeSet.CreateAsync(machine.Options("r"), Cancellation);
        var cell = runtime == "host" ? Host : EngineMachine.Busybox(runtime);
        Assert.IsType<Preparation.Ready>(await set.Find(cell)!.PrepareAsync(cell, new Progress<string>(), Cancellation));
        var mark = Random.Shared.Next(100_000, 999_999);
        var plan = AgentRun.Plan(AgentRun.Shell($"sleep {mark}", 300));
        var channel = new KeptChannel(AgentRun.Key);
        using var interrupt = new CancellationTokenSource();
        var running = set.Find(cell)!.RunAsync(EngineMachine.Request(cell, plan, 300), channel, interrupt.Token);
        await channel.First.Task.WaitAsync(TimeSpan.FromSeconds(30), Cancellation);

        await interrupt.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        Assert.DoesNotContain(Commands(), line => line.Contains($"sleep {mark}", StringComparison.Ordinal));
        if (runtime != "host")
            Assert.Empty(await Containers(machine));
    }

    [Theory]
    [InlineData("runc")]
    [InlineData("host")]
    public async Task A_reader_that_has_enough_ends_the_sandbox(string runtime)
    {
        await EngineMachine.NeedAsync(runtime == "host" ? ["sleep"] : ["dockerd", "busybox", runtime]);
        var machine = await shared.StartAsync();
        await using var set = await RuntimeSet.CreateAsync(machine.Options("r"), Cancellation);
        var began = Stopwatch.GetTimestamp();
        var (end, _) = await Run(set, runtime == "host" ? Host : EngineMachine.Busybox(runtime), enough: 1, probes: AgentRun.Shell("sleep 300", 300));

        Assert.IsType<SandboxEnd.Exited>(end);
        Assert.InRange(Stopwatch.GetElapsedTime(began).TotalSeconds, 0, 60);
    }

    [Fact]
    public async Task An_agent_of_another_architecture_is_refused_and_not_broken()
    {
        await EngineMachine.NeedAsync("dockerd", "busybox");
        Assert.SkipUnless(System.Runtime.InteropServices.RuntimeInformation.OSArchitecture == System.Runtime.InteropServices.Architecture.X64, "takes the arm64 agent for the wrong one");
        Assert.SkipWhen(File.Exists("/proc/sys/fs/binfmt_misc/qemu-aarch64"), "this machine executes arm64 programs");
        var machine = await shared.StartAsync();
        var agents = Directory.CreateDirectory(Path.Combine(machine.Paths.Root, "agents")).FullName;
        File.Copy(Path.Combine(EngineMachine.Agents, "agent-aarch64"), Path.Combine(agents, "agent-x86_64"));
        await using var set = await RuntimeSet.CreateAsync(machine.Options("r") with { AgentDirectory = agents }, Cancellation);

        var (end, _) = await Run(set, EngineMachine.Busybox("runc"), AgentRun.Shell("true"));
        Assert.Contains("exec format error", Assert.IsType<SandboxEnd.Refused>(end).Reason, StringComparison.Ordinal);
        Assert.IsType<SandboxEnd.Refused>((await Run(set, Host, AgentRun.Shell("true"))).End);
    }

    [Theory]
    [InlineData("busybox:static|host|docker/runc||vsyscall=emulate", "vsyscall=emulate")]
    [InlineData("busybox:static|host|docker/runc||net=warp", "net=warp")]
    [InlineData("busybox:static|debian-bookworm|docker/runc||", "debian-bookworm")]
    [InlineData("nowhere:1|host|docker/runc||", "catalogue")]
    [InlineData("host|host|/host||net=bridge", "net=bridge")]
    [InlineData("busybox:static|host|/host||", "userland")]
    public async Task What_a_runtime_cannot_do_is_unavailable_with_its_reason(string cell, string reason)
    {
        await EngineMachine.NeedAsync("dockerd", "busybox");
        var machine = await shared.StartAsync();
        await using var set = await RuntimeSet.CreateAsync(machine.Options("r"), Cancellation);
        var parsed = Cell.Parse(cell);

        var preparation = await set.Find(parsed)!.PrepareAsync(parsed, new Progress<string>(), Cancellation);

        Assert.Contains(reason, Assert.IsType<Preparation.Unavailable>(preparation).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_userland_has_the_same_digest_wherever_it_is_made_from_the_same_program()
    {
        await EngineMachine.NeedAsync("dockerd", "busybox");
        var digests = new List<string>();
        for (var i = 0; i < 2; i++)
        {
            using var machine = new EngineMachine();
            await using var set = await RuntimeSet.CreateAsync(machine.Options("r"), Cancellation);
            digests.Add(Assert.IsType<UserlandResolution.Found>(await set.ResolveAsync("busybox:static", Cancellation)).Lock.Digest);
            Assert.Equal("busybox", Assert.Single(set.Userlands).Provenance.Kind);
        }

        Assert.Equal(digests[0], digests[1]);
    }

    [Fact]
    public async Task An_image_that_is_there_still_tells_where_it_came_from()
    {
        await EngineMachine.NeedAsync("dockerd", "busybox");
        using var machine = new EngineMachine();
        var locks = new List<UserlandLock>();
        for (var i = 0; i < 2; i++)
        {
            await using var set = await RuntimeSet.CreateAsync(machine.Options("r"), Cancellation);
            locks.Add(Assert.IsType<UserlandResolution.Found>(await set.ResolveAsync("busybox:static", Cancellation)).Lock);
            // Without the cache the second run can only know it from the image.
            Harness.Host.Processes.FileTree.Delete(machine.Paths.Userlands);
        }

        Assert.Equal(locks[0].Digest, locks[1].Digest);
        Assert.Equal(locks[0].Provenance.Packages.AsEnumerable(), locks[1].Provenance.Packages.AsEnumerable());
        Assert.NotEmpty(locks[1].Provenance.Packages);
    }

    [Fact]
    public async Task Testcontainers_speaks_to_an_engine_of_any_version()
    {
        await EngineMachine.NeedAsync("dockerd", "busybox");
        var machine = await shared.StartAsync();
        await using var set = await RuntimeSet.CreateAsync(machine.Options("r"), Cancellation);
        await set.ResolveAsync("busybox:static", Cancellation);
        using var connection = await EngineConnection.OpenAsync(PrivateDaemon.EndpointOf(machine.Paths), TimeSpan.FromSeconds(5), Cancellation);

        var request = new ContainerRequest { Image = "harness/busybox:static", EntryPoint = ["/bin/sleep", "300"], Labels = EngineContainers.Labels("r"), Network = "none" };
        await using var container = TestcontainersContainer.Prepare((DockerEngine)connection.Engine, request, _ => true, _ => true);
        container.Build();
        await container.StartAsync(Cancellation);

        Assert.True(Assert.Single(await connection.Engine.ListAsync(EngineContainers.RunLabel + "=r", Cancellation)).IsRunning);
    }

    private static async Task<(SandboxEnd End, KeptChannel Channel)> Run(
        RuntimeSet set, Cell cell, AgentProbe probes, double seconds = 60, int enough = int.MaxValue)
    {
        var runtime = set.Find(cell)!;
        Assert.IsType<Preparation.Ready>(await runtime.PrepareAsync(cell, new Progress<string>(), Cancellation));
        var plan = AgentRun.Plan(probes);
        var channel = new KeptChannel(AgentRun.Key, enough);
        return (await runtime.RunAsync(EngineMachine.Request(cell, plan, seconds), channel, Cancellation), channel);
    }

    private static long Reading(SandboxEnd end, string metric) => (long)end.HostReadings.Single(reading => reading.Metric == metric).Value!;

    private static IEnumerable<string> Commands() =>
        Harness.Host.Processes.ProcessTable.All().Select(process => string.Join(' ', Harness.Host.Processes.ProcessTable.Arguments(process.Id)));

    private static async Task<ImmutableArray<ContainerSummary>> Containers(EngineMachine machine)
    {
        using var connection = await EngineConnection.OpenAsync(PrivateDaemon.EndpointOf(machine.Paths), TimeSpan.FromSeconds(5), Cancellation);
        return await connection.Engine.ListAsync(label: null, Cancellation);
    }
}
