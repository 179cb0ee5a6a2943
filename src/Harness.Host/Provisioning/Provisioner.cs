using Harness.Core;
using Harness.Core.Planning;
using Harness.Host.Guarding;
using Harness.Host.Paths;
using Harness.Host.Processes;

namespace Harness.Host.Provisioning;

/// <summary>Installs what is missing, where the user allowed it (<c>--provision</c>, HARNESS_PROVISION=1); otherwise nothing at all.</summary>
public sealed class Provisioner(bool allowed, EnginePaths paths, GuardLink guard, IProgress<string> messages) : IDisposable
{
    /// <summary>The environment variable that allows it.</summary>
    public const string Variable = "HARNESS_PROVISION";

    /// <summary>What checks the signature of a Debian suite.</summary>
    internal static readonly Tool Gpgv = new("gpgv", "gpgv");

    /// <summary>The keys that Debian signs its suites with.</summary>
    internal static readonly Tool DebianKeyring = new("", "debian-archive-keyring") { File = "/usr/share/keyrings/debian-archive-keyring.gpg" };

    /// <summary>What a private engine with every OCI runtime and userlands without a registry need.</summary>
    public static readonly ImmutableArray<Tool> Everything =
    [
        new("dockerd", "docker.io"),
        // The engine's package brings the default one.
        .. KnownRuntimes.Oci.Where(runtime => !runtime.IsDefault).SelectMany(runtime => Tool.Of(runtime)),
        new("mmdebstrap", "mmdebstrap"),
        // mmdebstrap asks it whether a foreign architecture can run here; without it no i386 userland is made.
        new("arch-test", "arch-test"),
        new("busybox", "busybox-static"),
        Gpgv,
        DebianKeyring,
    ];

    /// <summary>What a private Podman needs beside the userlands of <see cref="Everything"/>.</summary>
    public static readonly ImmutableArray<Tool> PrivatePodman =
    [
        new("podman", "podman"),
        new("conmon", "conmon"),
        // Those that every distribution has; the others' cells are unavailable without them.
        .. KnownRuntimes.Oci.SelectMany(runtime => Tool.Of(runtime)),
    ];

    private const int ListsPatience = 300;   // tries, a second apart

    private readonly SemaphoreSlim _turn = new(1, 1);
    private bool _updated;

    /// <summary>What an ordinary user needs to act as root over files of the user's own.</summary>
    internal static ImmutableArray<Tool> SubordinateIds => Machine.IsLinuxRoot ? [] : [new("newuidmap", "uidmap")];

    /// <summary>Whether anything may be installed.</summary>
    public bool IsAllowed => allowed;

    /// <summary>Whether the environment allows it.</summary>
    public static bool AllowedByEnvironment => Environment.GetEnvironmentVariable(Variable) == "1";

    /// <summary>Held by the one process that installs: apt is the machine's, whichever folder a harness keeps its caches in.</summary>
    internal const string LockFile = "/run/harness-provision.lock";

    /// <summary>Installs those tools that are missing. Does nothing where that is not allowed: whoever needs a tool says what is missing.</summary>
    /// <exception cref="HarnessException">It is allowed but cannot be done here; the message names what to install.</exception>
    public async Task EnsureAsync(ImmutableArray<Tool> tools, CancellationToken cancellation)
    {
        if (!allowed)
            return;
        await _turn.WaitAsync(cancellation);
        try
        {
            var missing = Missing(tools);
            if (!missing.IsEmpty)
                await InstallAsync(missing, cancellation);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Refreshes apt's lists, once.</summary>
    internal async Task UpdateAsync(CancellationToken cancellation)
    {
        if (_updated)
            return;
        messages.Report("refreshing package lists (apt-get update)");
        await AptAsync(["update"], cancellation);
        _updated = true;
    }

    /// <inheritdoc/>
    public void Dispose() => _turn.Dispose();

    private static ImmutableArray<Tool> Missing(ImmutableArray<Tool> tools) => [.. tools.Where(tool => !tool.IsThere)];

    private async Task InstallAsync(ImmutableArray<Tool> missing, CancellationToken cancellation)
    {
        var wanted = string.Join(", ", missing.Select(tool => tool.Package));
        var system = OsRelease.Read("/");
        var family = system.GetValueOrDefault("ID", "") + " " + system.GetValueOrDefault("ID_LIKE", "");
        if (!family.Split(' ').Any(name => name is "debian" or "ubuntu") || Machine.FindProgram("apt-get") is null)
            throw new HarnessException($"--provision knows only Debian and Ubuntu: install {wanted} yourself");
        EnginePaths.CreatePrivate(paths.Logs);
        if (!Machine.IsLinuxRoot)
        {
            var sudo = new SudoInstall(Path.Combine(paths.Logs, "apt.log"), messages);
            await sudo.UpdateAsync(wanted, cancellation);
            if (await KnownAsync(missing, cancellation) is { IsEmpty: false } known)
                await sudo.InstallAsync(known, cancellation);
            return;
        }

        using var single = await FileLock.AcquireAsync(LockFile, cancellation);
        // Another harness may have installed them while this one waited.
        missing = Missing(missing);
        if (missing.IsEmpty)
            return;
        await UpdateAsync(cancellation);
        var packages = await KnownAsync(missing, cancellation);
        if (packages.IsEmpty)
            return;
        messages.Report($"installing {string.Join(", ", packages)}");
        await using var policy = await ServicePolicy.NoStartsAsync(guard, messages);
        await AptAsync(["install", "--yes", "--no-install-recommends", .. packages], cancellation);
    }

    // Without those that not every distribution has, where this one has not.
    private async Task<ImmutableArray<string>> KnownAsync(ImmutableArray<Tool> missing, CancellationToken cancellation)
    {
        var packages = ImmutableArray.CreateBuilder<string>();
        foreach (var tool in missing)
        {
            if (!tool.Optional || await ExistsAsync(tool.Package, cancellation))
                packages.Add(tool.Package);
            else
                messages.Report($"this distribution has no package {tool.Package}: cells that need it are unavailable");
        }

        return packages.ToImmutable();
    }

    private async Task AptAsync(ImmutableArray<string> arguments, CancellationToken cancellation)
    {
        EnginePaths.CreatePrivate(paths.Logs);
        var log = Path.Combine(paths.Logs, "apt.log");
        var command = new Command(Machine.FindProgram("apt-get")!, ["-o", "DPkg::Lock::Timeout=300", "--quiet", .. arguments])
        {
            Environment = ImmutableSortedDictionary<string, string?>.Empty.Add("DEBIAN_FRONTEND", "noninteractive").Add("LC_ALL", "C"),
            LogFile = log,
        };
        var result = await command.RunAsync(cancellation);
        // The option waits for dpkg's lock, not for that of the lists, which another program's update holds.
        for (var tries = 0; tries < ListsPatience && result.ExitCode != 0 && result.Error.Contains("Could not get lock /var/lib/apt/lists", StringComparison.Ordinal); tries++)
        {
            await Task.Delay(TimeSpan.FromSeconds(1), cancellation);
            result = await command.RunAsync(cancellation);
        }

        if (result.ExitCode != 0)
            throw new HarnessException($"apt-get {arguments[0]} failed ({result.LastLine}): see {log}");
    }

    private static async Task<bool> ExistsAsync(string package, CancellationToken cancellation)
    {
        var result = await new Command("apt-cache", ["show", "--no-all-versions", package]).RunAsync(cancellation);
        return result.ExitCode == 0 && result.Output.Length > 0;
    }
}
