using System.Diagnostics;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Runtime.Versioning;
using Harness.Engines.PrivateEngine;
using Harness.Host.Processes;
using Harness.IntegrationTests.Cli;
using Harness.IntegrationTests.Runtimes;

namespace Harness.IntegrationTests.Treatments;

/// <summary>
/// An engine that does otherwise than it was asked, beside the harness and far away from it. Whatever it changes, no reading that counts comes of it; what
/// cannot be found stands in a list with the reason.
/// </summary>
[Collection(OneEngineAtATime.Name)]
[SupportedOSPlatform("linux")]
public sealed class LyingEngineTests(LyingEngineTests.Engine shared) : IClassFixture<LyingEngineTests.Engine>
{
    private const string Yaml = """
        schema: 1
        id: lies
        title: For a test
        claims: [C1]
        matrix: {userlands: ["busybox:static"], runtimes: [RUNTIME], variants: ["VARIANT"]}
        probes:
          - {id: kernel, kind: builtin, command: start, about: a probe}
        metrics:
          - {id: boot_id, type: text, meaning: a reading}
          - {id: timens_monotonic_ns, type: number, meaning: a reading}
        timeout: 10s
        limits: {memory: 256MiB, pids: 64, output: 16KiB}
        """;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<string> Names => [.. Lies.All.Keys];

    public static TheoryData<string> FarAway => [.. Lies.All.Where(pair => pair.Value.NotFoundFarAway is null).Select(pair => pair.Key)];

    public static TheoryData<string> Hidden => [.. Lies.NotFound.Keys];

    public static TheoryData<string> HiddenFarAway => [.. Lies.All.Where(pair => !string.IsNullOrEmpty(pair.Value.NotFoundFarAway) && pair.Key != "writable mount").Select(pair => pair.Key)];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task An_engine_that_lies_costs_the_trials_and_the_row_says_what_ran(string name) => await FindsAsync(Lies.All[name], Near());

    [Theory]
    [MemberData(nameof(FarAway))]
    public async Task From_far_away_the_agent_alone_finds_most_of_it(string name) => await FindsAsync(Lies.All[name], Far());

    [Theory]
    [MemberData(nameof(Hidden))]
    public async Task What_cannot_be_found_stands_in_a_list(string name) => await MissesAsync(Lies.NotFound[name].Lie, Near());

    [Theory]
    [MemberData(nameof(HiddenFarAway))]
    public async Task What_cannot_be_found_from_far_away_stands_in_a_list(string name) => await MissesAsync(Lies.All[name], Far());

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_engine_that_does_as_it_is_asked_is_believed(bool isNear)
    {
        var (rows, _, answer) = await RunAsync(new Lies.Told(new Lie(_ => { }), ""), isNear ? Near() : Far());

        Assert.True(rows.All(row => row["outcome"] == "ok"), answer + string.Join('\n', rows.Select(row => row["detail"])));
    }

    private async Task FindsAsync(Lies.Told told, EndPoint where)
    {
        var (rows, altered, answer) = await RunAsync(told, where);

        Assert.True(altered > 0, $"nothing was altered\n{answer}");
        Assert.All(rows, row => Assert.True(row["outcome"] == "broken", $"{row["outcome"]}: {row["detail"]}\n{answer}"));
        Assert.All(rows, row => Assert.Contains(told.Says, row["detail"], StringComparison.Ordinal));
    }

    private async Task MissesAsync(Lies.Told told, EndPoint where)
    {
        var (rows, altered, answer) = await RunAsync(told, where);

        Assert.True(altered > 0, $"nothing was altered\n{answer}");
        Assert.All(rows, row => Assert.True(row["outcome"] == "ok", $"it is found: take it out of the list. {row["detail"]}\n{answer}"));
    }

    private async Task<(List<Dictionary<string, string>> Rows, int Altered, Answer Answer)> RunAsync(Lies.Told told, EndPoint where)
    {
        await EngineMachine.NeedAsync("dockerd", "busybox", "runsc", "runc");
        await shared.StartAsync();
        using var repository = new Repository();
        repository.Experiment("lies", Yaml.Replace("RUNTIME", told.Runtime, StringComparison.Ordinal).Replace("VARIANT", told.Variant, StringComparison.Ordinal));
        using var engine = new LyingEngine(shared.Machine.Paths.Socket, where, told.Lie);
        var answer = await repository.HarnessAsync("run", "lies", "--run-id", "r", "--engine", engine.Address, "--pull", "never");
        Assert.True(File.Exists(Path.Combine(repository.Run("r"), "trials.csv")), answer.ToString());
        var rows = Rows.Trials(repository.Run("r"));
        Assert.NotEmpty(rows);
        Assert.DoesNotContain(Rows.Observations(repository.Run("r")), row => row["metric"] == "boot_id" && rows.Single(trial => trial["trial_id"] == row["trial_id"])["outcome"] != "ok");
        return (rows, engine.Altered, answer);
    }

    private UnixDomainSocketEndPoint Near() => new UnixDomainSocketEndPoint(Path.Combine(shared.Machine.Paths.Root, Guid.NewGuid().ToString("N")[..8]));

    // An address that is not the loopback's: nothing then tells the harness that the engine is beside it.
    private static IPEndPoint Far()
    {
        var address = NetworkInterface.GetAllNetworkInterfaces().SelectMany(network => network.GetIPProperties().UnicastAddresses).Select(unicast => unicast.Address)
            .FirstOrDefault(address => address.AddressFamily == AddressFamily.InterNetwork && !IPAddress.IsLoopback(address));
        Assert.SkipWhen(address is null, "this machine has no address but its loopback's");
        return new IPEndPoint(address!, 0);
    }

    /// <summary>One engine for all lies.</summary>
    public sealed class Engine : IAsyncDisposable
    {
        private PrivateDaemon? _daemon;

        internal EngineMachine Machine { get; } = new();

        internal async Task StartAsync()
        {
            if (_daemon is not null)
                return;
            _daemon = await PrivateDaemon.JoinAsync(Machine.Paths, new Progress<string>(), Cancellation);
            // A name for runc that an engine can put in the place of another: crun does not run on every hierarchy of cgroups.
            var settings = await File.ReadAllTextAsync(Machine.Paths.Settings, Cancellation);
            var runc = Path.Combine(Machine.Paths.Root, "other");
            File.Copy(Harness.Host.Processes.Machine.FindProgram("runc")!, runc);
            await File.WriteAllTextAsync(Machine.Paths.Settings, settings.Replace("\"runtimes\": {", $"\"runtimes\": {{ \"other\": {{ \"path\": \"{runc}\" }},", StringComparison.Ordinal), Cancellation);
            foreach (var process in DaemonSweep.Daemons(Machine.Paths, "dockerd"))
                Harness.Host.Processes.ProcessTable.Signal(process, Harness.Host.Processes.Native.SigHup);
            var folder = Directory.CreateTempSubdirectory("h-other-").FullName;
            await File.WriteAllTextAsync(Path.Combine(folder, "file"), "another image\n", Cancellation);
            await ShellAsync($"tar -C {folder} -c . | docker -H unix://{Machine.Paths.Socket} import - {Lies.Other}");
            Directory.Delete(folder, recursive: true);
        }

        public async ValueTask DisposeAsync()
        {
            if (_daemon is not null)
                await _daemon.DisposeAsync();
            Machine.Dispose();
        }

        private static async Task ShellAsync(string command)
        {
            using var process = Process.Start("/bin/sh", ["-c", command]);
            await process.WaitForExitAsync(Cancellation);
            Assert.Equal(0, process.ExitCode);
        }
    }
}
