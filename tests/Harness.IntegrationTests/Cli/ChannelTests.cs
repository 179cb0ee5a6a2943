using Harness.Core.Definitions;
using Harness.Engines.PrivateEngine;
using Harness.Host.Paths;
using Harness.Host.Processes;

namespace Harness.IntegrationTests.Cli;

/// <summary>
/// An image whose every program (<c>hostile.c</c>) looks for the key of the agent's channel wherever a program can look, and writes readings of its
/// own to whatever of the agent's it can open.
/// </summary>
[System.Runtime.Versioning.SupportedOSPlatform("linux")]   // each test is skipped elsewhere
public sealed class ChannelTests(MadeParts parts)
{
    private const string Image = "hostile/key:1";

    private const string Yaml = """
        schema: 1
        id: channel
        title: For a test
        claims: [C1]
        matrix: {userlands: ["busybox:static"], kernels: [KERNEL], runtimes: [RUNTIMES], variants: [VARIANTS], exclude: ["*|host|/*|*path=*"]}
        probes:
          - {id: forge, kind: script, command: probes/forge.sh, about: looks for the key and forges readings}
          - {id: again, kind: exec, command: [/bin/sh], about: the same as a program}
          - {id: start, kind: builtin, command: start, about: the agent's own}
        metrics:
          - {id: says, type: text, unit: "", meaning: words}
          - {id: took, type: text, unit: "", meaning: where it found what it should not}
          - {id: opened, type: text, unit: "", meaning: what it could write to}
          - {id: boot_id, type: text, unit: "", meaning: the boot}
          - {id: timens_monotonic_ns, type: number, unit: ns, meaning: offset of the clock}
        timeout: 60s
        limits: {memory: 64MiB, pids: 64, output: 64KiB}
        """;

    [Fact]
    public async Task An_image_s_programs_find_no_key_and_forge_no_reading_in_containers()
    {
        Machine.Require();
        using var repository = await RepositoryAsync("host", "runc, runsc, /runc, /runsc, namespaces", "\"\", path=cli, path=testcontainers");
        var answer = await RunAsync(repository, "--pull", "never");
        var trials = Rows.Trials(repository.Run("r"));
        Assert.Equal(3 * 9, trials.Count);
        foreach (var row in trials)
        {
            // gVisor lets a program open the agent's descriptors: what it writes there breaks the stream, and with it the whole sandbox.
            var isGvisor = row["runtime"] == "runsc";
            Assert.True(row["outcome"] == (isGvisor ? "broken" : "ok"), $"{row["cell"]} {row["probe"]}: {row["outcome"]} {row["detail"]}\n{answer}");
            if (isGvisor)
                Assert.StartsWith("the channel broke: The tag of a frame does not match its body", row["detail"], StringComparison.Ordinal);
        }

        AssertNothingTaken(repository);
        Assert.Contains("verified", (await repository.HarnessAsync("verify", "r")).Output, StringComparison.Ordinal);
        Assert.Equal(0, (await repository.HarnessAsync("verify", "r")).ExitCode);
    }

    [Fact]
    public async Task An_image_s_programs_find_no_key_and_forge_no_reading_in_a_virtual_machine()
    {
        Machine.Require();
        await Tools.RequireAsync("qemu-system-x86_64", "qemu-system-x86");
        using var repository = await RepositoryAsync("debian-bookworm", "qemu", "shape=q35");
        parts.Share(repository.Cache);
        var answer = await RunAsync(repository, "--accelerator", "tcg");
        var trials = Rows.Trials(repository.Run("r"));
        Tools.SkipWhere(trials.All(row => row["outcome"] == "unavailable"), trials[0]["detail"]);
        Assert.Equal(3, trials.Count);
        Assert.All(trials, row => Assert.True(row["outcome"] == "ok", $"{row["probe"]}: {row["outcome"]} {row["detail"]}\n{answer}"));
        AssertNothingTaken(repository);
        Assert.DoesNotContain(Rows.Observations(repository.Run("r")), row => row["metric"] == "opened");
        Assert.Equal(0, (await repository.HarnessAsync("verify", "r")).ExitCode);
    }

