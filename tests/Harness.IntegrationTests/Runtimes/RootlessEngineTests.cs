using System.Runtime.Versioning;
using Harness.IntegrationTests.Cli;

namespace Harness.IntegrationTests.Runtimes;

/// <summary>An ordinary user's own engine, which nobody named: found where such a one listens, and its cells are what their names say.</summary>
[Collection(OneEngineAtATime.Name)]
[SupportedOSPlatform("linux")]
public sealed class RootlessEngineTests
{
    [Fact]
    public async Task A_users_rootless_Podman_is_found_by_its_socket_and_its_cells_are_proven_as_roots_are()
    {
        await EngineMachine.NeedAsync("runc", "busybox");
        foreach (var (program, package) in new[] { ("newuidmap", "uidmap"), ("useradd", "passwd"), ("setpriv", "util-linux") })
            await Tools.RequireAsync(program, package);
        using var user = await OrdinaryUser.CreateAsync();
        using var podman = await PodmanService.StartAsync("runc", user);

        // A runtime that its settings do not name has no row under another's name.
        await CheckAsync(user, podman.RuntimeFolder, "Podman", "crun", "conmon's command line and the runtime's state folder");

        Assert.Empty(podman.Conmons());
    }

    [Fact]
    public async Task A_users_rootless_Docker_is_found_by_its_socket_and_its_cells_are_proven_as_roots_are()
    {
        await EngineMachine.NeedAsync("runc", "busybox");
        var (docker, user) = await RootlessDocker.StartAsync();
        using var ended = docker;

        // One that its daemon does not have is no other's row.
        await CheckAsync(user, docker.RuntimeFolder, "Docker", "runsc", "the shim's command line and the runtime's state folder");
    }

    private static async Task CheckAsync(OrdinaryUser user, string runtimeFolder, string product, string missing, string witness)
    {
        using var repository = new Repository { Through = user.Through(null), Program = await user.HarnessAsync() };
        repository.Variables["XDG_RUNTIME_DIR"] = runtimeFolder;
        await user.OwnAsync(repository.Root);

        var answer = await repository.HarnessAsync("run", "kernel-identity", "--quick", "--kernel", "host", "--userland", "busybox:static", "--runtime", "runc", "--runtime", missing, "--run-id", "r");

        Assert.True(answer.ExitCode == 0, answer.ToString());
        var run = repository.Run("r");
        var (rows, engine) = (Rows.Trials(run), product.ToLowerInvariant());
        Assert.Contains(rows, row => row["cell"].Contains($"|{engine}/runc|", StringComparison.Ordinal));
        Assert.All(rows.Where(row => row["runtime"] == "runc"), row => Assert.Equal((engine, "ok"), (row["engine"], row["outcome"])));
        Assert.All(rows.Where(row => row["runtime"] == missing), row => Assert.Equal("unavailable", row["outcome"]));
        Assert.Equal("supported", Rows.Verdicts(run).Single(row => row["scope"] == "runtime=runc")["verdict"]);
        var proofs = Rows.Observations(run).Where(row => row["metric"] == "treatment_proof").ToLookup(row => row["subject"], row => row["text"]);
        // By the user's own look at the user's own processes.
        Assert.Contains($"proven: {witness}", proofs["runtime"]);
        Assert.Contains("proven: uid_map in the sandbox", proofs["user namespace"]);
        var environment = await File.ReadAllTextAsync(Directory.EnumerateFiles(Path.Combine(run, "environments")).Single(), TestContext.Current.CancellationToken);
        Assert.Contains($"\"found_by\": \"socket of rootless {product}\"", environment, StringComparison.Ordinal);
        Assert.Contains("name=rootless", environment, StringComparison.Ordinal);
        // Limits are proven, or the engine keeps none and the run says so: never a cell that claims one it has not.
        Assert.True(proofs["memory limit"].Any() != environment.Contains("keeps no limits of memory and processes", StringComparison.Ordinal), environment);
        Assert.All(proofs["memory limit"], text => Assert.StartsWith("proven: ", text, StringComparison.Ordinal));
        Assert.Equal(0, (await repository.HarnessAsync("verify", "r")).ExitCode);
    }
}
