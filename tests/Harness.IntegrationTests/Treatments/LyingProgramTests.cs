using System.Runtime.Versioning;
using Harness.IntegrationTests.Cli;
using Harness.IntegrationTests.Runtimes;

namespace Harness.IntegrationTests.Treatments;

/// <summary>Programs that are not what they are called, where no engine is asked.</summary>
[Collection(OneEngineAtATime.Name)]
[SupportedOSPlatform("linux")]
public sealed class LyingProgramTests
{
    [Theory]
    [InlineData("crun", "runc")]
    [InlineData("runsc", "runc")]
    [InlineData("runc", "runsc")]
    public async Task A_runtime_that_is_another_by_its_name_alone_costs_the_trials(string name, string real)
    {
        await EngineMachine.NeedAsync("busybox", "tar", "runc", "runsc");
        using var repository = new Repository();
        var folder = Directory.CreateDirectory(Path.Combine(repository.Root, "bin")).FullName;
        var program = Path.Combine(folder, name);
        // Options that the one has and the other lacks are left out, so that it runs.
        await File.WriteAllTextAsync(program, $"""
            #!/bin/sh
            for argument; do
                shift
                case $argument in --platform=*|--ignore-cgroups|--network=*) ;; *) set -- "$@" "$argument" ;; esac
            done
            exec {Harness.Host.Processes.Machine.FindProgram(real)} {(real == "runsc" ? "--platform=ptrace --ignore-cgroups --network=none" : "")} "$@"

            """, TestContext.Current.CancellationToken);
        File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        repository.Variables["PATH"] = folder + ":" + Environment.GetEnvironmentVariable("PATH");

        var answer = await repository.HarnessAsync("run", "kernel-identity", "--quick", "--run-id", "r", "--runtime", "/" + name);

        Assert.True(File.Exists(Path.Combine(repository.Run("r"), "trials.csv")), answer.ToString());
        var rows = Rows.Trials(repository.Run("r")).Where(row => row["runtime"] == name).ToList();
        Assert.NotEmpty(rows);
        Assert.All(rows, row => Assert.True(
            row["outcome"] == "broken" && row["detail"] == $"asked for runtime {name}, ran under {real} (by the program's own --version)", $"{row["outcome"]}: {row["detail"]}\n{answer}"));
    }
}
