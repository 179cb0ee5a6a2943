using System.Diagnostics;

namespace Harness.Tests;

/// <summary>The program as a process of its own, which may stand in another folder and be interrupted.</summary>
internal static class HarnessProcess
{
    /// <summary>Starts it; its streams are read by whoever asked.</summary>
    public static Process Start(string folder, params string[] arguments)
    {
        // The build's, or that beside the one that HARNESS_TEST_PROGRAM names, which may start faster.
        var program = Path.GetDirectoryName(Environment.GetEnvironmentVariable("HARNESS_TEST_PROGRAM")) ?? AppContext.BaseDirectory;
        string[] command = [Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", Path.Combine(program, "harness.dll"), .. arguments];
        // What a shell starts in the background ignores Ctrl-C, and so does all that it starts: these tests among it.
        var start = OperatingSystem.IsLinux() ? new ProcessStartInfo("env", ["--default-signal=INT", .. command]) : new ProcessStartInfo(command[0], command[1..]);
        (start.WorkingDirectory, start.RedirectStandardOutput, start.RedirectStandardError) = (folder, true, true);
        return Process.Start(start)!;
    }

    /// <summary>Runs it to its end.</summary>
    public static async Task<(int ExitCode, string Output, string Error)> RunAsync(string folder, params string[] arguments)
    {
        using var process = Start(folder, arguments);
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, await output, await error);
    }
}
