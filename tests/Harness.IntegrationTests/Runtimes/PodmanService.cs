using System.Diagnostics;
using System.Runtime.Versioning;
using Harness.Core;
using Harness.Engines.Connecting;
using Harness.Engines.Endpoints;
using Harness.Host.Processes;

namespace Harness.IntegrationTests.Runtimes;

/// <summary>A Podman service of a test's own: its store, its settings, its socket. It is removed with all that its containers left.</summary>
[SupportedOSPlatform("linux")]
internal sealed class PodmanService : IDisposable
{
    // Limits that a machine without CAP_SYS_RESOURCE can set, control groups without systemd, no journal; and locks that no other Podman has.
    private const string Settings = """
        [containers]
        default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
        [engine]
        cgroup_manager = "cgroupfs"
        events_logger = "file"
        lock_type = "file"
        """;

    private readonly Process _process;
    private readonly string _root;

    private PodmanService(Process process, string root, string socket) => (_process, _root, Socket) = (process, root, socket);

    /// <summary>Where it listens.</summary>
    internal string Socket { get; }

    /// <summary>XDG_RUNTIME_DIR of a rootless one's user.</summary>
    internal string RuntimeFolder => _root;

    internal string Address => $"unix://{Socket}";

    /// <summary>Starts one whose containers run under a runtime.</summary>
    /// <param name="runtime">The OCI runtime's name.</param>
    /// <param name="user">Whose it is: rootless, with the socket where such a one listens; null: root's.</param>
    internal static async Task<PodmanService> StartAsync(string runtime, OrdinaryUser? user = null)
    {
        await Tools.RequireAsync("podman", "podman");
        var root = Directory.CreateTempSubdirectory("h-").FullName;
        // By podman-system-service(1).
        var socket = user is null ? $"{root}/s" : $"{root}/podman/podman.sock";
        Directory.CreateDirectory(Path.GetDirectoryName(socket)!);
        await File.WriteAllTextAsync(Path.Combine(root, "containers.conf"), $"{Settings}\nruntime = \"{runtime}\"\n", Cancellation);
        if (user is not null)
            await user.OwnAsync(root);
        var process = Process.Start(new ProcessStartInfo("/bin/sh",
        [
            "-c", $"cd / && exec \"$@\" > {root}/log 2>&1", "sh", .. user?.Through(null) ?? [], "podman", "--root", $"{root}/store", "--runroot", $"{root}/run", "--tmpdir", $"{root}/tmp",
            "system", "service", "-t", "0", $"unix://{socket}",
        ])
        {
            Environment = { ["CONTAINERS_CONF"] = $"{root}/containers.conf", ["XDG_RUNTIME_DIR"] = user is null ? null : root },
        })!;
        var service = new PodmanService(process, root, socket);
        // It listens before it is ready.
        for (var tries = 0; tries < 100 && !process.HasExited; tries++)
        {
            try
            {
                using var engine = await EngineConnection.OpenAsync(EngineEndpoint.Parse(service.Address, EngineEndpoint.ByOption), TimeSpan.FromSeconds(60), Cancellation);
                return service;
            }
            catch (HarnessException)
            {
                await Task.Delay(100, Cancellation);
            }
        }

        var log = await File.ReadAllTextAsync($"{root}/log", Cancellation);
        service.Dispose();
        throw new InvalidOperationException($"podman did not start: {log}");
    }

    /// <summary>The conmons of its containers, by their names: what a look from outside shows of each one's runtime.</summary>
    internal IReadOnlyList<(string Container, string Program, string Folder)> Conmons() =>
    [
        .. from process in ProcessTable.All()
           let arguments = ProcessTable.Arguments(process.Id)
           where arguments is [var program, ..] && Path.GetFileName(program) == "conmon" && arguments.Any(argument => argument.StartsWith(_root + "/", StringComparison.Ordinal))
           select (After(arguments, "-n"), After(arguments, "-r"), After(arguments, "-b")),
    ];

    public void Dispose()
    {
        var all = ProcessTable.All().Where(entry => ProcessTable.Arguments(entry.Id).Any(argument => argument.StartsWith(_root + "/", StringComparison.Ordinal))).ToList();
        foreach (var entry in all.Where(entry => entry.Id != _process.Id))
            ProcessTable.KillTree(entry);
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        _process.WaitForExit();
        _process.Dispose();
        foreach (var mount in File.ReadLines("/proc/self/mounts").Select(line => line.Split(' ')[1]).Where(point => point.StartsWith(_root + "/", StringComparison.Ordinal)).Reverse().ToList())
            Process.Start("umount", ["-l", mount])!.WaitForExit();
        using var rm = Process.Start("rm", ["-rf", _root]);
        rm.WaitForExit();
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static string After(System.Collections.Immutable.ImmutableArray<string> arguments, string option) =>
        arguments.IndexOf(option) is >= 0 and var at && at + 1 < arguments.Length ? arguments[at + 1] : "";
}
