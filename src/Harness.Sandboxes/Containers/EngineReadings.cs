using Harness.Core.Model;
using Harness.Engines.Connecting;
using Harness.Engines.Endpoints;
using Harness.Engines.Products;
using Harness.Host.Facts;
using Harness.Host.Processes;

namespace Harness.Sandboxes.Containers;

/// <summary>What the harness reads beside a container of the engine that it runs in: its own system, and where the engine says that it is.</summary>
internal static class EngineReadings
{
    private static readonly Lazy<(ClientFacts Facts, long? MemoryBytes)> Client = new(() => (ClientFacts.Read(), HardwareReader.Read("/").MemoryBytes));

    /// <summary>All of them. The engine's place is by its own word and its product's customs: a container's boot id, beside them, can contradict.</summary>
    /// <param name="engine">Its facts.</param>
    /// <param name="endpoint">Where it is.</param>
    /// <param name="copied">Why no folder of this system could be mounted; null where one can.</param>
    internal static ImmutableArray<Observation> Of(EngineFacts engine, EngineEndpoint endpoint, string? copied)
    {
        var (client, memory) = Client.Value;
        return Of(client, memory, engine, endpoint, copied);
    }

    /// <summary>The same beside another system than this one.</summary>
    internal static ImmutableArray<Observation> Of(ClientFacts client, long? memory, EngineFacts engine, EngineEndpoint endpoint, string? copied)
    {
        var home = EngineHomes.Find(client, engine, endpoint, null);
        return
        [
            Observation.OfText("client_system", "", client.System),
            Observation.OfText("client_release", "", client.Release),
            .. client.BootId is { } boot ? [Observation.OfText("client_boot_id", "", boot)] : ImmutableArray<Observation>.Empty,
            .. client.IsWsl ? [Observation.OfText("client_wsl", "", string.Join("; ", client.WslMarks))] : ImmutableArray<Observation>.Empty,
            .. memory is { } bytes ? [Observation.Number("client_memory_bytes", "", bytes)] : ImmutableArray<Observation>.Empty,
            Observation.OfText("client_files", "", copied is null ? "mounted" : $"not visible: {WithoutPath(copied)}"),
            Observation.OfText("engine_place", "", home.Word),
            .. home.Product is { } product ? [Observation.OfText("engine_product", "", product)] : ImmutableArray<Observation>.Empty,
            .. engine.KernelVersion is { Length: > 0 } kernel ? [Observation.OfText("engine_kernel", "", kernel)] : ImmutableArray<Observation>.Empty,
            .. home.Signs.Select(sign => Observation.OfText("engine_sign", sign.Name, $"{sign.Says} ({sign.Reading})")),
        ];
    }

    // A path can hold a user's name.
    private static string WithoutPath(string reason) => reason.IndexOf(": /", StringComparison.Ordinal) is > 0 and var at ? reason[..at] : reason;

    /// <summary>This system's clock around a container, wherever that runs: on its own kernel, the container's lies between.</summary>
    internal static ImmutableArray<Observation> Clock(HostClock? before, HostClock? after) => before is null || after is null
        ? []
        : [Observation.Number("client_boottime_before_ns", "", before.BoottimeNs), Observation.Number("client_boottime_after_ns", "", after.BoottimeNs)];
}
