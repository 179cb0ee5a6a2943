using Harness.Core;
using Harness.Core.Planning;
using Harness.Host.Facts;
using Harness.Host.Processes;

namespace Harness.Engines.Endpoints;

/// <summary>Where an engine listens and how it was found.</summary>
/// <param name="Address"><c>unix://</c>, <c>tcp://</c>, <c>ssh://</c>, <c>npipe://</c>.</param>
/// <param name="FoundBy">As <see cref="Core.Model.EngineFacts.FoundBy"/> has it.</param>
public sealed record EngineEndpoint(Uri Address, string FoundBy)
{
    private const string Ssh = "ssh";

    /// <summary>Given by <c>--engine</c>.</summary>
    public const string ByOption = "--engine";

    /// <summary>Given by the environment.</summary>
    public const string ByEnvironment = "DOCKER_HOST";

    /// <summary>The current Docker context.</summary>
    public const string ByContext = "context";

    /// <summary>Where Docker listens unless told otherwise.</summary>
    public const string ByDefault = "default socket";

    /// <summary>Where an engine that nobody named listens by habit.</summary>
    /// <param name="engine">Its name.</param>
    internal static string ByKnownSocket(string engine) => $"socket of {engine}";

    /// <summary>Started by the harness.</summary>
    public const string ByPrivateDaemon = "private daemon";

    /// <summary>A Podman that the harness started.</summary>
    public const string ByPrivatePodman = "private Podman";

    /// <summary>In a VM that the harness has booted.</summary>
    public const string ByMachine = "VM of the harness";

    /// <summary>Whether the user named it: then it is this engine or an error.</summary>
    public bool IsExplicit => FoundBy is ByOption or ByEnvironment or ByContext;

    /// <summary>Whether the harness started it and may do with it as it likes.</summary>
    public bool IsPrivate => FoundBy is ByPrivateDaemon or ByPrivatePodman;

    /// <summary>Whether it is a Docker that the harness started, with a containerd beside it.</summary>
    public bool IsPrivateDocker => FoundBy == ByPrivateDaemon;

    /// <summary>Whether the harness booted the VM that it runs in.</summary>
    public bool IsInOwnMachine => FoundBy == ByMachine;

    /// <summary>Whether it is reached through ssh: wherever that ends, it is not here.</summary>
    public bool IsThroughSsh => Address.Scheme == Ssh;

    /// <summary>Whether it listens at an address of this host. A tunnel does too: a container's boot id says where containers run.</summary>
    public bool HasLocalAddress => Address.Scheme is "unix" or "npipe" || (Address.IsLoopback && !IsThroughSsh);

    /// <summary>What kind of address it has, without saying which: hosts and users are nobody's business who reads a run.</summary>
    public string Class => Address.Scheme switch
    {
        _ when IsInOwnMachine => "a VM of the harness",
        "unix" => IsPrivate ? "a local socket, started by the harness" : "a local socket",
        "npipe" => "a named pipe",
        Ssh => "ssh",
        _ => $"TCP{(Tls is null ? "" : " with TLS")}{(Address.IsLoopback ? " on this host" : "")}",
    };

    /// <summary>
    /// By which the cache tells what lies in this engine from what lies in another: the same in every run that reaches it by this address. Null where it
    /// ends with the run, so that nothing in it outlives that or is another's.
    /// </summary>
    internal string? Identity => FoundBy switch
    {
        ByMachine => null,
        // Which of its sockets comes first follows from the runtimes that are installed.
        ByPrivatePodman => ByPrivatePodman,
        _ => Address.Scheme == "unix" ? "unix://" + Machine.RealPath(Address.AbsolutePath) : Shown,
    };

    /// <summary>How it is reached, for people: <c>over ssh to lab</c>.</summary>
    public string Reached => Address.Scheme switch
    {
        "unix" => "over a local socket",
        "npipe" => "over a named pipe",
        Ssh => $"over ssh to {Address.Host}",
        _ => Tls is null ? $"over TCP to {Address.Host}, not encrypted" : $"over TCP with TLS to {Address.Host}",
    };

    /// <summary>The name of Docker's context that led here; null where none did.</summary>
    public string? Context { get; init; }

    /// <summary>How it is spoken to over TLS; null where it is not.</summary>
    public EngineTls? Tls { get; init; }

    /// <summary>Whether others can read along: neither TLS nor this host alone. A login must not go there.</summary>
    public bool IsOpenWire => Tls is null && !HasLocalAddress && !IsThroughSsh;

    /// <summary>Makes a connection to it; null where the address says it all.</summary>
    internal Func<CancellationToken, ValueTask<Stream>>? Dial => IsThroughSsh ? _ => ValueTask.FromResult<Stream>(SshConnection.Open(Address)) : null;

    /// <summary>As it may be shown: without a login.</summary>
    public string Shown => Redaction.Address(Address.OriginalString);

    /// <summary>Reads an address as a user writes it.</summary>
    /// <exception cref="HarnessException">Not the address of an engine.</exception>
    public static EngineEndpoint Parse(string address, string foundBy)
    {
        if (address == RuntimeNames.DockerInVm)
            throw new HarnessException($"{foundBy} {RuntimeNames.DockerInVm} is booted by 'run', 'all' and 'plan' alone: this command looks at an engine that is there; give its address, or leave {foundBy} out");
        if (!Uri.TryCreate(address, UriKind.Absolute, out var uri))
            throw Unusable(address, foundBy, "is not an address");
        return uri.Scheme switch
        {
            "unix" when uri.AbsolutePath.Length > 1 => new EngineEndpoint(uri, foundBy),
            "tcp" or "http" when uri.Port > 0 => new EngineEndpoint(uri, foundBy),
            "npipe" when OperatingSystem.IsWindows() => new EngineEndpoint(uri, foundBy),
            "npipe" => throw Unusable(address, foundBy, "is a named pipe, which only Windows has"),
            Ssh when uri.UserInfo.Contains(':', StringComparison.Ordinal) => throw Unusable(address, foundBy, "holds a password, which ssh takes from nobody"),
            Ssh when uri.Host.Length > 0 && uri.Query.Length + uri.Fragment.Length == 0 => new EngineEndpoint(uri, foundBy),
            _ => throw Unusable(address, foundBy, "is not the address of an engine"),
        };
    }

    private static HarnessException Unusable(string address, string foundBy, string why) =>
        new($"{foundBy} '{Redaction.Address(address)}' {why}: give --engine unix:///PATH, tcp://HOST:PORT or ssh://USER@HOST{(OperatingSystem.IsWindows() ? " or npipe://./pipe/NAME" : "")}");
}
