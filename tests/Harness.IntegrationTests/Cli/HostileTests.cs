using System.Formats.Tar;
using Harness.Engines.PrivateEngine;
using Harness.Host.Paths;
using Harness.Host.Processes;
using Harness.IntegrationTests.Runtimes;

namespace Harness.IntegrationTests.Cli;

/// <summary>Userlands and programs that do what they can against the harness: each must end as one clear row.</summary>
[System.Runtime.Versioning.SupportedOSPlatform("linux")]   // each test is skipped elsewhere
public sealed class HostileTests
{
    private const string _yaml = """
        schema: 1
        id: hostile
        title: For a test
        claims: [C1]
        matrix: {userlands: ["busybox:static"], runtimes: [runc, runsc]}
        probes:
          - {id: before, kind: script, command: probes/says.sh, about: a good one}
          - {id: hang, kind: script, command: probes/hang.sh, timeout: 1s, about: never ends}
          - {id: flood, kind: script, command: probes/flood.sh, about: never stops writing}
          - {id: odd, kind: script, command: probes/odd.sh, about: bytes that are no text}
          - {id: leave, kind: script, command: probes/leave.sh, about: leaves a process behind that holds its output}
          - {id: after, kind: script, command: probes/says.sh, about: a good one again}
        metrics:
          - {id: says, type: text, unit: "", meaning: words}
        timeout: 10s
        limits: {memory: 64MiB, pids: 64, output: 16KiB}
        """;

    private static readonly (string, string)[] _scripts =
    [
        ("says.sh", "echo says=hello\n"),
        ("hang.sh", "trap '' TERM INT HUP\nwhile :; do sleep 100; done\n"),
        ("flood.sh", "while :; do echo 'says=flooooooooooooooooooooooooooooooooooood'; done\n"),
        ("odd.sh", "printf 'says=\\377\\033[2J\\200,\"|=cmd\\n'\n"),
        ("leave.sh", "(sleep 1000; echo says=late) &\necho says=early\n"),
    ];

    [Fact]
    public async Task Programs_that_hang_flood_or_leave_others_behind_end_as_rows_and_spoil_no_other()
    {
        Machine.Require();
        using var repository = new Repository();
        repository.Experiment("hostile", _yaml, _scripts);
        var answer = await repository.HarnessAsync("run", "hostile", "--run-id", "r");
        foreach (var runtime in new[] { "runc", "runsc" })
        {
            var rows = Rows.Trials(repository.Run("r")).Where(row => row["runtime"] == runtime).ToDictionary(row => row["probe"], StringComparer.Ordinal);
            Assert.Equal(6, rows.Count);
            Assert.True(rows["before"]["outcome"] == "ok", answer.ToString());
            Assert.Equal("timeout", rows["hang"]["outcome"]);
            Assert.Equal("failed", rows["flood"]["outcome"]);
            Assert.Contains("output limit", rows["flood"]["detail"], StringComparison.Ordinal);
            Assert.Equal("ok", rows["odd"]["outcome"]);
            Assert.Equal("ok", rows["leave"]["outcome"]);
            Assert.Equal("ok", rows["after"]["outcome"]);
        }

        var said = Rows.Observations(repository.Run("r")).Where(row => row["metric"] == "says").Select(row => row["text"]).Distinct().Order(StringComparer.Ordinal);
        Assert.Equal(["\\xff\\x1b[2J\\x80,\"|=cmd", "early", "hello"], said);
        Assert.DoesNotContain('\u001b', answer.Output + answer.Error + File.ReadAllText(Path.Combine(repository.Run("r"), "report.md")));
    }

    [Fact]
    public async Task Userlands_without_a_shell_or_of_another_architecture_are_refused_and_the_agent_still_answers()
    {
        Machine.Require();
        using var repository = new Repository();
        // Joined before the run: the images must be in the engine that the run uses.
        Assert.Equal(0, (await repository.HarnessAsync("run", "kernel-identity", "--quick", "--kernel", "host", "--run-id", "warm-up")).ExitCode);
        var paths = EnginePaths.At(Path.Combine(repository.Cache, "harness"));
        await using (await PrivateDaemon.JoinAsync(paths, new Progress<string>(), TestContext.Current.CancellationToken))
        {
            await ImportAsync(paths, "hostile/empty:1", ("etc/hostname", "nobody\n"u8.ToArray()));
            await ImportAsync(paths, "hostile/foreign:1", ("bin/sh", Foreign()));
            var answer = await repository.HarnessAsync(
                "run", "kernel-identity", "--quick", "--kernel", "host", "--image", "hostile/empty:1", "--image", "hostile/foreign:1", "--pull", "never", "--run-id", "r");
            Assert.True(answer.ExitCode == 0, answer.ToString());
        }

        var rows = Rows.Trials(repository.Run("r")).Where(row => row["runtime"] is "runc" or "runsc").ToList();
        Assert.Equal(2 * 2 * 2, rows.Count);
        Assert.All(rows.Where(row => row["probe"] == "kernel"), row => Assert.Equal("ok", row["outcome"]));
        Assert.All(rows.Where(row => row["probe"] == "uname"), row =>
        {
            Assert.Equal("refused", row["outcome"]);
            Assert.Contains(row["userland"] == "hostile/empty:1" ? "ENOENT" : "ENOEXEC", row["detail"], StringComparison.Ordinal);
        });
        Assert.Equal("supported", Rows.Verdicts(repository.Run("r")).Single(row => row["scope"] == "runtime=runc")["verdict"]);
    }

