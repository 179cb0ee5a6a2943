using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using Harness.Core;
using Harness.Core.Definitions;
using Harness.Core.Model;
using Harness.Core.Protocol;
using Harness.Core.Running;
using Harness.Engines.Connecting;
using Harness.Engines.Endpoints;
using Harness.Engines.PrivateEngine;
using Harness.Host.Processes;
using Harness.Images.Userlands;
using Harness.Instruments.Footprint;
using Harness.Runtimes;

namespace Harness.IntegrationTests.Runtimes;

/// <summary>Engines that are set up otherwise than the harness would, or are no Docker.</summary>
[Collection(OneEngineAtATime.Name)]
[SupportedOSPlatform("linux")]
public sealed partial class EngineOfOthersTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_engine_whose_default_is_gVisor_runs_runc_where_runc_is_asked_for()
    {
        await EngineMachine.NeedAsync("dockerd", "busybox", "runsc", "runc");
        using var users = new EngineMachine();
        await using var daemon = await PrivateDaemon.JoinAsync(users.Paths, new Progress<string>(), Cancellation);
        var settings = await File.ReadAllTextAsync(users.Paths.Settings, Cancellation);
        await File.WriteAllTextAsync(users.Paths.Settings, settings.TrimEnd()[..^1].TrimEnd() + ",\n  \"default-runtime\": \"runsc\"\n}\n", Cancellation);
        foreach (var process in DaemonSweep.Daemons(users.Paths, "dockerd"))
            ProcessTable.Signal(process, Native.SigHup);
        await UntilDefaultAsync(users, "runsc");
        await using var set = await RuntimeSet.CreateAsync(users.Options("r") with { EngineUri = "unix://" + users.Paths.Socket }, Cancellation);

        foreach (var runtime in new[] { "runc", "runsc" })
        {
            var (end, channel) = await RunAsync(set, EngineMachine.Busybox(runtime));
            Assert.Equal(0, Assert.IsType<SandboxEnd.Exited>(end).ExitCode);
            // gVisor, which has another boot id or none, is not what answers for runc.
            var own = await BootIdAsync();
            Assert.Equal(runtime == "runc", channel.Frames.OfType<TextFrame>().Any(frame => frame.Metric == "boot_id" && frame.Text.ToString() == own));
            // Proved by a container, since nobody started this engine for the run.
            Assert.Contains(end.HostReadings, reading => reading.Metric == "harness_monotonic_before_ns");
        }

        Assert.Equal("runsc", set.Engine!.DefaultRuntime);
        Assert.Contains("runsc", set.Engine.Components.Keys);
    }

    [Fact]
    public async Task An_engine_that_makes_a_container_with_another_runtime_costs_the_trials_and_says_what_ran()
    {
        await EngineMachine.NeedAsync("dockerd", "busybox");
        using var users = new EngineMachine();
        await using var daemon = await PrivateDaemon.JoinAsync(users.Paths, new Progress<string>(), Cancellation);
        using var engine = new RewritingRelay(users.Paths.Socket, new IPEndPoint(IPAddress.Loopback, 0), ("\"Runtime\":\"runc\"", "\"Runtime\":\"crun\""));
        await using var set = await RuntimeSet.CreateAsync(users.Options("r") with { EngineUri = engine.Address }, Cancellation);
        var cell = EngineMachine.Busybox("runc");
        const string Says = "asked for runtime runc, ran under crun (by the engine's inspect)";

        Assert.Equal(Says, Assert.IsType<Preparation.Failed>(await set.Find(cell)!.PrepareAsync(cell, new Progress<string>(), Cancellation)).Reason);
        var request = EngineMachine.Request(cell, AgentRun.Plan(new BuiltinProbe(0, TimeSpan.FromSeconds(20), 4096, "start")));
        var end = await set.Find(cell)!.RunAsync(request, new KeptChannel(request.Key), Cancellation);
        Assert.Equal(Says, Assert.IsType<SandboxEnd.Failed>(end).Reason);
        // Nothing of this host is taken for a container's as long as none told where it runs.
        Assert.DoesNotContain(end.HostReadings, reading => reading.Metric.StartsWith("harness_", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_image_is_found_by_the_short_id_that_engines_print()
    {
        await EngineMachine.NeedAsync("dockerd", "busybox");
        using var users = new EngineMachine();
        await using var set = await RuntimeSet.CreateAsync(users.Options("r"), Cancellation);
        var image = Assert.IsType<UserlandResolution.Found>(await set.ResolveAsync("busybox:static", Cancellation)).ImageId;
        var shortId = image["sha256:".Length..][..12];
        var options = users.Options("s") with { Userlands = [new UserlandDefinition { Id = shortId, Images = [shortId] }] };
        await using var other = await RuntimeSet.CreateAsync(options, Cancellation);

        Assert.Equal(image, Assert.IsType<UserlandResolution.Found>(await other.ResolveAsync(shortId, Cancellation)).ImageId);
    }

    [Fact]
    public async Task Of_two_engines_on_a_host_the_processes_behind_the_socket_are_told_apart_and_a_proxy_is_no_engine()
    {
        await EngineMachine.NeedAsync("dockerd");
        using var users = new EngineMachine();
        using var others = new EngineMachine();
        await using var daemon = await PrivateDaemon.JoinAsync(users.Paths, new Progress<string>(), Cancellation);
        await using var other = await PrivateDaemon.JoinAsync(others.Paths, new Progress<string>(), Cancellation);
        using var proxy = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        var place = Path.Combine(users.Paths.Root, "proxy.sock");
        proxy.Bind(new UnixDomainSocketEndPoint(place));
        proxy.Listen();

        var behind = EngineProcesses.Behind(users.Paths.Socket);

        Assert.Equal(await File.ReadAllTextAsync(users.Paths.PidFile, Cancellation), behind[0].ToString(System.Globalization.CultureInfo.InvariantCulture));
        Assert.Equal(behind.Order(), DaemonSweep.Daemons(users.Paths, "dockerd").Concat(DaemonSweep.Daemons(users.Paths, "containerd")).Select(process => process.Id).Order());
        Assert.Empty(behind.Intersect(EngineProcesses.Behind(others.Paths.Socket)));
        Assert.Contains("not dockerd", Assert.Throws<IOException>(() => EngineProcesses.Behind(place)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_socket_that_the_user_may_not_open_is_told_from_an_engine_that_does_not_answer()
    {
        await EngineMachine.NeedAsync("chgrp");
        var folder = Directory.CreateTempSubdirectory("h-").FullName;
        try
        {
            var socket = Path.Combine(folder, "d.sock");
            using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            listener.Bind(new UnixDomainSocketEndPoint(socket));
            listener.Listen();
            File.SetUnixFileMode(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
            File.SetUnixFileMode(socket, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite);
            Assert.Equal(0, (await new Command("chgrp", ["bin", socket]).RunAsync(Cancellation)).ExitCode);
            Assert.Null(SocketAccess.Denied(socket));

            var said = AsNobody(() => SocketAccess.Denied(socket));

            Assert.Equal($"permission denied on the engine's socket {socket}: join the group 'bin' (as root: usermod -aG bin {Environment.UserName}; then log in again), or run as root", said);
            Assert.Null(AsNobody(() => SocketAccess.Denied(Path.Combine(folder, "none.sock"))));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    // What a thread may open is decided by its own file system user.
    private static string? AsNobody(Func<string?> work)
    {
        string? result = null;
        var thread = new Thread(() =>
        {
            _ = SetFileSystemUser(65534);
            result = work();
        });
        thread.Start();
        thread.Join();
        return result;
    }

    [System.Runtime.InteropServices.LibraryImport("libc", EntryPoint = "setfsuid")]
    private static partial int SetFileSystemUser(uint id);

    [Fact]
    public async Task A_Podman_that_does_not_tell_its_runtime_is_refused_in_one_line()
    {
        await EngineMachine.NeedAsync("dockerd", "busybox");
        using var users = new EngineMachine();
        await using var daemon = await PrivateDaemon.JoinAsync(users.Paths, new Progress<string>(), Cancellation);
        using var engine = new RewritingRelay(users.Paths.Socket, new IPEndPoint(IPAddress.Loopback, 0), ("\"Name\":\"containerd\"", "\"Name\":\"Podman Eng\""));
        await using var set = await RuntimeSet.CreateAsync(users.Options("r") with { EngineUri = engine.Address }, Cancellation);

        var error = await Assert.ThrowsAsync<HarnessException>(() => set.OpenEngineAsync(Cancellation));

        Assert.StartsWith($"the Podman service at {engine.Address} does not tell by which runtime it runs containers", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public async Task A_cell_of_another_engine_than_the_one_that_answers_is_unavailable()
    {
        await EngineMachine.NeedAsync("dockerd", "busybox");
        using var users = new EngineMachine();
        await using var daemon = await PrivateDaemon.JoinAsync(users.Paths, new Progress<string>(), Cancellation);
        await using var set = await RuntimeSet.CreateAsync(users.Options("r") with { EngineUri = $"unix://{users.Paths.Socket}" }, Cancellation);
        var cell = EngineMachine.Busybox("runc") with { Engine = "podman" };

        Assert.StartsWith("the engine that answers is docker, not podman", Assert.IsType<Preparation.Unavailable>(await set.Find(cell)!.PrepareAsync(cell, new Progress<string>(), Cancellation)).Reason, StringComparison.Ordinal);
    }

    private static async Task<(SandboxEnd End, KeptChannel Channel)> RunAsync(RuntimeSet set, Cell cell)
    {
        var preparation = await set.Find(cell)!.PrepareAsync(cell, new Progress<string>(), Cancellation);
        Assert.True(preparation is Preparation.Ready, (preparation as Preparation.Unavailable)?.Reason);
        var request = EngineMachine.Request(cell, AgentRun.Plan(new BuiltinProbe(0, TimeSpan.FromSeconds(20), 4096, "start")));
        var channel = new KeptChannel(request.Key);
        return (await set.Find(cell)!.RunAsync(request, channel, Cancellation), channel);
    }

    private static async Task UntilDefaultAsync(EngineMachine machine, string runtime)
    {
        using var connection = await EngineConnection.OpenAsync(PrivateDaemon.EndpointOf(machine.Paths), TimeSpan.FromSeconds(5), Cancellation);
        for (var tries = 0; tries < 100; tries++)
        {
            if ((await connection.Engine.FactsAsync(Cancellation)).DefaultRuntime == runtime)
                return;
            await Task.Delay(100, Cancellation);
        }

        Assert.Fail($"the engine did not take {runtime} for its default");
    }

    private static async Task<string> BootIdAsync() => (await File.ReadAllTextAsync("/proc/sys/kernel/random/boot_id", Cancellation)).Trim();
}
