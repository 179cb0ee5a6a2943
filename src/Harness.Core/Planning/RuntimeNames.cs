namespace Harness.Core.Planning;

/// <summary>
/// The runtimes that definitions and the command line can name, and the engine each has unless one is named.
/// <c>/runc</c> is an OCI runtime that the harness calls itself, without an engine.
/// </summary>
public static class RuntimeNames
{
    /// <summary>The runtime of plain processes on the machine's own userland.</summary>
    public const string Host = "host";

    /// <summary>The runtime of virtual machines, which alone boots kernels of its own.</summary>
    public const string Qemu = "qemu";

    /// <summary>The runtime of processes in namespaces of their own, without any container program.</summary>
    public const string Namespaces = "namespaces";

    /// <summary>The engine of a container where none is named and none was found.</summary>
    public const string Docker = "docker";

    /// <summary>Podman, by its Docker API.</summary>
    public const string Podman = "podman";

    /// <summary>Docker in a VM that the harness boots: another engine than the one that answers here, so never the default of a name without one.</summary>
    public const string DockerInVm = "docker@vm";

    /// <summary>All engines that are looked for.</summary>
    public static ImmutableArray<string> Engines { get; } = [Docker, Podman];

    private static readonly ImmutableArray<string> _called = ["crun", "runc", "runsc"];
    private static readonly ImmutableArray<string> _alone = [Host, Namespaces, Qemu];

    /// <summary>Splits <c>runc</c>, <c>docker/runc</c> or <c>/runc</c>.</summary>
    /// <param name="name">As definitions and the command line have it.</param>
    /// <param name="engine">The engine of a container where the name has none.</param>
    /// <exception cref="HarnessException">No such runtime; the known ones are named.</exception>
    public static (string Engine, string Runtime) Resolve(string name, string engine = Docker)
    {
        var slash = name.IndexOf('/', StringComparison.Ordinal);
        var runtime = slash < 0 ? name : name[(slash + 1)..];
        var named = slash < 0 ? null : name[..slash];
        if (_called.Contains(runtime) && (named is null or "" or DockerInVm || Engines.Contains(named)))
        {
            return (named ?? engine, runtime);
        }

        return _alone.Contains(runtime) && named is null or ""
            ? ("", runtime)
            : throw new HarnessException($"There is no runtime '{name}'; known: {string.Join(", ", _called.Select(called => "/" + called).Concat(_called.Concat(_alone).Order(StringComparer.Ordinal)))}");
    }
}