    [Fact]
    public async Task An_os_release_that_attacks_spreadsheet_page_or_terminal_or_has_no_end_spoils_neither_rows_nor_report()
    {
        Machine.Require();
        using var repository = new Repository();
        Assert.Equal(0, (await repository.HarnessAsync("run", "kernel-identity", "--quick", "--kernel", "host", "--run-id", "warm-up")).ExitCode);
        var paths = EnginePaths.At(Path.Combine(repository.Cache, "harness"));
        var busybox = ("bin/sh", await File.ReadAllBytesAsync("/bin/busybox", TestContext.Current.CancellationToken));
        await using (await PrivateDaemon.JoinAsync(paths, new Progress<string>(), TestContext.Current.CancellationToken))
        {
            await ImportAsync(paths, "hostile/words:1", busybox, ("etc/os-release", "ID==cmd|' /C calc'!A0\nVERSION_ID=<script>alert(1)</script>\nPRETTY_NAME=\"\u001b[2J\u202e\u0000\"\n"u8.ToArray()));
            await ImportAsync(paths, "hostile/bytes:1", busybox, ("etc/os-release", [.. "ID="u8, 0xff, 0xfe, 0x80, (byte)'\n']));
            await ImportAsync(paths, "hostile/loop:1", busybox, ("etc/os-release", []));
            var answer = await repository.HarnessAsync(
                "run", "distro-matrix", "--image", "hostile/words:1", "--image", "hostile/bytes:1", "--image", "hostile/loop:1",
                "--runtime", "runc", "--pull", "never", "--repeat", "1", "--run-id", "r");
            Assert.True(answer.ExitCode == 0, answer.ToString());
            Assert.DoesNotContain('\u001b', answer.Output + answer.Error);
        }

        var run = repository.Run("r");
        var about = Rows.Trials(run).Where(row => row["probe"] == "about" && row["runtime"] == "runc").ToDictionary(row => row["userland"], row => row["outcome"], StringComparer.Ordinal);
        Assert.Equal("ok", about["hostile/words:1"]);
        Assert.Equal("ok", about["hostile/bytes:1"]);
        // A loop of links cannot be read, which is no reading, and no harm.
        Assert.Equal("ok", about["hostile/loop:1"]);
        var said = Rows.Observations(run).Where(row => row["metric"] == "os_id").Select(row => row["text"]).ToList();
        Assert.Contains("=cmd|' /C calc'!A0", said);
        Assert.Contains("\\xff\\xfe\\x80", said);
        var report = await File.ReadAllTextAsync(Path.Combine(run, "report.md"), TestContext.Current.CancellationToken);
        Assert.DoesNotContain("<script>", report, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', report);
        Assert.Equal(0, (await repository.HarnessAsync("verify", "r")).ExitCode);
    }

    [Fact]
    public async Task A_fork_bomb_ends_at_the_limit_of_processes_as_one_row()
    {
        Machine.Require();
        using var repository = new Repository();
        repository.Experiment(
            "bomb",
            _yaml.Replace("id: hostile", "id: bomb", StringComparison.Ordinal).Split("probes:")[0].Replace("[runc, runsc]", "[runc]", StringComparison.Ordinal) + """
            probes:
              - {id: bomb, kind: script, command: probes/bomb.sh, timeout: 3s, about: forks without end}
              - {id: after, kind: script, command: probes/says.sh, about: a good one again}
            metrics:
              - {id: says, type: text, unit: "", meaning: words}
            timeout: 10s
            limits: {memory: 64MiB, pids: 32, output: 16KiB}
            """,
            ("bomb.sh", "bomb() { bomb | bomb & bomb; }\nbomb\n"),
            ("says.sh", "echo says=hello\n"));
        var answer = await repository.HarnessAsync("run", "bomb", "--run-id", "r");
        var rows = Rows.Trials(repository.Run("r")).ToDictionary(row => row["probe"], row => row["outcome"], StringComparer.Ordinal);
        Assert.True(rows["bomb"] is "timeout" or "failed" or "crashed", answer.ToString());
        Assert.Equal("ok", rows["after"]);
    }

    // The agent's own file with a machine number that no kernel and no interpreter knows.
    private static byte[] Foreign()
    {
        var program = File.ReadAllBytes(Path.Combine(Core.Definitions.ExperimentsFolder.FindRepository(AppContext.BaseDirectory)!, "experiments", "probes", "bin", "agent-x86_64"));
        (program[18], program[19]) = (0x5a, 0x5a);
        return program;
    }

    internal static async Task ImportAsync(EnginePaths paths, string reference, params (string Name, byte[] Content)[] files)
    {
        using var tar = new MemoryStream();
        await using (var writer = new TarWriter(tar, TarEntryFormat.Ustar, leaveOpen: true))
        {
            foreach (var (name, content) in files)
            {
                if (content.Length == 0)
                {
                    // A link to itself.
                    await writer.WriteEntryAsync(new UstarTarEntry(TarEntryType.SymbolicLink, name) { LinkName = Path.GetFileName(name) }, TestContext.Current.CancellationToken);
                    continue;
                }

                using var data = new MemoryStream(content);
                await writer.WriteEntryAsync(
                    new UstarTarEntry(TarEntryType.RegularFile, name) { Mode = (UnixFileMode)0b111_101_101, DataStream = data },
                    TestContext.Current.CancellationToken);
            }
        }

        tar.Position = 0;
        await RawDocker.ImportAsync(paths.Socket, reference.Split(':')[0], reference.Split(':')[1], tar);
    }
}
