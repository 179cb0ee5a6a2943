namespace Harness.Core.Planning;

/// <summary>
/// How definitions and the command line name runtimes, and the engine each has unless one is named.
/// <c>/runc</c> is an OCI runtime that the harness calls itself, without an engine.
/// </summary>
public static class RuntimeNames
{
    /// <summary>The engine of a container where none is named and none was found.</summary>
    public const string Docker = "docker";

    /// <summary>Podman, by its Docker API.</summary>
    public const string Podman = "podman";

    /// <summary>Docker in a VM that the harness boots: another engine than the one that answers here, so never the default of a name without one.</summary>
    public const string DockerInVm = "docker@vm";

    /// <summary>All engines that are looked for.</summary>
    public static ImmutableArray<string> Engines { get; } = [.. KnownEngines.Found.Select(known => known.Name)];

    /// <summary>Splits <c>runc</c>, <c>docker/runc</c> or <c>/runc</c>.</summary>
    /// <param name="name">As definitions and the command line have it.</param>
    /// <param name="engine">The engine of a container where the name has none.</param>
    /// <exception cref="HarnessException">No such runtime; the known ones are named.</exception>
    public static (string Engine, string Runtime) Resolve(string name, string engine = Docker)
    {
        var slash = name.IndexOf('/', StringComparison.Ordinal);
        var named = slash < 0 ? null : name[..slash];
        return KnownRuntimes.Find(slash < 0 ? name : name[(slash + 1)..]) switch
        {
            { IsOci: true } runtime when named is null or "" || named == engine || KnownEngines.Find(named) is not null => (named ?? engine, runtime.Name),
            { IsOci: false } runtime when named is null or "" => ("", runtime.Name),
            _ => throw new HarnessException($"There is no runtime '{name}'; choose one of: {string.Join(", ", Known())}"),
        };
    }

    /// <summary>The runtimes that a name stands for in a run: without an engine it is one of each engine.</summary>
    /// <param name="name">As definitions and the command line have it.</param>
    /// <param name="engines">The run's engines.</param>
    /// <param name="isChosen">
    /// Whether the user named it. An experiment's <c>podman/crun</c> is for runs that have a Podman; one in a VM of the harness can always be had.
    /// </param>
    /// <exception cref="HarnessException">No such runtime; the known ones are named.</exception>
    public static IEnumerable<(string Engine, string Runtime)> ResolveAll(string name, ImmutableArray<string> engines, bool isChosen)
    {
        var slash = name.IndexOf('/', StringComparison.Ordinal);
        if (slash < 0)
            return engines.Select(engine => Resolve(name, engine)).Distinct();
        var named = name[..slash];
        var isOfRun = engines.Contains(named);
        var resolved = isOfRun ? Resolve(name, named) : Resolve(name);
        return isChosen || isOfRun || named is "" or DockerInVm ? [resolved] : [];
    }

    private static IEnumerable<string> Known() =>
        KnownRuntimes.Oci.Select(runtime => runtime.DirectName).Order(StringComparer.Ordinal).Concat(KnownRuntimes.All.Select(runtime => runtime.Name).Order(StringComparer.Ordinal));
}
