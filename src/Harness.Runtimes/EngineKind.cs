using Harness.Core;
using Harness.Core.Planning;
using Harness.Engines.Connecting;

namespace Harness.Runtimes;

/// <summary>Which kind of engine answers.</summary>
public static class EngineKind
{
    /// <summary>As <c>docker</c> or <c>podman</c>; null where none is named and none answers. Starts nothing.</summary>
    /// <param name="engineUri"><c>--engine</c>, or null.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="HarnessException">The engine that the user named does not answer: what its cells are called is not known.</exception>
    public static async Task<string?> FindAsync(string? engineUri, CancellationToken cancellation)
    {
        using var engine = await EngineLocator.FindAsync(EngineSearch.FromEnvironment(engineUri), cancellation);
        return engine?.Engine.Name;
    }

    /// <summary>Asks the engines that have names, until one answers. Those that the harness starts count as there.</summary>
    /// <exception cref="HarnessException">None answers: a run would measure nothing of any. One line for each.</exception>
    public static async Task RequireAnyAsync(ImmutableArray<NamedEngine> engines, CancellationToken cancellation)
    {
        var reasons = new List<string>();
        foreach (var engine in engines)
        {
            if (engine.IsPrivate || engine.IsInVm)
                return;
            try
            {
                using var found = await EngineLocator.FindAsync(EngineSearch.FromEnvironment(engine.Where), cancellation);
                return;
            }
            catch (HarnessException e)
            {
                reasons.Add($"{engine.Name}: {e.Message}");
            }
        }

        if (reasons.Count > 0)
            throw new HarnessException(string.Join('\n', reasons));
    }
}
