using System.Runtime.Versioning;
using Harness.IntegrationTests.Cli;
using Harness.IntegrationTests.Runtimes;

namespace Harness.IntegrationTests.Machines;

/// <summary>A program in QEMU's place that asks the real one for something else than it was asked for, one thing at a time.</summary>
[Collection(OneEngineAtATime.Name)]
[SupportedOSPlatform("linux")]
public sealed class LyingMachineTests(LyingMachineTests.Place place) : IClassFixture<LyingMachineTests.Place>
{
    private const string Yaml = """
        schema: 1
        id: machines
        title: For a test
        claims: [C1]
        timed: TIMED
        matrix: {userlands: ["busybox:static"], kernels: [debian-bookworm], runtimes: [qemu], variants: ["VARIANT"]}
        probes:
          - {id: kernel, kind: builtin, command: start, about: a probe}
        metrics:
          - {id: boot_id, type: text, meaning: a reading}
          - {id: timens_monotonic_ns, type: number, meaning: a reading}
        blocks: 1
        timeout: 10s
        limits: {memory: 256MiB, pids: 64, output: 16KiB}
        """;

    // Without -S, or the guest would wait for a monitor that nobody hears.
    private const string Silenced = ";s/^socket,id=monitor,.*/null,id=monitor/;s/^-S$/-nodefaults/";

