using Harness.Engines.Connecting;

namespace Harness.Images;

/// <summary>Makes an engine of its own for a session, in the place of one that is found or started on this host.</summary>
internal interface IEngineSource
{
    /// <summary>The engine's name, as cells have it.</summary>
    string Name { get; }

    /// <summary>Starts it and connects to it. It ends with its owner, and everything in it with it.</summary>
    /// <exception cref="Core.HarnessException">It cannot be started here; the message names the remedy.</exception>
    Task<EngineConnection> StartAsync(CancellationToken cancellation);
}
