using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using System.Security.Cryptography;
using System.Text;
using Harness.Engines.PrivateEngine;
using Harness.Host.Paths;
using Harness.Host.Processes;
using Harness.IntegrationTests.Cli;

namespace Harness.IntegrationTests.Runtimes;

/// <summary>Engines that are reached over TLS and over ssh, with a real daemon and a real sshd at the other end.</summary>
[Collection(OneEngineAtATime.Name)]
[SupportedOSPlatform("linux")]
public sealed class RemoteEngineTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Cells_run_over_ssh_and_what_was_timed_on_the_wire_decides_nothing()
    {
        await EngineMachine.NeedAsync("dockerd", "docker", "busybox");
        using var remote = new EngineMachine();
        await using var daemon = await PrivateDaemon.JoinAsync(remote.Paths, new Progress<string>(), Cancellation);
        using var ssh = await LoopbackSsh.StartAsync();
        using var repository = Through(ssh);
        var engine = ssh.Address(remote.Paths.Socket);

        var run = await repository.HarnessAsync("run", "startup", "--quick", "--run-id", "r", "--filter", "busybox:static|host|docker/runc||", "--filter", "host|host|/host||", "--engine", engine);

        Assert.True(run.ExitCode == 0, run.ToString());
        var trials = Rows.Trials(repository.Run("r"));
        var timed = trials.Where(row => row["runtime"] == "runc" && row["probe"] == "agent").ToList();
        Assert.NotEmpty(timed);
        Assert.All(timed, row => Assert.Equal("ok", row["outcome"]));
        var observations = Rows.Read(Path.Combine(repository.Run("r"), "observations.csv"));
        foreach (var trial in timed)
        {
            var own = observations.Where(row => row["trial_id"] == trial["trial_id"]).ToList();
            Assert.Contains(own, row => row["metric"] == "stamp_ns");
            Assert.Equal("timed across the wire: the engine is reached over ssh to 127.0.0.1", Assert.Single(own, row => row["metric"] == "disturbance" && row["subject"] == "wire")["text"]);
            // Nothing of this machine's clock stands beside a container of another.
            Assert.DoesNotContain(own, row => row["metric"].StartsWith("harness_", StringComparison.Ordinal));
        }

        // A plain process of this machine is timed here.
        Assert.DoesNotContain(observations, row => row["subject"] == "wire" && trials.Any(trial => trial["trial_id"] == row["trial_id"] && trial["runtime"] == "host"));
        Assert.All(Rows.Read(Path.Combine(repository.Run("r"), "verdicts.csv")), row => Assert.Contains(row["verdict"], new[] { "not tested", "inconclusive" }));
        Assert.Empty(ssh.Connections());
        Assert.Empty(await ContainersAsync(remote));
    }

    [Fact]
    public async Task Doctor_proves_an_engine_over_ssh_and_a_host_that_is_not_known_is_an_error_with_the_remedy()
    {
        await EngineMachine.NeedAsync("dockerd", "docker", "busybox");
        using var remote = new EngineMachine();
        await using var daemon = await PrivateDaemon.JoinAsync(remote.Paths, new Progress<string>(), Cancellation);
        using var ssh = await LoopbackSsh.StartAsync();
        using var repository = Through(ssh);
        var engine = ssh.Address(remote.Paths.Socket);

        var doctor = await repository.HarnessAsync("doctor", "--json", "--engine", engine);
        Assert.Contains("from --engine, over ssh to 127.0.0.1, ", doctor.Output, StringComparison.Ordinal);
        Assert.Contains("a container ran", doctor.Output, StringComparison.Ordinal);

        ssh.Forget();
        var stranger = await repository.HarnessAsync("run", "startup", "--quick", "--run-id", "s", "--engine", engine);
        Assert.Equal(3, stranger.ExitCode);
        Assert.Contains("Host key verification failed.: log in there once by hand", stranger.Error, StringComparison.Ordinal);
        Assert.Single(stranger.Error.TrimEnd().Split('\n'));
        Assert.False(Directory.Exists(repository.Run("s")));
    }

    [Fact]
    public async Task A_harness_that_is_killed_leaves_no_container_behind_an_engine_over_ssh()
    {
        await EngineMachine.NeedAsync("dockerd", "docker", "busybox");
        using var remote = new EngineMachine();
        await using var daemon = await PrivateDaemon.JoinAsync(remote.Paths, new Progress<string>(), Cancellation);
        using var ssh = await LoopbackSsh.StartAsync();
        using var repository = Through(ssh);
        repository.Experiment("slow", """
            schema: 1
            id: slow
            title: For a test
            claims: [C1]
            matrix: {userlands: [busybox:static], kernels: [host], runtimes: [runc]}
            probes: [{id: sleep, kind: script, command: probes/sleep.sh, about: Sleeps}]
            metrics: []
            blocks: 1
            timeout: 10m

            """, ("sleep.sh", "sleep 300\n"));

        using var harness = repository.Watch("run", "slow", "--run-id", "r", "--engine", ssh.Address(remote.Paths.Socket));
        await harness.UntilAsync(Sleeps, "its container slept");
        await harness.KillAsync();

        var began = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(began) < TimeSpan.FromSeconds(60) && (ssh.Connections().Any() || (await ContainersAsync(remote)).Length > 0))
            await Task.Delay(200, Cancellation);
        Assert.Empty(await ContainersAsync(remote));
        Assert.Empty(ssh.Connections());

        bool Sleeps() => ProcessTable.All().Any(process => ProcessTable.Arguments(process.Id) is [.., "sleep", "300"]);
    }

    [Theory]
    [InlineData("environment")]
    [InlineData("context")]
    public async Task A_daemon_that_asks_for_certificates_is_used_over_TLS(string by)
    {
        await EngineMachine.NeedAsync("dockerd", "busybox");
        using var remote = new EngineMachine();
        using var ours = new TestCertificates("ours");
        using var others = new TestCertificates("others");
        var port = await ListenAsync(remote, ours.Write(Path.Combine(remote.Paths.Root, "server"), "daemon"));
        var address = string.Create(CultureInfo.InvariantCulture, $"tcp://127.0.0.1:{port}");
        using var repository = new Repository();
        var certificates = by == "context" ? Context(repository, address) : Path.Combine(repository.Root, "certificates");
        ours.Write(certificates, "user");
        if (by == "environment")
        {
            repository.Variables["DOCKER_TLS_VERIFY"] = "1";
            repository.Variables["DOCKER_CERT_PATH"] = certificates;
            repository.Variables["DOCKER_HOST"] = address;
        }

        var doctor = await repository.HarnessAsync("doctor", "--json");
        Assert.Contains($"from {(by == "context" ? "context" : "DOCKER_HOST")}, over TCP with TLS to 127.0.0.1, ", doctor.Output, StringComparison.Ordinal);
        Assert.Contains("a container ran", doctor.Output, StringComparison.Ordinal);

        // Signed by somebody else: neither side takes the other for whom it wants.
        others.Write(certificates, "user");
        var stranger = await repository.HarnessAsync("run", "startup", "--quick", "--run-id", "s");
        Assert.Equal(3, stranger.ExitCode);
        Assert.Contains("does not answer", stranger.Error, StringComparison.Ordinal);
        Assert.Single(stranger.Error.TrimEnd().Split('\n'));
    }

    // As Docker's command line writes it.
    private static string Context(Repository repository, string address)
    {
        var id = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes("lab")));
        var meta = Directory.CreateDirectory(Path.Combine(repository.Root, "contexts", "meta", id)).FullName;
        File.WriteAllText(Path.Combine(meta, "meta.json"), $$"""{"Name":"lab","Metadata":{},"Endpoints":{"docker":{"Host":"{{address}}","SkipTLSVerify":false} } }""");
        File.WriteAllText(Path.Combine(repository.Root, "config.json"), """{"currentContext":"lab"}""");
        return Path.Combine(repository.Root, "contexts", "tls", id, "docker");
    }

    private static Repository Through(LoopbackSsh ssh)
    {
        var repository = new Repository();
        repository.Variables["PATH"] = $"{ssh.Programs}:{Environment.GetEnvironmentVariable("PATH")}";
        return repository;
    }

    /// <summary>A daemon as an administrator sets it up for others: it listens at a port, over TLS, and takes those whose certificate it can check.</summary>
    private static async Task<int> ListenAsync(EngineMachine machine, string certificates)
    {
        EnginePaths.CreatePrivate(machine.Paths.Data);
        EnginePaths.CreatePrivate(machine.Paths.Exec);
        int port;
        using (var listener = new TcpListener(IPAddress.Loopback, 0))
        {
            listener.Start();
            port = ((IPEndPoint)listener.LocalEndpoint).Port;
        }

        using var process = Process.Start(new ProcessStartInfo("/bin/sh",
        [
            "-c", $"exec dockerd \"$@\" > {machine.Paths.Root}/log 2>&1 < /dev/null", "sh", "--data-root", machine.Paths.Data, "--exec-root", machine.Paths.Exec, "--pidfile", machine.Paths.PidFile,
            "--bridge=none", "--iptables=false", "--ip6tables=false", "--ip-forward=false",
            "--tlsverify", "--tlscacert", Path.Combine(certificates, "ca.pem"), "--tlscert", Path.Combine(certificates, "cert.pem"), "--tlskey", Path.Combine(certificates, "key.pem"),
            "-H", "unix://" + machine.Paths.Socket, "-H", string.Create(CultureInfo.InvariantCulture, $"tcp://127.0.0.1:{port}"),
        ]))!;
        for (var tries = 0; tries < 400 && !process.HasExited && !File.Exists(machine.Paths.PidFile); tries++)
            await Task.Delay(100, Cancellation);
        for (var tries = 0; tries < 100 && !process.HasExited; tries++)
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                await socket.ConnectAsync(IPAddress.Loopback, port, Cancellation);
                return port;
            }
            catch (SocketException)
            {
                await Task.Delay(100, Cancellation);
            }
        }

        Assert.Fail(await File.ReadAllTextAsync(Path.Combine(machine.Paths.Root, "log"), Cancellation));
        return 0;
    }

    private static async Task<string[]> ContainersAsync(EngineMachine machine)
    {
        using var connection = await Harness.Engines.Connecting.EngineConnection.OpenAsync(PrivateDaemon.EndpointOf(machine.Paths), TimeSpan.FromSeconds(10), Cancellation);
        return [.. (await connection.Engine.ListAsync(label: null, Cancellation)).Select(container => container.Name)];
    }
}
