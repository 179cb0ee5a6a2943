using System.Globalization;
using System.Runtime.Versioning;
using Harness.Images.Userlands;
using Harness.IntegrationTests.Cli;
using Harness.IntegrationTests.Treatments;

namespace Harness.IntegrationTests.Runtimes;

/// <summary>Cells on the Docker of a later Debian are what their names say, whichever way it keeps images.</summary>
[Collection(OneEngineAtATime.Name)]
[SupportedOSPlatform("linux")]
public sealed class NewerDockerTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Every_rows_runtime_is_the_one_seen_from_outside_and_the_filter_is_the_engines_profile(bool isContainerd)
    {
        await EngineMachine.NeedAsync("unshare", "busybox");
        using var repository = new Repository();
        using var docker = await NewerDocker.StartAsync(repository.Root, Store(isContainerd));
        var began = DateTimeOffset.UtcNow;
        using var watch = new Shims(docker.Folder);

        var answer = await repository.HarnessAsync(
            "run", "kernel-identity", "syscall-surface", "--kernel", "host", "--userland", "busybox:static", "--runtime", "runc", "--quick", "--run-id", "r", "--engine", docker.Address);
        watch.Dispose();
        var seen = (await docker.SandboxesAsync(began)).Where(made => watch.Seen.ContainsKey(made.Key)).ToDictionary(made => made.Value, made => watch.Seen[made.Key], StringComparer.Ordinal);

        var run = repository.Run("r");
        Assert.True(answer.ExitCode == 0, answer.ToString());
        var rows = Rows.Trials(run).Where(row => row["engine"] == "docker").ToList();
        Assert.NotEmpty(rows);
        Assert.All(rows, row => Assert.True(row["outcome"] is "ok" or "refused", $"{row["cell"]}: {row["detail"]}"));
        Assert.All(rows, row => Assert.Equal("runc", seen[row["sandbox"]].State));
        var observations = Rows.Observations(run);
        var proofs = observations.Where(row => row["metric"] == "treatment_proof" && rows.Any(trial => trial["trial_id"] == row["trial_id"])).ToLookup(row => row["subject"], row => row["text"]);
        Assert.All(proofs["runtime"], text => Assert.Equal("proven: the shim's command line and the runtime's state folder", text));
        // containerd's store keeps in files of its own making which layers are which.
        Assert.All(proofs["image"], text => Assert.Equal(isContainerd ? "engine's word: the engine's inspect" : "proven: the layers mounted at its root", text));

        var sweep = rows.Single(row => row["experiment"] == "syscall-surface" && row["variant"].Length == 0 && row["probe"] == "syscalls");
        DockerFilter.RequireSame(repository, run, sweep["trial_id"], HandedProfile.Read(seen[sweep["sandbox"]].Config));
        Assert.Equal(0, (await repository.HarnessAsync("verify", "r")).ExitCode);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_quick_run_of_every_experiment_ends_well(bool isContainerd)
    {
        await EngineMachine.NeedAsync("unshare", "busybox");
        using var repository = new Repository();
        using var docker = await NewerDocker.StartAsync(repository.Root, Store(isContainerd));

        // What takes minutes is left out: virtual machines and userlands that are made first.
        var answer = await repository.HarnessAsync(
            "all", "--quick", "--repeat", "1", "--kernel", "host", "--userland", "busybox:static", "--runtime", "runc", "--run-id", "r", "--engine", docker.Address);

        var run = repository.Run("r");
        Assert.True(answer.ExitCode == 0, answer.ToString());
        var rows = Rows.Trials(run).Where(row => row["engine"] == "docker").ToList();
        Assert.Equal(8, rows.Select(row => row["experiment"]).Distinct().Count());
        // This engine has no bridge, and what the user's engine holds is not pulled again.
        Assert.All(rows, row => Assert.True(
            row["outcome"] is "ok" or "refused" || (row["outcome"] == "unavailable" && (row["variant"].Contains("net=bridge", StringComparison.Ordinal) || row["probe"] is "pull")),
            $"{row["experiment"]} {row["cell"]} {row["probe"]}: {row["outcome"]}: {row["detail"]}"));
        Assert.All(rows.Select(row => row["experiment"]).Distinct(), experiment => Assert.Contains(rows, row => row["experiment"] == experiment && row["outcome"] == "ok"));
        var verified = await repository.HarnessAsync("verify", "r");
        Assert.True(verified.ExitCode == 0, verified.ToString());
    }

    [Theory]
    [InlineData(false, "Docker's own image store")]
    [InlineData(true, "containerd's image store")]
    public async Task An_images_bytes_on_disk_say_by_which_measure_and_its_parts_make_up_the_whole(bool isContainerd, string measure)
    {
        await EngineMachine.NeedAsync("unshare", "busybox");
        using var repository = new Repository();
        using var docker = await NewerDocker.StartAsync(repository.Root, Store(isContainerd));

        var answer = await repository.HarnessAsync("run", "footprint", "--quick", "--run-id", "r", "--filter", "busybox:static|host|docker/runc*", "--engine", docker.Address);

        Assert.True(answer.ExitCode == 0, answer.ToString());
        var trial = Rows.Trials(repository.Run("r")).First(row => row["probe"] == "disk");
        Assert.Equal("ok", trial["outcome"]);
        var readings = Rows.Observations(repository.Run("r")).Where(row => row["trial_id"] == trial["trial_id"]).ToList();
        long Bytes(string subject) => long.Parse(readings.Single(row => row["metric"] == "disk_bytes" && row["subject"] == subject)["value"], CultureInfo.InvariantCulture);
        Assert.Equal(Bytes("image, layers of other images too") + Bytes("image, layers of its own"), Bytes("image"));
        Assert.Contains(measure, readings.Single(row => row["metric"] == "disk_measure")["text"], StringComparison.Ordinal);
        var environment = await File.ReadAllTextAsync(Directory.EnumerateFiles(Path.Combine(repository.Run("r"), "environments")).Single(), Cancellation);
        Assert.Contains($"\"image_store\": \"{(isContainerd ? "containerd" : "graph driver")}\"", environment, StringComparison.Ordinal);
        // What the image's one layer holds: one store has it once, the other also as it was loaded.
        var files = new FileInfo(BusyboxBootstrap.FindStatic()!).Length;
        Assert.InRange(Bytes("image"), isContainerd ? 2 * files : files, isContainerd ? 3 * files : 2 * files - 1);
    }

    private static string[] Store(bool isContainerd) => ["--feature", $"containerd-snapshotter={(isContainerd ? "true" : "false")}"];
}
