using Harness.Engines.Contract;
using Harness.Engines.DockerApi;
using Harness.Engines.Endpoints;

namespace Harness.Engines.Connecting;

/// <summary>Connects to whoever listens at an endpoint. Null: that is none of its engines.</summary>
internal delegate Task<IContainerEngine?> OpenEngineApi(EngineEndpoint endpoint, CancellationToken cancellation);

/// <summary>The engines' APIs that the harness speaks. The first one that an engine knows is spoken.</summary>
internal static class EngineApis
{
    /// <summary>All of them: one line each.</summary>
    internal static readonly ImmutableArray<OpenEngineApi> All =
    [
        DockerEngine.OpenAsync,
    ];
}
