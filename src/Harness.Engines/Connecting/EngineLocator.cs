using Harness.Core;
using Harness.Engines.Endpoints;
using Harness.Host.Paths;
using Harness.Host.Processes;

namespace Harness.Engines.Connecting;

/// <summary>What decides which engine is used, taken from the machine once.</summary>
internal sealed record EngineSearch
{
    /// <summary><c>--engine</c>, or null.</summary>
    internal string? Option { get; init; }

    /// <summary>DOCKER_HOST, or null.</summary>
    internal string? DockerHost { get; init; }

    /// <summary>DOCKER_CONTEXT, or null.</summary>
    internal string? ContextName { get; init; }

    /// <summary>How an engine at a network address is spoken to over TLS, as the environment says; null where it says nothing.</summary>
    internal Func<EngineTls?> Tls { get; init; } = () => null;

    /// <summary>Docker's settings folder.</summary>
    internal required string DockerFolder { get; init; }

    /// <summary>Where Docker listens unless told otherwise.</summary>
    internal required string DefaultAddress { get; init; }

    /// <summary>Where other engines listen that nobody need name.</summary>
    internal ImmutableArray<KnownSocket> Known { get; init; } = [];

    /// <summary>What this process's environment says.</summary>
    internal static EngineSearch FromEnvironment(string? option) => new()
    {
        Tls = () => EngineTls.FromEnvironment(Environment.GetEnvironmentVariable, Folder()),
        Option = option,
        DockerHost = Environment.GetEnvironmentVariable("DOCKER_HOST"),
        ContextName = Environment.GetEnvironmentVariable("DOCKER_CONTEXT"),
        DockerFolder = Folder(),
        DefaultAddress = OperatingSystem.IsWindows() ? "npipe://./pipe/docker_engine" : "unix:///var/run/docker.sock",
        Known = KnownSockets.OfHost(),
    };

    private static string Folder() => Environment.GetEnvironmentVariable("DOCKER_CONFIG") is { Length: > 0 } folder
        ? folder
        : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".docker");
}

/// <summary>Finds the engine: the named one or an error; else the default socket, a rootless engine's, a desktop product's; else a private daemon.</summary>
internal static class EngineLocator
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>The engine the user named, by option, environment or context, in this order; null where none is.</summary>
    /// <exception cref="HarnessException">It is not an address, or its TLS is not what the harness does.</exception>
    internal static EngineEndpoint? Named(EngineSearch search)
    {
        var named = Address(search);
        // Of a context its own certificates count, as with Docker's command line.
        return named is { Address.Scheme: "tcp" or "http", Tls: null } ? named with { Tls = search.Tls() } : named;
    }

    private static EngineEndpoint? Address(EngineSearch search)
    {
        if (!string.IsNullOrEmpty(search.Option))
            return EngineEndpoint.Parse(search.Option, EngineEndpoint.ByOption);
        // As Docker's own command line has it: DOCKER_HOST wins over a context.
        if (!string.IsNullOrEmpty(search.DockerHost))
            return EngineEndpoint.Parse(search.DockerHost, EngineEndpoint.ByEnvironment);
        return DockerContext.CurrentAddress(search.DockerFolder, search.ContextName) is { } address
            ? EngineEndpoint.Parse(address, EngineEndpoint.ByContext) with { Tls = DockerContext.CurrentTls(search.DockerFolder, search.ContextName), Context = DockerContext.Name(search.DockerFolder, search.ContextName) }
            : null;
    }

    /// <summary>A connection to the engine that is there already; null where only a private daemon can help.</summary>
    /// <exception cref="HarnessException">The engine that the user named does not answer.</exception>
    internal static async Task<EngineConnection?> FindAsync(EngineSearch search, CancellationToken cancellation)
    {
        if (Named(search) is { } named)
            return await EngineConnection.OpenAsync(named, Patience, cancellation);
        foreach (var endpoint in Unnamed(search))
        {
            try
            {
                return await EngineConnection.OpenAsync(endpoint, Patience, cancellation);
            }
            catch (HarnessException)
            {
                // Nobody named it: a socket that a stopped engine left behind, or that this user may not open, is no engine.
            }
        }

        return null;
    }

    // Docker's default first. A socket that is not there is not asked.
    internal static IEnumerable<EngineEndpoint> Unnamed(EngineSearch search) => search.Known
        .Select(known => EngineEndpoint.Parse(known.Address, EngineEndpoint.ByKnownSocket(known.Engine)))
        .Where(endpoint => endpoint.Address.Scheme != "npipe" || IsPipe(endpoint.Address))
        .Prepend(EngineEndpoint.Parse(search.DefaultAddress, EngineEndpoint.ByDefault))
        .Where(endpoint => endpoint.Address.Scheme != "unix" || File.Exists(endpoint.Address.AbsolutePath));

    // Connecting to a pipe that is not there waits for it.
    private static bool IsPipe(Uri address) =>
        OperatingSystem.IsWindows() && Directory.EnumerateFiles(@"\\.\pipe\").Any(pipe => Path.GetFileName(pipe) == address.Segments[^1]);

    /// <summary>Why no private Podman can be started here, with the remedy; null where one can.</summary>
    internal static string? NoPrivatePodman(EnginePaths paths) =>
        !Machine.IsLinuxRoot ? "only root can start a private Podman, on Linux: run as root, or start your own (systemctl --user start podman.socket) and name it with --engine podman=unix:///PATH"
        : Machine.FindProgram("podman") is null ? "podman is not installed: install podman, run with --provision, or name a Podman of yours with --engine podman=unix:///PATH"
        : paths.TooDeep;

    /// <summary>Why no private daemon can be started here, with the remedy; null where one can.</summary>
    internal static string? NoPrivateDaemon(EngineSearch search, EnginePaths paths)
    {
        if (!OperatingSystem.IsLinux())
            return "no container engine answers: start Docker Desktop, or name an engine with --engine URI";
        if (!Machine.IsLinuxRoot && EngineEndpoint.Parse(search.DefaultAddress, EngineEndpoint.ByDefault).Address is { Scheme: "unix" } standard && SocketAccess.Denied(standard.AbsolutePath) is { } denied)
            return denied;
        if (Machine.FindProgram("dockerd") is null)
            return "no container engine answers and dockerd is not installed: install docker.io, run as root with --provision, or name an engine with --engine URI";
        return Machine.IsLinuxRoot
            ? paths.TooDeep
            : "no container engine answers and only root can start one: start Docker or Podman (systemctl --user start podman.socket), run as root, or name an engine with --engine URI";
    }
}
