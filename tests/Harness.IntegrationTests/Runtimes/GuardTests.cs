using System.Diagnostics;
using System.Runtime.Versioning;

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
    public async Task A_run_that_ends_well_leaves_no_guard()
    {
        await EngineMachine.NeedAsync("sleep");
        using var machine = new EngineMachine();
        using var process = Hold(machine, "host", seconds: 0);

        await process.WaitForExitAsync(Cancellation);

        Assert.Equal(0, process.ExitCode);
        Assert.Empty(machine.Remains());
    }

    private static Process Hold(EngineMachine machine, string runtime, int seconds = 300) => Process.Start(
        new ProcessStartInfo(EngineMachine.Dummy, ["hold", machine.Paths.Root, EngineMachine.Agents, "held", runtime, $"{seconds}"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            // Inherited by the guard, which nothing else ties to this test.
            Environment = { ["HARNESS_TEST"] = machine.Paths.Root },
        })!;
}
