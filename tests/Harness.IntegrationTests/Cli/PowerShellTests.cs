using System.Management.Automation;
using System.Management.Automation.Runspaces;
using Harness.Core.Definitions;

namespace Harness.IntegrationTests.Cli;

public sealed class PowerShellTests
{
    private static readonly string _script = Path.Combine(ExperimentsFolder.FindRepository(AppContext.BaseDirectory)!, "run.ps1");

    [Fact]
    public void Run_ps1_passes_arguments_and_the_exit_code_through()
    {
        // A space and a bar in one argument: what a careless script would split or pipe.
        var (output, exitCode) = Run("plan", "kernel-identity", "--seed", "7", "--filter", "no such cell|*", "--filter", "*docker/runsc*");
        Assert.Equal(0, exitCode);
        Assert.Contains(output, line => line.Contains("seed 7", StringComparison.Ordinal));
        Assert.DoesNotContain(output, line => line.Contains("docker/runc", StringComparison.Ordinal));

        Assert.Equal(3, Run("plan", "no-such-experiment").ExitCode);
    }

    private static (List<string> Output, int ExitCode) Run(params string[] arguments)
    {
        // The language and the core commands alone: a hosted engine brings no modules.
        using var shell = PowerShell.Create(InitialSessionState.CreateDefault2());
        // What is built here was checked when these tests were.
        shell.AddScript("$env:RunAnalyzers = 'false'; $env:UseSharedCompilation = 'true'").AddStatement();
        shell.AddScript("param($script, $arguments) & $script @arguments; \"exit:$LASTEXITCODE\"").AddParameter("script", _script).AddParameter("arguments", arguments);
        var lines = shell.Invoke().Select(line => line.ToString()).ToList();
        Assert.StartsWith("exit:", lines[^1], StringComparison.Ordinal);
        return (lines, int.Parse(lines[^1]["exit:".Length..], System.Globalization.CultureInfo.InvariantCulture));
    }
}
