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
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<string> Names => [.. Lies.All.Keys];

    public static TheoryData<string> FarAway => [.. Lies.All.Where(pair => FarAwayLies.Contains(pair.Value)).Select(pair => pair.Key)];

    public static TheoryData<string> Hidden => [.. Lies.NotFound.Keys];

    public static TheoryData<string> HiddenFarAway => [.. Lies.All.Where(pair => HiddenFarAwayLies.Contains(pair.Value)).Select(pair => pair.Key)];

    private static IEnumerable<Lies.Told> FarAwayLies => Lies.All.Values.Where(told => told.NotFoundFarAway is null);

    private static IEnumerable<Lies.Told> HiddenFarAwayLies => Lies.All.Where(pair => !string.IsNullOrEmpty(pair.Value.NotFoundFarAway) && pair.Key != "writable mount").Select(pair => pair.Value);

    [Theory]
    [MemberData(nameof(Names))]
    public async Task An_engine_that_lies_costs_the_trials_and_the_row_says_what_ran(string name) => (await NearAsync()).Finds(Lies.All[name]);

    [Theory]
    [MemberData(nameof(FarAway))]
    public async Task From_far_away_the_agent_alone_finds_most_of_it(string name) => (await FarAsync()).Finds(Lies.All[name]);

    [Theory]
    [MemberData(nameof(Hidden))]
    public async Task What_cannot_be_found_stands_in_a_list(string name) => (await NearAsync()).Misses(Lies.NotFound[name].Lie);

    [Theory]
    [MemberData(nameof(HiddenFarAway))]
    public async Task What_cannot_be_found_from_far_away_stands_in_a_list(string name) => (await FarAsync()).Misses(Lies.All[name]);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_engine_that_does_as_it_is_asked_is_believed(bool isNear) => (await (isNear ? NearAsync() : FarAsync())).Believes(Lies.Honest);

    [Theory]
    [InlineData("runtime, and hidden", true)]
    [InlineData("runtime, and hidden", false)]
    [InlineData("new privileges", true)]
    public async Task A_lie_of_every_container_is_found_with_those_that_only_prove_the_runtime(string name, bool isNear)
    {
        await NeedAsync();
        using var repository = new Repository();
        using var engine = new LyingEngine(shared.Machine.Paths.Socket, isNear ? Near() : Far(), Lies.All[name].Lie);
        repository.Experiment("lie", LiesRun.Experiment("lie", Lies.All[name], 64));

        var answer = await repository.HarnessAsync("run", "lie", "--run-id", "r", "--engine", engine.Address, "--pull", "never");

        Assert.True(engine.Altered > 0, answer.ToString());
        var row = Assert.Single(Rows.Trials(repository.Run("r")));
        Assert.True(row["outcome"] == "broken", $"{row["outcome"]}: {row["detail"]}\n{answer}");
        Assert.Contains(Lies.All[name].Says, row["detail"], StringComparison.Ordinal);
        Assert.DoesNotContain(Rows.Observations(repository.Run("r")), reading => reading["metric"] == "boot_id");
    }

    private async Task<LiesRun> NearAsync()
    {
        await NeedAsync();
        return await (shared.Near ??= LiesRun.MakeAsync(shared.Machine.Paths.Socket, Near(), [.. Lies.All.Values, .. Lies.NotFound.Values.Select(hidden => hidden.Lie), Lies.Honest]));
    }

    private async Task<LiesRun> FarAsync()
    {
        await NeedAsync();
        return await (shared.Far ??= LiesRun.MakeAsync(shared.Machine.Paths.Socket, Far(), [.. FarAwayLies, .. HiddenFarAwayLies, Lies.Honest]));
    }

    private async Task NeedAsync()
    {
        await EngineMachine.NeedAsync("dockerd", "busybox", "runsc", "runc");
        await shared.StartAsync();
    }

    private UnixDomainSocketEndPoint Near() => new(Path.Combine(shared.Machine.Paths.Root, Guid.NewGuid().ToString("N")[..8]));

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

        /// <summary>The run beside the engine, made by the first test that asks for it.</summary>
        internal Task<LiesRun>? Near { get; set; }

        /// <summary>The one far away from it.</summary>
        internal Task<LiesRun>? Far { get; set; }

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
