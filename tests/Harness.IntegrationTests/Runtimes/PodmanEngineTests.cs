using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Sockets;
using System.Runtime.Versioning;
using Harness.Core.Running;
using Harness.Host.Processes;
using Harness.IntegrationTests.Cli;
using Harness.IntegrationTests.Treatments;
using Harness.Runtimes;

namespace Harness.IntegrationTests.Runtimes;

/// <summary>Cells on a real Podman are what their names say.</summary>
[Collection(OneEngineAtATime.Name)]
[SupportedOSPlatform("linux")]
public sealed class PodmanEngineTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_rows_runtime_is_the_one_seen_from_outside_and_one_that_the_service_does_not_take_has_no_row()
    {
        await EngineMachine.NeedAsync("runc", "busybox");
        using var podman = await PodmanService.StartAsync("runc");
        using var repository = new Repository();
        var seen = new ConcurrentDictionary<string, string>(StringComparer.Ordinal);
        var configs = new ConcurrentDictionary<string, string>(StringComparer.Ordinal);
        using var watch = new Watch(podman, seen, configs);

        // Three variants, among them those that Podman tells in other words than Docker.
        var answer = await repository.HarnessAsync(
            "run", "kernel-identity", "syscall-surface", "--kernel", "host", "--userland", "busybox:static", "--runtime", "runc", "--runtime", "runsc", "--quick", "--run-id", "r",
            "--engine", podman.Address);

        var run = repository.Run("r");
        var trials = Rows.Trials(run);
        Assert.True(File.Exists(Path.Combine(run, "report.md")), answer.ToString());
        var (runc, runsc) = (trials.Where(row => row["runtime"] == "runc").ToList(), trials.Where(row => row["runtime"] == "runsc").ToList());
        Assert.NotEmpty(runc);
        Assert.NotEmpty(runsc);
        Assert.All(runc, row => Assert.True(row["outcome"] is "ok" or "refused", $"{row["cell"]}: {row["detail"]}"));
        Assert.Contains(runc, row => row["variant"] == "caps=none;seccomp=unconfined");
        Assert.All(trials.Where(row => row["engine"].Length > 0), row => Assert.Equal("podman", row["engine"]));

        // From outside: the name of each container and the program that its conmon ran.
        Assert.Equal(
            runc.Select(row => $"harness-r-{row["sandbox"]}").Distinct().Order(StringComparer.Ordinal),
            seen.Keys.Where(name => runc.Any(row => name == $"harness-r-{row["sandbox"]}")).Order(StringComparer.Ordinal));
        Assert.All(seen.Values, program => Assert.Equal("runc", Path.GetFileName(program)));

        // The filter that was read is what Podman told the runtime.
        var sweep = runc.Single(row => row["experiment"] == "syscall-surface" && row["variant"].Length == 0 && row["probe"] == "syscalls");
        var compared = HandedProfile.Read(configs[$"harness-r-{sweep["sandbox"]}"]).RequireSame(Rows.Observations(run), sweep["trial_id"], Path.Combine(repository.Root, "experiments", "probes", "syscalls-x86_64.csv"));
        Assert.True(compared > 350, $"{compared}");

        Assert.All(runsc, row => Assert.Equal("unavailable", row["outcome"]));
        Assert.All(runsc, row => Assert.StartsWith("Podman ", row["detail"], StringComparison.Ordinal));
        var readings = Rows.Observations(run).ToLookup(row => row["trial_id"]);
        Assert.All(runsc, row => Assert.DoesNotContain(readings[row["trial_id"]], reading => reading["metric"] != "unavailable"));
        var proofs = Rows.Observations(run).Where(row => row["metric"] == "treatment_proof" && runc.Any(trial => trial["trial_id"] == row["trial_id"])).ToLookup(row => row["subject"], row => row["text"]);
        Assert.All(proofs["runtime"], text => Assert.Equal("proven: conmon's command line and the runtime's state folder", text));
        Assert.All(proofs["image"], text => Assert.Equal("proven: the layers mounted at its root", text));
        foreach (var aspect in (string[])["seccomp", "capabilities", "no-new-privileges", "network", "memory limit", "process limit", "init"])
            Assert.All(proofs[aspect], text => Assert.StartsWith("proven: ", text, StringComparison.Ordinal));
        var environment = await File.ReadAllTextAsync(Directory.EnumerateFiles(Path.Combine(run, "environments")).Single(), Cancellation);
        Assert.Contains("\"name\": \"podman\"", environment, StringComparison.Ordinal);
        Assert.Contains("\"default_runtime\": \"runc\"", environment, StringComparison.Ordinal);
        Assert.Empty(podman.Conmons());
        var verified = await repository.HarnessAsync("verify", "r");
        Assert.True(verified.ExitCode == 0, verified.ToString());
    }

    [Fact]
    public async Task A_fleet_of_it_is_read_with_conmon_and_the_service_for_its_engine()
    {
        await EngineMachine.NeedAsync("runc", "busybox");
        using var podman = await PodmanService.StartAsync("runc");
        using var repository = new Repository();

        var answer = await repository.HarnessAsync("run", "footprint", "--quick", "--run-id", "r", "--filter", "busybox:static|host|podman/runc*", "--engine", podman.Address);

        Assert.True(answer.ExitCode == 0, answer.ToString());
        Assert.All(Rows.Trials(repository.Run("r")), row => Assert.Equal("ok", row["outcome"]));
        foreach (var metric in (string[])["pss_payload_bytes", "pss_shim_bytes", "pss_engine_bytes", "cgroup_bytes", "start_ns", "storm_ns", "disk_bytes"])
            Assert.Contains(Rows.Observations(repository.Run("r")), row => row["metric"] == metric && row["value"].Length > 0 && row["value"] != "0");
    }

    [Fact]
    public async Task A_service_that_tells_another_runtime_than_it_runs_is_found_out_by_conmon()
    {
        await EngineMachine.NeedAsync("runc", "busybox");
        using var podman = await PodmanService.StartAsync("runc");
        using var machine = new EngineMachine();
        Directory.CreateDirectory(machine.Paths.Root);
        // Told in both places: what the service is, and what each container was made for.
        using var liar = new RewritingRelay(
            podman.Socket, new UnixDomainSocketEndPoint(Path.Combine(machine.Paths.Root, "l")), ("\"name\":\"runc\"", "\"name\":\"crun\""), ("\"OCIRuntime\":\"runc\"", "\"OCIRuntime\":\"crun\""));
        await using var set = await RuntimeSet.CreateAsync(machine.Options("r") with { EngineUri = liar.Address }, Cancellation);
        var cell = EngineMachine.Busybox("crun") with { Engine = "podman" };

        var preparation = await set.Find(cell)!.PrepareAsync(cell, new Progress<string>(), Cancellation);
        var said = preparation switch
        {
            Preparation.Failed failed => failed.Reason,
            Preparation.Ready => Assert.IsType<SandboxEnd.Failed>(await set.Find(cell)!.RunAsync(EngineMachine.Request(cell, TreatmentFacts.Plan), new KeptChannel(AgentRun.Key), Cancellation)).Reason,
            var other => other.ToString()!,
        };

        Assert.Equal("crun", set.Engine!.DefaultRuntime);
        Assert.StartsWith("asked for runtime crun, ran under runc", said, StringComparison.Ordinal);
        Assert.Contains("by conmon's command line", said, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task After_SIGKILL_no_container_and_no_conmon_of_the_run_stays(bool isGuardKilledToo)
    {
        await EngineMachine.NeedAsync("runc", "busybox");
        using var podman = await PodmanService.StartAsync("runc");
        using var repository = new Repository();
        using var harness = repository.Watch("run", "footprint", "--run-id", "r", "--filter", "busybox:static|host|podman/runc*", "--engine", podman.Address);
        await harness.UntilAsync(() => podman.Conmons().Any(conmon => conmon.Container.StartsWith("harness-r-", StringComparison.Ordinal)), "it started a container");

        if (isGuardKilledToo)
        {
            foreach (var guard in ProcessTable.All().Where(entry => entry.Parent == harness.Process.Id && ProcessTable.Arguments(entry.Id).Contains("guard")))
                ProcessTable.Signal(guard, Native.SigKill);
        }

        await harness.KillAsync();
        if (isGuardKilledToo)
        {
            // What the service was asked for may still come.
            await UntilAsync(() => podman.Conmons().Any());
            var cleaned = await repository.HarnessAsync("clean", "--engine", podman.Address);
            Assert.Contains("container harness-r-", cleaned.Output, StringComparison.Ordinal);
        }

        await UntilAsync(() => !podman.Conmons().Any());
        Assert.Empty(podman.Conmons());
        var nothing = await repository.HarnessAsync("clean", "--engine", podman.Address);
        Assert.DoesNotContain("container ", nothing.Output, StringComparison.Ordinal);
        await repository.GoneAsync();
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        var clock = Stopwatch.StartNew();
        while (!condition() && clock.Elapsed < TimeSpan.FromSeconds(60))
            await Task.Delay(20, Cancellation);
    }

    /// <summary>Looks at the machine's processes all the while, as somebody beside the harness would.</summary>
    private sealed class Watch : IDisposable
    {
        private readonly CancellationTokenSource _end = new();
        private readonly Thread _thread;

        internal Watch(PodmanService podman, ConcurrentDictionary<string, string> seen, ConcurrentDictionary<string, string> configs)
        {
            _thread = new Thread(() =>
            {
                while (!_end.IsCancellationRequested)
                {
                    foreach (var (container, program, folder) in podman.Conmons())
                    {
                        seen[container] = program;
                        if (!configs.ContainsKey(container) && File.Exists(Path.Combine(folder, "config.json")))
                            configs[container] = Read(Path.Combine(folder, "config.json"));
                    }

                    Thread.Sleep(5);
                }
            });
            _thread.Start();
        }

        private static string Read(string file)
        {
            try
            {
                return File.ReadAllText(file);
            }
            catch (IOException)
            {
                // It has ended.
                return "";
            }
        }

        public void Dispose()
        {
            _end.Cancel();
            _thread.Join();
            _end.Dispose();
        }
    }
}
