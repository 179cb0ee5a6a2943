using System.Text.RegularExpressions;

namespace Harness.Core.Planning;

/// <summary>What <c>--engine</c> says: nothing, one engine without a name, or engines with names.</summary>
/// <param name="Unnamed">The address of one engine, or <see cref="RuntimeNames.DockerInVm"/>; null where none is given without a name.</param>
/// <param name="Named">In the order in which they were given.</param>
public sealed partial record EngineArguments(string? Unnamed, ImmutableArray<NamedEngine> Named)
{
    private const string Example = "--engine docker=unix:///run/docker.sock --engine podman=unix:///run/podman/podman.sock";

    /// <summary>No engine is given.</summary>
    public static EngineArguments None { get; } = new(null, []);

    /// <summary>Whether the option was not given.</summary>
    public bool IsNone => Unnamed is null && Named.IsEmpty;

    /// <summary>Reads the values of the option.</summary>
    /// <exception cref="HarnessException">A name is not allowed, is there twice, or is missing.</exception>
    public static EngineArguments Parse(IReadOnlyList<string> values)
    {
        var parts = values.Select(Split).ToList();
        if (parts is [(null, var only)])
        {
            return only == NamedEngine.Private
                ? throw new HarnessException($"--engine {NamedEngine.Private} has no name: write {string.Join(" or ", KnownEngines.Started.Select(name => $"--engine {name}={NamedEngine.Private}"))}")
                : new EngineArguments(only, []);
        }

        var named = ImmutableArray.CreateBuilder<NamedEngine>();
        foreach (var (name, where) in parts)
        {
            var engine = (name, where) switch
            {
                (null, RuntimeNames.DockerInVm) => new NamedEngine(where, where),
                (null, _) => throw new HarnessException($"--engine is given {values.Count} times, once without a name: give each a name, as {Example}"),
                ({ } known, _) => Checked(known, where),
            };
            if (named.Any(other => other.Name == engine.Name))
                throw new HarnessException($"--engine: two engines are called '{engine.Name}': give one of them another name");
            named.Add(engine);
        }

        return new EngineArguments(null, named.ToImmutable());
    }

    private static (string? Name, string Where) Split(string value) =>
        WithName().Match(value) is { Success: true } match ? (match.Groups[1].Value, match.Groups[2].Value) : (null, value);

    private static NamedEngine Checked(string name, string where)
    {
        if (!Allowed().IsMatch(name))
            throw new HarnessException($"--engine: '{name}' is no name for an engine: take 1 to 20 lower-case letters, digits and '-', a letter first, as {Example}");
        // What it is must follow from the name, since it has no address.
        if (where == NamedEngine.Private && !KnownEngines.Started.Contains(name))
            throw new HarnessException($"--engine {name}={NamedEngine.Private}: the harness starts engines called {string.Join(" and ", KnownEngines.Started)} alone: use one of these names, or give an address");
        return new NamedEngine(name, where);
    }

    // An address has ':' or '/' before any '='.
    [GeneratedRegex("^([^=:/]*)=(.*)$", RegexOptions.Singleline)]
    private static partial Regex WithName();

    [GeneratedRegex("^[a-z][a-z0-9-]{0,19}$")]
    private static partial Regex Allowed();
}
