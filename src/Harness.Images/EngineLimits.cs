using Harness.Core.Model;
using Harness.Core.Planning;
using Harness.Engines.Endpoints;

namespace Harness.Images;

/// <summary>Limits of memory and processes that an engine, or one of its runtimes, does not keep.</summary>
internal static class EngineLimits
{
    /// <summary>What a reader must know, a sentence each.</summary>
    internal static IEnumerable<string> Remarks(EngineFacts facts, EngineEndpoint endpoint)
    {
        if (facts.Unlimited is { } reason)
            yield return $"The engine keeps no limits of memory and processes ({reason}): none were asked for.";
        foreach (var runtime in KnownRuntimes.Oci.Where(known => known.UnlimitedBy is not null && facts.Runtimes.Contains(known.Name)))
        {
            yield return $"{runtime.Title} ({runtime.Name}) " + (endpoint.IsPrivate
                ? $"runs with {runtime.UnlimitedBy}: memory and process limits are not enforced on its sandboxes."
                : "is set up by the engine's administrator: whether limits are enforced on its sandboxes is not known.");
        }
    }
}
