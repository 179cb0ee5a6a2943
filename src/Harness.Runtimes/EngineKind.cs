using Harness.Core;
using Harness.Core.Planning;
using Harness.Runtimes.Engines;

namespace Harness.Runtimes;

/// <summary>Which kind of engine answers.</summary>
public static class EngineKind
{
    /// <summary><c>docker</c> or <c>podman</c>; null where none answers. Starts nothing, and is no error: a run says what it lacks when it needs it.</summary>
    /// <param name="engineUri"><c>--engine</c>, or null.</param>
    /// <param name="cancellation">Ends it.</param>
    public static async Task<string?> FindAsync(string? engineUri, CancellationToken cancellation)
    {
        try
        {
            using var engine = await EngineLocator.FindAsync(EngineSearch.FromEnvironment(engineUri), cancellation);
            return engine is null ? null : engine.IsPodman ? RuntimeNames.Podman : RuntimeNames.Docker;
        }
        catch (HarnessException)
        {
            return null;
        }
    }
}
