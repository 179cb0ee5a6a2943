using Harness.Core.Journaling;

namespace Harness.IntegrationTests.Cli;

/// <summary>A run's folder that somebody else made, and that is resumed here.</summary>
public sealed class ForeignFolderTests
{
    private const string Experiment = """
        schema: 1
        id: small
        title: For a test
        claims: [C1]
        matrix: {userlands: [debian:12], kernels: [host], runtimes: [host]}
        probes:
          - {id: script, kind: script, command: probes/small.sh, about: A script}
          - {id: exec, kind: exec, command: [/bin/echo, fine], about: A program}
        metrics:
          - {id: said, type: text, unit: "", meaning: what the script said}
        blocks: 1
        repeat: 1
        warmup: 0
        timeout: 20s
        limits: {memory: 256MiB, pids: 64, output: 16KiB}
        """;

    [Fact]
    public async Task What_a_folder_would_run_on_this_host_must_be_the_repositorys_unless_the_user_trusts_it()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "a plain process is Linux's");
        using var repository = new Repository();
        repository.Experiment("small", Experiment, ("small.sh", "echo said=fine\n"));
        var run = repository.Run("r");
        var first = await repository.HarnessAsync("run", "small", "--run-id", "r");
        Assert.True(first.ExitCode == 0, first.ToString());
        Assert.True((await repository.HarnessAsync("run", "--resume", "--run-id", "r")).ExitCode == 0);
        var witness = Path.Combine(repository.Root, "executed");

        // The row is taken out: what is resumed is run.
        var definitions = new RunFolder(run).Definitions;
        await File.WriteAllTextAsync(Path.Combine(definitions, "probes", "small.sh"), $"echo 1 > {witness}\necho said=more\n", TestContext.Current.CancellationToken);
        await WithoutRowsAsync(run);
        var refused = await repository.HarnessAsync("run", "--resume", "--run-id", "r");
        Assert.Equal(3, refused.ExitCode);
        Assert.Contains("definitions/probes/small.sh is not the repository's", refused.Error, StringComparison.Ordinal);
        Assert.Contains("--trust-definitions", refused.Error, StringComparison.Ordinal);
        Assert.Single(refused.Error.TrimEnd().Split('\n'));
        Assert.False(File.Exists(witness));

        var trusted = await repository.HarnessAsync("run", "--resume", "--run-id", "r", "--trust-definitions");
        Assert.True(trusted.ExitCode == 0, trusted.ToString());
        Assert.True(File.Exists(witness));
    }

    [Fact]
    public async Task A_command_that_is_not_the_repositorys_is_refused_as_a_script_is()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "a plain process is Linux's");
        using var repository = new Repository();
        repository.Experiment("small", Experiment, ("small.sh", "echo said=fine\n"));
        Assert.Equal(0, (await repository.HarnessAsync("run", "small", "--run-id", "r")).ExitCode);
        var yaml = Path.Combine(new RunFolder(repository.Run("r")).Definitions, "small", "experiment.yaml");
        await File.WriteAllTextAsync(yaml, Experiment.Replace("/bin/echo, fine", "/bin/rm, -rf, /tmp/none", StringComparison.Ordinal), TestContext.Current.CancellationToken);

        var refused = await repository.HarnessAsync("run", "--resume", "--run-id", "r");

        Assert.Equal(3, refused.ExitCode);
        Assert.Contains("the probe 'exec' of small is not the repository's", refused.Error, StringComparison.Ordinal);
    }

    private static async Task WithoutRowsAsync(string run)
    {
        foreach (var name in new[] { "trials.csv", "observations.csv" })
        {
            var file = Path.Combine(run, name);
            await File.WriteAllLinesAsync(file, (await File.ReadAllLinesAsync(file, TestContext.Current.CancellationToken)).Take(1), TestContext.Current.CancellationToken);
        }
    }
}
