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

    private static readonly ImmutableArray<string> _called = ["crun", "runc", "runsc"];

    private static readonly ImmutableSortedDictionary<string, string> _engineOf = new Dictionary<string, string>
    {
        [Host] = "",
        [Qemu] = "",
        [Namespaces] = "",
        ["runc"] = "docker",
        ["crun"] = "docker",
        ["runsc"] = "docker",
    }.ToImmutableSortedDictionary(StringComparer.Ordinal);

    /// <summary>Splits <c>runc</c>, <c>docker/runc</c> or <c>/runc</c>.</summary>
    /// <exception cref="HarnessException">No such runtime; the known ones are named.</exception>
    public static (string Engine, string Runtime) Resolve(string name)
    {
        var slash = name.IndexOf('/', StringComparison.Ordinal);
        var runtime = slash < 0 ? name : name[(slash + 1)..];
        if (slash == 0 && _called.Contains(runtime))
        {
            return ("", runtime);
        }

        if (!_engineOf.TryGetValue(runtime, out var engine) || (slash >= 0 && name[..slash] != engine))
        {
            throw new HarnessException($"There is no runtime '{name}'; known: {string.Join(", ", _called.Select(called => "/" + called).Concat(_engineOf.Keys))}");
        }

        return (engine, runtime);
    }
}
