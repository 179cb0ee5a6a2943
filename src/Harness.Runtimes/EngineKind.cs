using Harness.Core;
using Harness.Engines.Connecting;

namespace Harness.Runtimes;

/// <summary>Which kind of engine answers.</summary>
public static class EngineKind
{
    /// <summary><c>docker</c> or <c>podman</c>; null where none is named and none answers. Starts nothing.</summary>
    /// <param name="engineUri"><c>--engine</c>, or null.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="HarnessException">The engine that the user named does not answer: what its cells are called is not known.</exception>
    public static async Task<string?> FindAsync(string? engineUri, CancellationToken cancellation)
    {
        using var engine = await EngineLocator.FindAsync(EngineSearch.FromEnvironment(engineUri), cancellation);
        return engine?.Engine.Name;
    }
}
