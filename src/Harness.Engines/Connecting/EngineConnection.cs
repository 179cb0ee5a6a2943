using Harness.Core;
using Harness.Core.Model;
using Harness.Core.Planning;
using Harness.Engines.Contract;
using Harness.Engines.Endpoints;

namespace Harness.Engines.Connecting;

/// <summary>An engine that has answered, and where it is.</summary>
public sealed class EngineConnection : IDisposable
{
    internal EngineConnection(EngineEndpoint endpoint, IContainerEngine engine) => (Endpoint, Engine) = (endpoint, engine);

    /// <summary>Where it is.</summary>
    public EngineEndpoint Endpoint { get; }

    /// <summary>The engine. Its calls have no time limit of their own: whoever calls brings a token.</summary>
    internal IContainerEngine Engine { get; }

    /// <summary>
    /// Services of the same engine that run containers by one OCI runtime each, where no service can be asked for one: they share images and containers.
    /// </summary>
    internal ImmutableSortedDictionary<string, EngineConnection> ByRuntime { get; init; } = ImmutableSortedDictionary<string, EngineConnection>.Empty;

    /// <summary>The service to ask for containers of a runtime.</summary>
    internal EngineConnection For(string runtime) => ByRuntime.GetValueOrDefault(runtime) ?? this;

    /// <summary>What the engine says of itself, with the runtimes of all its services.</summary>
    internal async Task<EngineFacts> FactsAsync(CancellationToken cancellation)
    {
        var facts = await Engine.FactsAsync(cancellation);
        foreach (var (_, service) in ByRuntime.Where(service => service.Value != this))
        {
            var other = await service.Engine.FactsAsync(cancellation);
            facts = facts with
            {
                Runtimes = [.. facts.Runtimes.Union(other.Runtimes)],
                RuntimePrograms = facts.RuntimePrograms.SetItems(other.RuntimePrograms),
                Components = other.Components.SetItems(facts.Components),
            };
        }

        return facts;
    }

    /// <summary>Connects, by the first of the harness's APIs that the engine speaks.</summary>
    /// <exception cref="HarnessException">It does not answer within <paramref name="patience"/>.</exception>
    public static async Task<EngineConnection> OpenAsync(EngineEndpoint endpoint, TimeSpan patience, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(endpoint);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(patience);
        try
        {
            foreach (var open in EngineApis.All)
            {
                if (await open(endpoint, limit.Token) is { } engine)
                {
                    return KnownEngines.Find(engine.Name) is { IsBooted: false }
                        ? new EngineConnection(endpoint, engine)
                        : throw new InvalidOperationException($"the engine '{engine.Name}' is no row of the table of engines, so no cell can name it");
                }
            }

            throw new EngineException("it speaks no API that the harness knows");
        }
        catch (OperationCanceledException e) when (!cancellation.IsCancellationRequested)
        {
            throw Silent(endpoint, $"no answer in {patience.TotalSeconds:0} s", e);
        }
        catch (Exception e) when (e is not (OperationCanceledException or HarnessException))
        {
            throw Silent(endpoint, EngineErrors.OneLine(e), e);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var (_, service) in ByRuntime.Where(service => service.Value != this))
            service.Dispose();
        Engine.Dispose();
    }

    private static HarnessException Silent(EngineEndpoint endpoint, string why, Exception inner) =>
        OperatingSystem.IsLinux() && endpoint.Address.Scheme == "unix" && SocketAccess.Denied(endpoint.Address.AbsolutePath) is { } denied
            ? new HarnessException($"{denied} ({endpoint.FoundBy})", inner)
            : new HarnessException($"the engine at {endpoint.Shown} (from {endpoint.FoundBy}) does not answer ({why}): start it, or name another with --engine URI", inner);
}
