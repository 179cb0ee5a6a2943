using System.Diagnostics;
using System.Runtime.Versioning;
using Harness.Engines.Connecting;
using Harness.Engines.Contract;
using Harness.Engines.PrivateEngine;

namespace Harness.IntegrationTests.Runtimes;

[Collection(OneEngineAtATime.Name)]
[SupportedOSPlatform("linux")]
public sealed class GuardTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("runc")]
    [InlineData("runsc")]
    [InlineData("host")]
    public async Task Ten_seconds_after_SIGKILL_nothing_of_the_run_is_left(string runtime)
    {
        await EngineMachine.NeedAsync(runtime == "host" ? ["sleep"] : ["dockerd", "busybox", runtime]);
        using var machine = new EngineMachine();
        using var process = Hold(machine, runtime);
        Assert.Equal("running", await process.StandardOutput.ReadLineAsync(Cancellation).AsTask().WaitAsync(TimeSpan.FromSeconds(60), Cancellation));

        process.Kill();
        await process.WaitForExitAsync(Cancellation);

        Assert.Empty(await machine.RemainsAfterAsync(TimeSpan.FromSeconds(10)));
        Assert.Empty(Directory.Exists(machine.Paths.Temporary) ? Directory.GetFileSystemEntries(machine.Paths.Temporary) : []);
        Assert.False(File.Exists(machine.Paths.Socket));
    }

    [Fact]
    public async Task A_harness_killed_while_it_starts_the_daemon_leaves_no_daemon()
    {
        await EngineMachine.NeedAsync("dockerd", "busybox");
        using var machine = new EngineMachine();
        using var process = Hold(machine, "runc");
        Assert.Contains("starting", await process.StandardError.ReadLineAsync(Cancellation), StringComparison.Ordinal);
        await Task.Delay(150, Cancellation);

        process.Kill();
        await process.WaitForExitAsync(Cancellation);

        Assert.Empty(await machine.RemainsAfterAsync(TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public async Task After_SIGKILL_the_containers_of_another_run_of_the_same_id_stay()
    {
        await EngineMachine.NeedAsync("dockerd", "busybox", "runc");
        using var machine = new EngineMachine();
        using var user = new EngineMachine();
        await using var daemon = await PrivateDaemon.JoinAsync(user.Paths, new Progress<string>(), Cancellation);
        using var connection = await EngineConnection.OpenAsync(PrivateDaemon.EndpointOf(user.Paths), TimeSpan.FromSeconds(5), Cancellation);
        using var process = Hold(machine, "runc", engine: "unix://" + user.Paths.Socket);
        Assert.Equal("running", await process.StandardOutput.ReadLineAsync(Cancellation).AsTask().WaitAsync(TimeSpan.FromSeconds(60), Cancellation));
        // This process stands for the other run's.
        var labels = EngineContainers.Labels("held");
        var other = await connection.Engine.CreateAsync(new ContainerRequest { Name = "other", Image = "harness/busybox:static", Command = ["/bin/true"], Labels = labels }, Cancellation);
        Assert.Equal(2, (await connection.Engine.ListAsync($"{EngineContainers.RunLabel}=held", Cancellation)).Length);

        process.Kill();
        await process.WaitForExitAsync(Cancellation);
        await machine.RemainsAfterAsync(TimeSpan.FromSeconds(10));

        Assert.Equal(other, Assert.Single(await connection.Engine.ListAsync(label: null, Cancellation)).Id);
    }

    [Fact]
    public async Task A_run_that_ends_well_leaves_no_guard()
    {
        await EngineMachine.NeedAsync("sleep");
        using var machine = new EngineMachine();
        using var process = Hold(machine, "host", seconds: 0);

        await process.WaitForExitAsync(Cancellation);

        Assert.Equal(0, process.ExitCode);
        Assert.Empty(machine.Remains());
    }

    private static Process Hold(EngineMachine machine, string runtime, int seconds = 300, string? engine = null) => Process.Start(
        new ProcessStartInfo(EngineMachine.Dummy, ["hold", machine.Paths.Root, EngineMachine.Agents, "held", runtime, $"{seconds}"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            // Inherited by the guard, which nothing else ties to this test.
            Environment = { ["HARNESS_TEST"] = machine.Paths.Root, ["DOCKER_HOST"] = engine },
        })!;
}
