using System.Diagnostics;
using System.Text;

namespace Harness.IntegrationTests.Cli;

/// <summary>A harness that a test watches at work. Its streams are read all the while: a full pipe would stop it.</summary>
internal sealed class Running : IDisposable
{
    private readonly StringBuilder _said = new();

    internal Running(Process process)
    {
        Process = process;
        process.OutputDataReceived += (_, line) => Take(line.Data);
        process.ErrorDataReceived += (_, line) => Take(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    internal Process Process { get; }

    /// <summary>Both streams so far, for the message of a test that fails.</summary>
    internal string Said
    {
        get
        {
            lock (_said)
                return _said.ToString();
        }
    }

    /// <summary>Waits for what it does. A harness that ends first fails the test with all that it said.</summary>
    internal async Task UntilAsync(Func<bool> condition, string what)
    {
        while (true)
        {
            // Asked before the condition: what it did last counts although it has ended since.
            var ended = Process.HasExited;
            if (condition())
                return;
            if (ended)
            {
                await Process.WaitForExitAsync(TestContext.Current.CancellationToken);
                Assert.Fail($"it ended (exit {Process.ExitCode}) before {what}:\n{Said}");
            }

            await Task.Delay(50, TestContext.Current.CancellationToken);
        }
    }

    /// <summary>Kills it, as the kernel does where memory ends.</summary>
    internal async Task KillAsync()
    {
        Process.Kill();
        await Process.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    public void Dispose() => Process.Dispose();

    private void Take(string? line)
    {
        if (line is null)
            return;
        lock (_said)
            _said.Append(line).Append('\n');
    }
}
