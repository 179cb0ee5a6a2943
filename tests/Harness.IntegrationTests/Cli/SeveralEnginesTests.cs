using System.Diagnostics;
using System.Runtime.Versioning;
using System.Text.Json;
using Harness.Engines.PrivateEngine;
using Harness.Host.Paths;
using Harness.Host.Processes;
using Harness.IntegrationTests.Runtimes;

namespace Harness.IntegrationTests.Cli;

/// <summary>One run with several engines, as a user meets it.</summary>
[Collection(OneEngineAtATime.Name)]
[SupportedOSPlatform("linux")]
public sealed class SeveralEnginesTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task One_run_compares_Docker_Podman_and_an_engine_over_ssh_and_one_that_is_silent_costs_its_own_rows()
    {
        await NeedAsync();
        using var far = new Runtimes.EngineMachine();
        Directory.CreateDirectory(far.Paths.Root);
        await using var daemon = await PrivateDaemon.JoinAsync(far.Paths, new Progress<string>(), Cancellation);
        using var ssh = await LoopbackSsh.StartAsync();
        using var repository = new Repository();
        repository.Variables["PATH"] = $"{ssh.Programs}:{Environment.GetEnvironmentVariable("PATH")}";
        string[] engines =
        [
            "--engine", "docker=private", "--engine", "podman=private", "--engine", $"far={ssh.Address(far.Paths.Socket)}", "--engine", "gone=unix:///nowhere/sock",
        ];

        var answer = await repository.HarnessAsync(
            ["run", "kernel-identity", "startup", "--quick", "--repeat", "1", "--userland", "busybox:static", "--kernel", "host", "--runtime", "runc", "--filter", "host|*", "--filter", "*/runc||", "--run-id", "r", .. engines]);

        var run = repository.Run("r");
        Assert.True(File.Exists(Path.Combine(run, "report.md")), answer.ToString());
        // What is made from packages cannot be pulled.
        var trials = Rows.Trials(run).Where(row => row["engine"].Length > 0 && row["probe"] != "pull").ToLookup(row => row["engine"]);
        Assert.Equal(["docker", "far", "gone", "podman"], trials.Select(group => group.Key).Order(StringComparer.Ordinal));
        foreach (var engine in (string[])["docker", "far", "podman"])
            Assert.All(trials[engine], row => Assert.True(row["outcome"] == "ok", $"{row["cell"]} {row["probe"]}: {row["outcome"]} {row["detail"]}"));
        Assert.All(trials["gone"], row => Assert.Equal("unavailable", row["outcome"]));
        Assert.All(trials["gone"], row => Assert.Contains("unix:///nowhere/sock", row["detail"], StringComparison.Ordinal));
        // One image in all of them, whatever each engine calls it.
        Assert.Single(trials.Where(group => group.Key != "gone").SelectMany(group => group).Select(row => row["image_digest"]).Distinct());

        // Each block holds every engine's cell, and what was timed over the wire says so.
        var startup = trials.SelectMany(group => group).Where(row => row["experiment"] == "startup" && row["probe"] == "agent").GroupBy(row => row["block"]);
        Assert.All(startup, block => Assert.Equal(4, block.Select(row => row["engine"]).Distinct().Count()));
        var wire = Rows.Observations(run).Where(row => row["metric"] == "disturbance" && row["subject"] == "wire").Select(row => row["trial_id"]).ToHashSet(StringComparer.Ordinal);
        Assert.NotEmpty(wire);
        Assert.All(wire, id => Assert.Contains(trials["far"], row => row["trial_id"] == id));

        using var environment = JsonDocument.Parse(await File.ReadAllTextAsync(Directory.EnumerateFiles(Path.Combine(run, "environments")).Single(), Cancellation));
        var described = environment.RootElement.GetProperty("engines").EnumerateObject().ToDictionary(one => one.Name, one => (one.Value.GetProperty("name").GetString(), one.Value.GetProperty("endpoint").GetString()));
        Assert.Equal(("docker", "a local socket, started by the harness"), described["docker"]);
        Assert.Equal(("podman", "a local socket, started by the harness"), described["podman"]);
        Assert.Equal(("docker", "ssh"), described["far"]);

        var proofs = Rows.Observations(run).Where(row => row["metric"] == "treatment_proof" && row["subject"] == "runtime" && trials["podman"].Any(trial => trial["trial_id"] == row["trial_id"])).ToList();
        Assert.NotEmpty(proofs);
        Assert.All(proofs, row => Assert.StartsWith("proven: conmon's command line and the runtime's state folder", row["text"], StringComparison.Ordinal));
        Assert.Equal(0, (await repository.HarnessAsync("verify", "r")).ExitCode);
        Assert.Empty(repository.Remains());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task After_SIGKILL_nothing_of_the_private_Podman_stays(bool isGuardKilledToo)
    {
        await NeedAsync();
        using var repository = new Repository();
        using var process = repository.Start("run", "footprint", "--run-id", "r", "--filter", "busybox:static|host|podman/runc*", "--engine", "podman=private");
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        var podman = new PodmanPaths(EnginePaths.At(Path.Combine(repository.Cache, "harness")));
        await UntilAsync(() => process.HasExited || Conmons(podman).Any(line => line.Contains("harness-r-", StringComparison.Ordinal)));
        Assert.False(process.HasExited);

        if (isGuardKilledToo)
        {
            foreach (var guard in ProcessTable.All().Where(entry => entry.Parent == process.Id && ProcessTable.Arguments(entry.Id).Contains("guard")))
                ProcessTable.Signal(guard, Native.SigKill);
        }

        process.Kill();
        await process.WaitForExitAsync(Cancellation);
        if (isGuardKilledToo)
        {
            var cleaned = await repository.HarnessAsync("clean");
            Assert.Contains("the private Podman in ", cleaned.Output, StringComparison.Ordinal);
        }

        await UntilAsync(() => repository.Remains().Count == 0 && !Directory.Exists(podman.Temporary));
        Assert.Empty(repository.Remains());
        Assert.Empty(Directory.EnumerateFiles(podman.Folder, "*.sock"));
        Assert.False(Directory.Exists(podman.Temporary) || Directory.Exists(podman.Run) || Directory.Exists(podman.States));
        // What its store still lists is gone before the next run's first container.
        var next = await repository.HarnessAsync("run", "kernel-identity", "--quick", "--run-id", "n", "--filter", "busybox:static|host|podman/runc*", "--engine", "podman=private");
        Assert.True(next.ExitCode == 0, next.ToString());
        Assert.All(Rows.Trials(repository.Run("n")), row => Assert.Equal("ok", row["outcome"]));
        Assert.Empty(repository.Remains());
    }

    private static async Task NeedAsync()
    {
        await Runtimes.EngineMachine.NeedAsync("runc", "busybox");
        await Tools.RequireAsync("podman", "podman");
    }

    private static IEnumerable<string> Conmons(PodmanPaths podman) => ProcessTable.All().Select(entry => ProcessTable.Arguments(entry.Id))
        .Where(arguments => arguments is [var program, ..] && Path.GetFileName(program) == "conmon")
        .Select(arguments => string.Join(' ', arguments)).Where(line => line.Contains(podman.Folder + "/", StringComparison.Ordinal));

    private static async Task UntilAsync(Func<bool> condition)
    {
        var clock = Stopwatch.StartNew();
        while (!condition() && clock.Elapsed < TimeSpan.FromSeconds(60))
            await Task.Delay(20, Cancellation);
    }
}
