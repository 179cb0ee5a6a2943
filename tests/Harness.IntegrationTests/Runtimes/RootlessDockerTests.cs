using System.Runtime.Versioning;
using Harness.IntegrationTests.Cli;

namespace Harness.IntegrationTests.Runtimes;

/// <summary>An ordinary user's own Docker, which nobody named: found where such a one listens, and its cells are what their names say.</summary>
[Collection(OneEngineAtATime.Name)]
[SupportedOSPlatform("linux")]
public sealed class RootlessDockerTests
{
    [Fact]
    public async Task A_users_rootless_Docker_is_found_by_its_socket_and_its_cells_are_proven_as_roots_are()
    {
        await EngineMachine.NeedAsync("runc", "busybox");
        var (docker, user) = await RootlessDocker.StartAsync();
        using var ended = docker;
        using var repository = new Repository { Through = user.Through(null), Program = await user.HarnessAsync() };
        repository.Variables["XDG_RUNTIME_DIR"] = docker.RuntimeFolder;
        await user.OwnAsync(repository.Root);

        var answer = await repository.HarnessAsync("run", "kernel-identity", "--quick", "--kernel", "host", "--userland", "busybox:static", "--runtime", "runc", "--runtime", "runsc", "--run-id", "r");

        Assert.True(answer.ExitCode == 0, answer.ToString());
        var run = repository.Run("r");
        var rows = Rows.Trials(run);
        Assert.Contains(rows, row => row["cell"].Contains("|docker/runc|", StringComparison.Ordinal));
        Assert.All(rows.Where(row => row["runtime"] == "runc"), row => Assert.Equal(("docker", "ok"), (row["engine"], row["outcome"])));
        // One that its daemon does not have is no other's row.
        Assert.All(rows.Where(row => row["runtime"] == "runsc"), row => Assert.Equal("unavailable", row["outcome"]));
        Assert.Equal("supported", Rows.Verdicts(run).Single(row => row["scope"] == "runtime=runc")["verdict"]);
        var proofs = Rows.Observations(run).Where(row => row["metric"] == "treatment_proof").ToLookup(row => row["subject"], row => row["text"]);
        // By the user's own look at the user's own processes.
        Assert.Contains("proven: the shim's command line and the runtime's state folder", proofs["runtime"]);
        Assert.Contains("proven: uid_map in the sandbox", proofs["user namespace"]);
        var environment = await File.ReadAllTextAsync(Directory.EnumerateFiles(Path.Combine(run, "environments")).Single(), TestContext.Current.CancellationToken);
        Assert.Contains("\"found_by\": \"socket of rootless Docker\"", environment, StringComparison.Ordinal);
        Assert.Contains("name=rootless", environment, StringComparison.Ordinal);
        // Limits are proven, or the engine keeps none and the run says so: never a cell that claims one it has not.
        Assert.True(proofs["memory limit"].Any() != environment.Contains("keeps no limits of memory and processes", StringComparison.Ordinal), environment);
        Assert.Equal(0, (await repository.HarnessAsync("verify", "r")).ExitCode);
    }
}