    // A /dev like the machine's, seen by nothing else, in which /dev/kvm opens. The lying QEMU emulates, so that nothing needs more of it.
    private const string WithKvm = """
        mount -t tmpfs dev "$1"
        for entry in /dev/*; do
          if [ -d "$entry" ] && [ ! -L "$entry" ]
          then mkdir "$1/${entry#/dev/}"; mount --rbind "$entry" "$1/${entry#/dev/}"
          else cp -a "$entry" "$1/"
          fi
        done
        rm -f "$1/kvm"
        cp -a /dev/null "$1/kvm"
        mount --rbind "$1" /dev
        shift
        exec "$@"
        """;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("shape=microvm", "s/^microvm,.*/q35/", "asked for machine microvm, ran with pc-q35-")]
    [InlineData("shape=microvm", "s/^microvm,.*/q35/" + Silenced, "asked for machine microvm, ran with ")]
    [InlineData("shape=q35", "s/^q35$/pc/", "asked for machine q35, ran with pc-i440fx-")]
    [InlineData("shape=q35", "s/^q35$/pc/" + Silenced, "asked for machine q35, ran with ")]
    [InlineData("cpu=qemu64;shape=q35", "s/^qemu64$/max/", "asked for processor qemu64, ran with max (by QEMU's monitor")]
    [InlineData("shape=microvm", "s/^max$/qemu64/", "asked for processor max, ran with qemu64 (by QEMU's monitor")]
    [InlineData("shape=microvm", "s/^max$/qemu64/" + Silenced, "asked for processor max, ran with QEMU Virtual CPU")]
    [InlineData("shape=microvm", "s/^[0-9]*M$/333M/", "asked for memory ")]
    [InlineData("shape=microvm", "s/ no_timer_check//", "asked for kernel parameters ")]
    public async Task A_QEMU_that_lies_costs_the_trials_and_the_row_says_what_ran(string variant, string lie, string says)
    {
        var (rows, answer) = await RunAsync(variant, lie, timed: false);
        Assert.All(rows, row => Assert.True(row["outcome"] == "broken" && row["detail"].StartsWith(says, StringComparison.Ordinal), $"{row["outcome"]}: {row["detail"]}\n{answer}"));
    }

    [Fact]
    public async Task Where_starting_is_measured_the_proof_apart_finds_it()
    {
        var (rows, answer) = await RunAsync("shape=microvm", "s/^microvm,.*/q35/", timed: true);
        Assert.All(rows, row => Assert.True(row["outcome"] == "broken" && row["detail"].StartsWith("asked for machine microvm, ran with pc-q35-", StringComparison.Ordinal), $"{row["outcome"]}: {row["detail"]}\n{answer}"));
    }

    [Fact]
    public async Task One_that_says_KVM_and_emulates_proves_nothing_of_KVM_and_is_not_remembered()
    {
        var opens = Harness.Sandboxes.Machines.MachineProofs.KvmOpens();
        Assert.SkipUnless(opens || Environment.UserName == "root", "/dev/kvm cannot be opened, and standing in for it takes root");
        place.Repository.Through = opens ? [] : ["unshare", "--mount", "sh", "-euc", WithKvm, "sh", Directory.CreateDirectory(Path.Combine(place.Repository.Root, "dev")).FullName];
        List<Dictionary<string, string>> rows;
        Answer answer;
        try
        {
            (rows, answer) = await RunAsync("shape=q35", "s/^kvm$/tcg/;s/^host$/max/", timed: false, "--accelerator", "kvm");
        }
        finally
        {
            // The other tests of this class share the repository.
            place.Repository.Through = [];
        }

        Assert.All(rows, row => Assert.True(row["outcome"] == "broken" && row["detail"].StartsWith("asked for accelerator kvm, ran with tcg", StringComparison.Ordinal), $"{row["outcome"]}: {row["detail"]}\n{answer}"));
        var memory = Path.Combine(place.Repository.Cache, "harness", "machines", "proofs.json");
        Assert.DoesNotContain("|kvm|", File.Exists(memory) ? await File.ReadAllTextAsync(memory, Cancellation) : "", StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_honest_one_is_believed_and_asked_the_same_where_starting_is_measured(bool timed)
    {
        var (rows, answer) = await RunAsync("shape=microvm", "", timed);

        Assert.True(rows.All(row => row["outcome"] == "ok"), answer + string.Join('\n', rows.Select(row => row["detail"])));
        var readings = Rows.Observations(place.Run(rows)).Where(row => row["metric"] == "treatment_proof").ToDictionary(row => row["subject"], row => row["text"]);
        foreach (var aspect in new[] { "runtime", "machine", "processor", "accelerator", "memory" })
            Assert.Contains("QEMU's monitor before the guest ran", readings[aspect], StringComparison.Ordinal);
        Assert.All(readings, reading => Assert.StartsWith("proven: ", reading.Value, StringComparison.Ordinal));
        var started = place.Started();
        Assert.Equal(timed ? 2 : 1, started.Count);
        Assert.EndsWith(" -mon chardev=monitor,mode=control", started[0], StringComparison.Ordinal);
        if (timed)
            Assert.Equal(Asked(started[0].Split(" -S ")[0]), Asked(started[1]));
    }

    // Names and places of its own aside.
    private static string Asked(string line) => System.Text.RegularExpressions.Regex.Replace(line, "(-name|-initrd) [^ ]*|-m [0-9]*M", "$1");

    private async Task<(List<Dictionary<string, string>> Rows, Answer Answer)> RunAsync(string variant, string lie, bool timed, params string[] more)
    {
        await EngineMachine.NeedAsync("qemu-system-x86_64", "busybox");
        return await place.RunAsync(Yaml.Replace("VARIANT", variant, StringComparison.Ordinal).Replace("TIMED", timed ? "true" : "false", StringComparison.Ordinal), lie, more.Length > 0 ? more : ["--accelerator", "tcg"]);
    }

    /// <summary>One cache for all, so that the kernel is fetched once.</summary>
    public sealed class Place : IDisposable
    {
        private int _runs;

        internal Repository Repository { get; } = new();

        private string Log => Path.Combine(Repository.Root, "log");

        internal async Task<(List<Dictionary<string, string>> Rows, Answer Answer)> RunAsync(string yaml, string lie, string[] more)
        {
            var folder = Path.Combine(Repository.Root, "bin");
            Directory.CreateDirectory(folder);
            var qemu = Path.Combine(folder, "qemu-system-x86_64");
            await File.WriteAllTextAsync(qemu, $"""
                #!/bin/sh
                for argument; do shift; set -- "$@" "$(printf %s "$argument" | sed -e '{lie}')"; done
                case $1 in -name) echo "$@" >> {Log};; esac
                exec {Harness.Host.Processes.Machine.FindProgram("qemu-system-x86_64")} "$@"

                """, Cancellation);
            File.SetUnixFileMode(qemu, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            File.Delete(Log);
            Repository.Variables["PATH"] = folder + ":" + Environment.GetEnvironmentVariable("PATH");
            Repository.Experiment("machines", yaml);
            var run = $"r{++_runs}";
            var answer = await Repository.HarnessAsync(["run", "machines", "--run-id", run, .. more]);
            Assert.True(File.Exists(Path.Combine(Repository.Run(run), "trials.csv")), answer.ToString());
            var rows = Rows.Trials(Repository.Run(run));
            Assert.NotEmpty(rows);
            // Something must have been started at all.
            Assert.True(File.Exists(Log), answer.ToString() + string.Join('\n', rows.Select(row => row["detail"])));
            return (rows, answer);
        }

        internal string Run(List<Dictionary<string, string>> rows) => Repository.Run(rows[0]["run_id"]);

        internal List<string> Started() => [.. File.ReadAllLines(Log)];

        public void Dispose() => Repository.Dispose();
    }
}
