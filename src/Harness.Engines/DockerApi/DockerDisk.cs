using System.Text.Json;
using Harness.Engines.Contract;
using Harness.Engines.Endpoints;

namespace Harness.Engines.DockerApi;

/// <summary>
/// What the engine says of its images' disk, by its answer to <c>GET /system/df</c>. Asked without the client library, whose shape of the
/// answer is that of API 1.52 and later and reads older ones as nothing.
/// </summary>
internal static class DockerDisk
{
    // It looks at every layer and volume there is.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>An image's layers.</summary>
    /// <exception cref="IOException">The engine does not tell.</exception>
    internal static async Task<LayerBytes> ReadAsync(EngineEndpoint endpoint, string apiVersion, string imageId, CancellationToken cancellation) =>
        Parse(await EngineWire.GetAsync(endpoint, $"/v{apiVersion}/system/df?type=image&verbose=1", Patience, cancellation), imageId);

    /// <summary>Finds an image in an answer: under <c>Images</c>, of API 1.52 and later under <c>ImageUsage.Items</c>.</summary>
    /// <exception cref="IOException">It is not in there, or what it shares was not counted.</exception>
    internal static LayerBytes Parse(string answer, string imageId)
    {
        try
        {
            using var document = JsonDocument.Parse(answer);
            var root = document.RootElement;
            var images = root.TryGetProperty("Images", out var list) && list.ValueKind == JsonValueKind.Array ? list
                : root.TryGetProperty("ImageUsage", out var usage) && usage.TryGetProperty("Items", out var items) && items.ValueKind == JsonValueKind.Array ? items
                : throw new IOException("the engine's account of its disk has no images");
            var image = images.EnumerateArray().FirstOrDefault(image => image.GetProperty("Id").GetString() is { } id && (id == imageId || $"sha256:{id}" == imageId));
            if (image.ValueKind != JsonValueKind.Object)
                throw new IOException($"the engine's account of its disk lacks {imageId}");
            var (size, shared) = (image.GetProperty("Size").GetInt64(), image.GetProperty("SharedSize").GetInt64());
            // -1 stands for what was not counted.
            return shared >= 0 && shared <= size ? new LayerBytes(shared, size - shared) : throw new IOException("the engine did not count what images share");
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new IOException($"the engine's account of its disk cannot be read: {e.Message}", e);
        }
    }
}