    [Fact]
    public async Task With_the_right_to_trace_only_the_agent_s_own_probes_run()
    {
        Machine.Require();
        using var repository = await RepositoryAsync("host", "runc", "caps=+sys_ptrace");
        await RunAsync(repository, "--pull", "never");
        var rows = Rows.Trials(repository.Run("r")).ToDictionary(row => row["probe"], StringComparer.Ordinal);
        Assert.Equal("ok", rows["start"]["outcome"]);
        foreach (var probe in new[] { "forge", "again" })
        {
            Assert.Equal("unavailable", rows[probe]["outcome"]);
            Assert.StartsWith("caps=+sys_ptrace holds for the agent's own probes only", rows[probe]["detail"], StringComparison.Ordinal);
        }
    }

    private static async Task<Answer> RunAsync(Repository repository, params string[] more)
    {
        // Joined before the run: the image must be in the engine that the run uses.
        var paths = EnginePaths.At(Path.Combine(repository.Cache, "harness"));
        await using var daemon = await PrivateDaemon.JoinAsync(paths, new Progress<string>(), TestContext.Current.CancellationToken);
        await HostileTests.ImportAsync(paths, Image, ("bin/sh", await ProgramAsync(repository)), ("tmp/x", "x"u8.ToArray()));
        return await repository.HarnessAsync(["run", "channel", "--image", Image, "--filter", Image + "|*", "--run-id", "r", "--allow-unconfined", .. more]);
    }

    private static async Task<Repository> RepositoryAsync(string kernel, string runtimes, string variants)
    {
        await Tools.RequireAsync("gcc", "build-essential");
        var repository = new Repository();
        repository.Experiment("channel", Yaml.Replace("KERNEL", kernel, StringComparison.Ordinal).Replace("RUNTIMES", runtimes, StringComparison.Ordinal).Replace("VARIANTS", variants, StringComparison.Ordinal), ("forge.sh", "exit 9\n"));
        return repository;
    }

    private static async Task<byte[]> ProgramAsync(Repository repository)
    {
        var source = Path.Combine(ExperimentsFolder.FindRepository(AppContext.BaseDirectory)!, "tests", "Harness.IntegrationTests", "hostile.c");
        var program = Path.Combine(repository.Root, "hostile");
        using var compiler = System.Diagnostics.Process.Start("gcc", ["-static", "-O1", "-o", program, source]);
        await compiler.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, compiler.ExitCode);
        return await File.ReadAllBytesAsync(program, TestContext.Current.CancellationToken);
    }

    private static void AssertNothingTaken(Repository repository)
    {
        var run = repository.Run("r");
        var said = Rows.Observations(run);
        Assert.DoesNotContain(said, row => row["metric"] == "took");
        Assert.DoesNotContain(said, row => row["text"] == "forged");
        // It ran, and said so, wherever its word counts.
        Assert.Equal(Rows.Trials(run).Count(row => row["outcome"] == "ok" && row["probe"] == "forge"), said.Count(row => row["metric"] == "says" && row["text"] == "tried"));
        // No byte that came out of a sandbox is part of its key, as text or as it is.
        foreach (var file in Directory.GetFiles(Path.Combine(run, "raw"), "*.key"))
        {
            var key = File.ReadAllText(file).Trim();
            Assert.Equal(32, key.Length);
            var frames = File.ReadAllBytes(Path.ChangeExtension(file, "frames"));
            Assert.Equal(-1, frames.AsSpan().IndexOf(System.Text.Encoding.ASCII.GetBytes(key)));
            Assert.Equal(-1, frames.AsSpan().IndexOf(Convert.FromHexString(key)));
            foreach (var other in new[] { "log.txt", "plan.json", "trials.csv", "observations.csv" })
                Assert.DoesNotContain(key, File.ReadAllText(Path.Combine(run, other)), StringComparison.Ordinal);
        }
    }
}
