using System.Runtime.Versioning;
using Harness.Engines.PrivateEngine;
using Harness.IntegrationTests.Runtimes;

namespace Harness.IntegrationTests.Cli;

/// <summary>One run with an engine of each kind: Docker, Podman, one behind ssh, and one in a VM of the harness.</summary>
[Collection(OneEngineAtATime.Name)]
[SupportedOSPlatform("linux")]
public sealed class FourEnginesTests(MadeParts parts)
{
    private const string Image = "mine/own:1";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task One_run_holds_all_kinds_of_engine_with_one_image_and_judges_of_each_whether_it_is_in_a_VM()
    {
        await Runtimes.EngineMachine.NeedAsync("runc", "busybox", "mmdebstrap", "qemu-system-x86_64");
        await Tools.RequireAsync("podman", "podman");
        using var far = new Runtimes.EngineMachine();
        Directory.CreateDirectory(far.Paths.Root);
        await using var daemon = await PrivateDaemon.JoinAsync(far.Paths, new Progress<string>(), Cancellation);
        // Only this engine has it, and no registry: the others have to get this very image.
        await HostileTests.ImportAsync(far.Paths, Image, ("bin/sh", await File.ReadAllBytesAsync("/bin/busybox", Cancellation)), ("etc/os-release", "ID=mine\n"u8.ToArray()));
        using var ssh = await LoopbackSsh.StartAsync();
        using var repository = new Repository();
        parts.Share(repository.Cache);
        repository.Variables["PATH"] = $"{ssh.Programs}:{Environment.GetEnvironmentVariable("PATH")}";

        var answer = await repository.HarnessAsync(
            "run", "engine-in-vm", "kernel-identity", "--quick", "--repeat", "1", "--userland", "busybox:static", "--image", Image, "--kernel", "host", "--runtime", "runc", "--runtime", "docker@vm/runc",
            "--accelerator", "tcg", "--filter", "*/runc|*", "--run-id", "r",
            "--engine", "docker=private", "--engine", "podman=private", "--engine", $"far={ssh.Address(far.Paths.Socket)}", "--engine", "docker@vm");

        Assert.True(answer.ExitCode == 0, answer.ToString());
        var run = repository.Run("r");
        var trials = Rows.Trials(run).Where(row => row["engine"].Length > 0 && row["experiment"] == "engine-in-vm").ToList();
        Assert.Equal(["docker", "docker@vm", "far", "podman"], trials.Select(row => row["engine"]).Distinct().Order(StringComparer.Ordinal));
        Assert.All(trials, row => Assert.True(row["outcome"] == "ok", $"{row["cell"]} {row["probe"]}: {row["outcome"]} {row["detail"]}"));
        Assert.Equal(["busybox:static", Image], trials.Select(row => row["userland"]).Distinct().Order(StringComparer.Ordinal));
        Assert.All(trials.GroupBy(row => row["userland"]), rows => Assert.Single(rows.Select(row => row["image_digest"]).Distinct()));
        var verdicts = Rows.Verdicts(run).Where(row => row["claim"] == "C6").ToDictionary(row => row["scope"], row => row["verdict"], StringComparer.Ordinal);
        Assert.Equal(
            ("refuted", "refuted", "refuted", "supported"),
            (verdicts["engine=docker"], verdicts["engine=podman"], verdicts["engine=far"], verdicts["engine=docker@vm"]));
        Assert.Equal(0, (await repository.HarnessAsync("verify", "r")).ExitCode);
        Assert.Empty(repository.Remains());
    }
}
