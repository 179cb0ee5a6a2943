using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using Harness.Host.Processes;

namespace Harness.IntegrationTests.Schedulers;

/// <summary>A Slurm cluster of one node on this machine: Debian's munged, slurmctld and slurmd, with keys, ports and folders of their own.</summary>
[SupportedOSPlatform("linux")]
public sealed class SlurmCluster : IAsyncLifetime
{
    private const string Node = "n1";

    private readonly string _root = Directory.CreateTempSubdirectory("h-").FullName;
    private readonly List<Process> _daemons = [];
    private Process? _node;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>What its commands read; for <c>SLURM_CONF</c>.</summary>
    internal string Settings => Path.Combine(_root, "slurm.conf");

    /// <summary>Starts it once; skips where Slurm is missing.</summary>
    internal async Task StartAsync()
    {
        if (_node is not null)
            return;
        // Processes of jobs are started by root's daemons.
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "needs root");
        var munged = await Tools.RequireAsync("munged", "munge");
        var controller = await Tools.RequireAsync("slurmctld", "slurmctld");
        await Tools.RequireAsync("slurmd", "slurmd");
        await Tools.RequireAsync("sbatch", "slurm-client");
        var key = new byte[1024];
        Random.Shared.NextBytes(key);
        await File.WriteAllBytesAsync(Path.Combine(_root, "munge.key"), key, Cancellation);
        File.SetUnixFileMode(Path.Combine(_root, "munge.key"), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        // munged refuses a socket in a folder that others cannot search.
        File.SetUnixFileMode(_root, (UnixFileMode)0b111_101_101);
        var host = Dns.GetHostName().Split('.')[0];
        await File.WriteAllTextAsync(Settings, $"""
            ClusterName=harness
            SlurmctldHost={host}(127.0.0.1)
            SlurmctldPort={FreePort()}
            SlurmdPort={FreePort()}
            SlurmUser=root
            SlurmdUser=root
            AuthType=auth/munge
            AuthInfo=socket={_root}/munge.socket
            CryptoType=crypto/munge
            StateSaveLocation={Directory.CreateDirectory(Path.Combine(_root, "state")).FullName}
            SlurmdSpoolDir={Directory.CreateDirectory(Path.Combine(_root, "spool")).FullName}
            SlurmctldPidFile={_root}/slurmctld.pid
            SlurmdPidFile={_root}/slurmd.pid
            SlurmctldLogFile={_root}/slurmctld.log
            SlurmdLogFile={_root}/slurmd.log
            ProctrackType=proctrack/linuxproc
            TaskPlugin=task/none
            SelectType=select/cons_tres
            ReturnToService=2
            SlurmdTimeout=5
            JobRequeue=1
            MpiDefault=none
            NodeName={Node} NodeHostname={host} NodeAddr=127.0.0.1 CPUs={Environment.ProcessorCount} State=UNKNOWN
            PartitionName=all Nodes={Node} Default=YES MaxTime=INFINITE State=UP
            """ + "\n", Cancellation);
        var socket = Path.Combine(_root, "munge.socket");
        _daemons.Add(Daemon(munged, "--foreground", "--force", $"--key-file={_root}/munge.key", $"--socket={socket}", $"--pid-file={_root}/munge.pid", $"--log-file={_root}/munge.log", $"--seed-file={_root}/munge.seed"));
        await UntilAsync(() => Task.FromResult(File.Exists(socket)), "munged has no socket");
        _daemons.Add(Daemon(controller, "-D", "-f", Settings));
        await StartNodeAsync();
    }

    /// <summary>Starts the node and waits until it takes jobs.</summary>
    internal async Task StartNodeAsync()
    {
        _node = Daemon(Machine("slurmd"), "-D", "-N", Node, "-f", Settings);
        await UntilAsync(async () => (await AskAsync("sinfo", "-h", "-o", "%T")).Trim() is "idle" or "allocated" or "mixed", "the node is not up");
    }

    /// <summary>Ends the node with all that runs on it, as a loss of power does, and waits until the controller calls it down.</summary>
    internal async Task LoseNodeAsync()
    {
        var steps = ProcessTable.All().Where(process => ProcessTable.Arguments(process.Id) is [var name, ..] && name.StartsWith("slurmstepd", StringComparison.Ordinal)
            && ProcessTable.All().Any(child => child.Parent == process.Id && string.Join(' ', ProcessTable.Arguments(child.Id)).Contains(_root, StringComparison.Ordinal))).ToList();
        Assert.NotEmpty(steps);
        _node!.Kill();
        foreach (var step in steps)
        {
            using var process = Process.GetProcessById(step.Id);
            process.Kill(entireProcessTree: true);
        }

        await _node.WaitForExitAsync(Cancellation);
        _node.Dispose();
        await UntilAsync(async () => (await AskAsync("sinfo", "-h", "-o", "%T")).StartsWith("down", StringComparison.Ordinal), "the controller does not miss the node");
    }

    /// <summary>Waits until no job is left; <paramref name="each"/> is asked before each look.</summary>
    internal Task UntilEmptyAsync(Func<Task>? each = null) => UntilAsync(
        async () =>
        {
            await (each?.Invoke() ?? Task.CompletedTask);
            return (await AskAsync("squeue", "-h")).Trim().Length == 0;
        },
        "jobs are left");

    /// <summary>What a command of Slurm prints.</summary>
    internal async Task<string> AskAsync(string program, params string[] arguments)
    {
        var result = await new Command(Machine(program), [.. arguments])
        {
            Environment = ImmutableSortedDictionary<string, string?>.Empty.Add("SLURM_CONF", Settings),
        }.RunAsync(Cancellation);
        return result.Output;
    }

    /// <inheritdoc/>
    public ValueTask InitializeAsync() => default;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_node is not null)
            await AskAsync("scancel", "--full", "--signal=KILL", "--state=running", "--user=root");
        foreach (var daemon in _daemons.AsEnumerable().Reverse().Prepend(_node).OfType<Process>())
        {
            daemon.Kill(entireProcessTree: true);
            await daemon.WaitForExitAsync(CancellationToken.None);
        }

        _daemons.ForEach(daemon => daemon.Dispose());
        _node?.Dispose();

        Directory.Delete(_root, recursive: true);
    }

    private static async Task UntilAsync(Func<Task<bool>> holds, string otherwise)
    {
        for (var began = Stopwatch.GetTimestamp(); !await holds();)
        {
            Assert.True(Stopwatch.GetElapsedTime(began) < TimeSpan.FromMinutes(10), otherwise);
            await Task.Delay(200, Cancellation);
        }
    }

    private static string Machine(string program) => Harness.Host.Processes.Machine.FindProgram(program) ?? program;

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    // What it prints goes to a file: beside the tests' own lines it would hide them.
    private Process Daemon(string program, params string[] arguments)
    {
        var info = new ProcessStartInfo("sh", ["-c", "exec \"$@\" >>\"$0\" 2>&1", Path.Combine(_root, "daemons.log"), program, .. arguments]);
        info.Environment["SLURM_CONF"] = Settings;
        return Process.Start(info)!;
    }
}
