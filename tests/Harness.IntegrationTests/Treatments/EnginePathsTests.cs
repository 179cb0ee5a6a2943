using System.Diagnostics;
using System.Runtime.Versioning;
using Harness.Host.Processes;
using Harness.IntegrationTests.Cli;
using Harness.IntegrationTests.Runtimes;

namespace Harness.IntegrationTests.Treatments;

/// <summary>An administrator's defaults, an image's and the user's environment, on every path by which a container is started.</summary>
[Collection(OneEngineAtATime.Name)]
[SupportedOSPlatform("linux")]
public sealed class EnginePathsTests
{
    private const string Yaml = """
        schema: 1
        id: paths
        title: For a test
        claims: [C1]
        timed: TIMED
        matrix: {userlands: ["busybox:static"], runtimes: [runc], variants: ["", path=cli, path=testcontainers]}
        probes:
          - {id: one, kind: builtin, command: start, about: a probe}
          - {id: two, kind: builtin, command: start, about: another}
        metrics:
          - {id: boot_id, type: text, meaning: a reading}
          - {id: timens_monotonic_ns, type: number, meaning: a reading}
        blocks: 2
        timeout: 10s
        limits: {memory: 256MiB, pids: 64, output: 16KiB}
        """;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Defaults_of_the_engine_of_the_image_and_of_the_user_change_no_path_or_are_readings(bool timed)
    {
        await EngineMachine.NeedAsync("dockerd", "docker", "busybox", "runc");
        using var repository = new Repository();
        repository.Experiment("paths", Yaml.Replace("TIMED", timed ? "true" : "false", StringComparison.Ordinal));
        using var engine = await Daemon.StartAsync(repository.Root, "--init", "--default-ulimit", "nofile=512:512");
        Directory.CreateDirectory(Path.Combine(repository.Root, "tree", "bin"));
        await ShellAsync($"cp $(command -v busybox) {repository.Root}/tree/bin/busybox && mkdir {repository.Root}/tree/data && tar -C {repository.Root}/tree -c . | "
            + $"docker -H {engine.Address} import -c 'HEALTHCHECK --interval=1s CMD [\"/bin/busybox\", \"true\"]' -c 'VOLUME /data' - x/image:1");
        var environment = new Dictionary<string, string> { ["DOCKER_DEFAULT_PLATFORM"] = "linux/arm64", ["DOCKER_CONTENT_TRUST"] = "1", ["DOCKER_API_VERSION"] = "1.12" };
        Answer answer;
        try
        {
            foreach (var (name, value) in environment)
                Environment.SetEnvironmentVariable(name, value);
            answer = await repository.HarnessAsync("run", "paths", "--image", "x/image:1", "--run-id", "r", "--engine", engine.Address, "--pull", "never");
        }
        finally
        {
            foreach (var name in environment.Keys)
                Environment.SetEnvironmentVariable(name, null);
        }

        var trials = Rows.Trials(repository.Run("r")).Where(row => row["userland"] == "x/image:1" || row["userland"].StartsWith('x')).ToList();
        Assert.Equal(12, trials.Count);
        Assert.All(trials, row => Assert.True(row["outcome"] == "ok", row["variant"] + ": " + row["detail"] + answer));
        var readings = Rows.Observations(repository.Run("r")).Where(row => row["metric"].StartsWith("treatment_", StringComparison.Ordinal)).ToLookup(row => row["trial_id"]);
        // One set a sandbox; of a timed cell one set for all of its sandboxes.
        Assert.Equal(timed ? 3 : 6, trials.Count(row => readings[row["trial_id"]].Any()));
        foreach (var trial in trials.Where(row => readings[row["trial_id"]].Any()))
        {
            string Of(string metric, string aspect) => readings[trial["trial_id"]].Single(row => row["metric"] == "treatment_" + metric && row["subject"] == aspect)["text"];
            Assert.StartsWith("proven: the shim's command line and the runtime's state folder", Of("proof", "runtime"), StringComparison.Ordinal);
            Assert.StartsWith("proven: the layers mounted at its root", Of("proof", "image"), StringComparison.Ordinal);
            Assert.StartsWith("proven: ", Of("proof", "init"), StringComparison.Ordinal);
            Assert.StartsWith("engine's word", Of("proof", "health check"), StringComparison.Ordinal);
            Assert.Equal("512:512", Of("seen", "nofile"));
            Assert.Equal("the engine's own (512:512)", Of("asked", "nofile"));
            Assert.Equal(timed, Of("proof", "runtime").EndsWith("in a proof sandbox of the same cell", StringComparison.Ordinal));
        }

        var environments = await File.ReadAllTextAsync(Directory.EnumerateFiles(Path.Combine(repository.Run("r"), "environments")).Single(), Cancellation);
        Assert.Contains("declares volumes (/data)", environments, StringComparison.Ordinal);
        var verified = await repository.HarnessAsync("verify", repository.Run("r"));
        Assert.True(verified.ExitCode == 0, verified.ToString());
        Assert.Contains("Treatments and their proof", await File.ReadAllTextAsync(Path.Combine(repository.Run("r"), "report.md"), Cancellation), StringComparison.Ordinal);
    }

    private static async Task ShellAsync(string command)
    {
        using var process = Process.Start("/bin/sh", ["-c", command]);
        await process.WaitForExitAsync(Cancellation);
        Assert.Equal(0, process.ExitCode);
    }

    /// <summary>A dockerd with settings of somebody else's.</summary>
    private sealed class Daemon(Process process, string root) : IDisposable
    {
        internal string Address => $"unix://{root}/d/s";

        internal static async Task<Daemon> StartAsync(string root, params string[] arguments)
        {
            Directory.CreateDirectory(Path.Combine(root, "d"));
            await File.WriteAllTextAsync(Path.Combine(root, "d", "daemon.json"), "{}", Cancellation);
            var process = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", $"exec dockerd \"$@\" > {root}/d/log 2>&1", "sh",
                "--config-file", $"{root}/d/daemon.json", "--data-root", $"{root}/d/data", "--exec-root", $"{root}/d/exec", "--pidfile", $"{root}/d/pid", "-H", $"unix://{root}/d/s",
                "--bridge=none", "--iptables=false", .. arguments]))!;
            for (var tries = 0; tries < 600 && !File.Exists($"{root}/d/s"); tries++)
                await Task.Delay(100, Cancellation);
            await ShellAsync($"i=0; until docker -H unix://{root}/d/s version > /dev/null 2>&1; do i=$((i+1)); test $i -lt 300 || exit 1; sleep 0.1; done");
            return new Daemon(process, root);
        }

        public void Dispose()
        {
            var all = ProcessTable.All().Where(entry => ProcessTable.Arguments(entry.Id).Any(argument => argument.Contains(root + "/d/", StringComparison.Ordinal))).ToList();
            ProcessTable.Signal(all.First(entry => entry.Id == process.Id), Native.SigTerm);
            process.WaitForExit(30_000);
            foreach (var entry in all)
                ProcessTable.Signal(entry, Native.SigKill);
            process.Dispose();
            foreach (var mount in File.ReadLines("/proc/self/mounts").Select(line => line.Split(' ')[1]).Where(point => point.StartsWith(root + "/", StringComparison.Ordinal)).Reverse().ToList())
                Process.Start("umount", ["-l", mount])!.WaitForExit();
        }
    }
}
