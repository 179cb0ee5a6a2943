using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.Versioning;
using Harness.Host.Processes;

namespace Harness.Tests.Runtimes;

/// <summary>Programs that were just written.</summary>
[SupportedOSPlatform("linux")]
public sealed class FreshProgramTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("harness-tests-").FullName;

    // Longer than any load delays a test.
    private static readonly TimeSpan _patience = TimeSpan.FromMinutes(5);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task One_that_somebody_still_writes_settles_when_that_ends()
    {
        var program = Program();
        var writer = new FileStream(program, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        var settling = FreshProgram.SettleAsync(program, _patience, Cancellation);

        // As whatever starts it would find it.
        Assert.Equal(26, Assert.Throws<Win32Exception>(() => Process.Start(program)).NativeErrorCode);
        await Task.Delay(50, Cancellation);
        Assert.False(settling.IsCompleted);

        await writer.DisposeAsync();
        await settling;
        await RunAsync(program);
    }

    [Fact]
    public async Task One_that_nobody_writes_is_settled_and_can_be_written_again()
    {
        var program = Program();
        await FreshProgram.SettleAsync(program, _patience, Cancellation);
        await RunAsync(program);
        await File.AppendAllTextAsync(program, "", Cancellation);
    }

    [Fact]
    public async Task Waiting_for_one_can_be_ended()
    {
        var program = Program();
        await using var writer = new FileStream(program, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        using var ended = new CancellationTokenSource(TimeSpan.FromMilliseconds(20));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => FreshProgram.SettleAsync(program, _patience, ended.Token));
    }

    /// <inheritdoc/>
    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string Program()
    {
        var program = Path.Combine(_folder, "program");
        File.Copy("/bin/true", program);
        return program;
    }

    private static async Task RunAsync(string program)
    {
        using var process = Process.Start(program);
        await process.WaitForExitAsync(Cancellation);
        Assert.Equal(0, process.ExitCode);
    }
}
