using System.Diagnostics;
using System.Runtime.Versioning;
using Harness.Core;
using Harness.Engines.Connecting;
using Harness.Engines.Endpoints;
using Harness.Host.Paths;
using Harness.Host.Processes;
using Harness.Images.Packages;
using Harness.Images.Userlands;

namespace Harness.IntegrationTests.Runtimes;

/// <summary>
/// The Docker of a later Debian than this machine's, with an image store of choice. It runs in a root of its own, made from Debian's mirror once and kept
/// in the cache; the kernel, the processes and one folder are this machine's.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed class NewerDocker : IDisposable
{
    private const string Suite = "sid";

    // A plain chroot will not do: the runtime mounts on /, which there is no mount.
    private const string Start = """
        set -e
        root=$1; shared=$2; shift 2
        mount --make-rprivate /
        mount --bind "$root" "$root"
        cd "$root"
        mount -t proc proc proc
        mount --rbind /sys sys
        mount --rbind /dev dev
        mount -t tmpfs tmpfs run
        mount -t tmpfs tmpfs tmp
        mkdir -p ".$shared" run/old
        mount --bind "$shared" ".$shared"
        pivot_root . run/old
        cd /
        umount -l /run/old
        exec dockerd --bridge=none --iptables=false --data-root "$shared/d/data" --exec-root "$shared/d/exec" --pidfile "$shared/d/pid" -H "unix://$shared/d/s" "$@"
        """;

    private readonly Process _process;
    private readonly string _shared;

    private NewerDocker(Process process, string shared) => (_process, _shared) = (process, shared);

    /// <summary>The folder that its shims' command lines name.</summary>
    internal string Folder => Path.Combine(_shared, "d");

    internal string Address => $"unix://{_shared}/d/s";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Starts it.</summary>
    /// <param name="shared">A folder that it sees under the same path as this machine.</param>
    /// <param name="arguments">More for dockerd.</param>
    internal static async Task<NewerDocker> StartAsync(string shared, params string[] arguments)
    {
        await Tools.RequireAsync("mmdebstrap", "mmdebstrap");
        var root = await RootAsync();
        Directory.CreateDirectory(Path.Combine(shared, "d"));
        var process = Process.Start(new ProcessStartInfo("unshare", ["--mount", "sh", "-c", $"exec > {shared}/d/log 2>&1\n{Start}", "sh", root, shared, .. arguments]))!;
        var docker = new NewerDocker(process, shared);
        for (var tries = 0; tries < 600; tries++)
        {
            if (process.HasExited)
                break;
            if (File.Exists($"{shared}/d/s"))
            {
                try
                {
                    using var engine = await docker.ConnectAsync();
                    return docker;
                }
                catch (HarnessException)
                {
                    // Not ready.
                }
            }

            await Task.Delay(100, Cancellation);
        }

        var log = await File.ReadAllTextAsync($"{shared}/d/log", Cancellation);
        docker.Dispose();
        throw new InvalidOperationException($"dockerd did not start: {log[Math.Max(0, log.Length - 2000)..]}");
    }

    internal Task<EngineConnection> ConnectAsync() => EngineConnection.OpenAsync(EngineEndpoint.Parse(Address, EngineEndpoint.ByOption), TimeSpan.FromSeconds(10), Cancellation);

    /// <summary>The sandbox of each container that was created since a time, as the engine's own record of events has it.</summary>
    internal async Task<IReadOnlyDictionary<string, string>> SandboxesAsync(DateTimeOffset since)
    {
        var times = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"since={since.ToUnixTimeSeconds() - 1}&until={DateTimeOffset.UtcNow.ToUnixTimeSeconds() + 1}");
        var filters = Uri.EscapeDataString("""{"type":["container"],"event":["create"]}""");
        var lines = await EngineWire.GetAsync(EngineEndpoint.Parse(Address, EngineEndpoint.ByOption), $"/events?{times}&filters={filters}", TimeSpan.FromSeconds(30), Cancellation);
        var made = from line in lines.Split('\n', StringSplitOptions.RemoveEmptyEntries)
                   let actor = System.Text.Json.Nodes.JsonNode.Parse(line)!["Actor"]!
                   select ((string)actor["ID"]!, (string?)actor["Attributes"]![EngineContainers.SandboxLabel]);
        return made.Where(pair => pair.Item2 is not null).ToDictionary(pair => pair.Item1, pair => pair.Item2!, StringComparer.Ordinal);
    }

    public void Dispose()
    {
        var all = ProcessTable.All().Where(entry => ProcessTable.Arguments(entry.Id).Any(argument => argument.Contains(_shared + "/d/", StringComparison.Ordinal))).ToList();
        if (ProcessTable.Find(_process.Id) is { } daemon)
            ProcessTable.Signal(daemon, Native.SigTerm);
        _process.WaitForExit(30_000);
        foreach (var entry in all)
            ProcessTable.Signal(entry, Native.SigKill);
        _process.Dispose();
        for (var tries = 0; tries < 100 && all.Any(ProcessTable.IsAlive); tries++)
            Thread.Sleep(50);
    }

    /// <summary>Its root: about a minute and 400 MB the first time.</summary>
    private static async Task<string> RootAsync()
    {
        var tests = Path.Combine(EnginePaths.Default().Root, "tests");
        Directory.CreateDirectory(tests);
        using var single = await FileLock.AcquireAsync(Path.Combine(tests, "lock"), Cancellation);
        var root = Path.Combine(tests, $"docker-{Suite}");
        if (Directory.Exists(root))
            return root;
        var options = new RuntimeOptions { RunId = "r", Userlands = [], AgentDirectory = EngineMachine.Agents, Messages = new Progress<string>() };
        var mirror = DebianMirrors.Of(options.Mirrors).Main;
        Tools.SkipWhere(mirror is null, $"no Debian mirror is known: set {Mirrors.DebianVariable}");
        var made = $"{root}.{Environment.ProcessId}";
        var result = await new Command(
            Machine.FindProgram("mmdebstrap")!,
            [
                "--variant=essential", "--components=main", "--include=docker.io,mount", "--aptopt=Acquire::Check-Valid-Until \"false\"", "--aptopt=APT::Install-Recommends \"false\"",
                Suite, made, ReleaseSignature.AcceptedByEnvironment ? $"deb [trusted=yes] {mirror} {Suite} main" : mirror!,
            ]).RunAsync(Cancellation);
        if (result.ExitCode != 0)
            FileTree.Delete(made);
        Tools.SkipWhere(result.ExitCode != 0, $"mmdebstrap could not make {Suite} with docker.io: {result.LastLine}");
        Directory.Move(made, root);
        return root;
    }
}
