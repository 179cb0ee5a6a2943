using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace Harness.Benchmarks.StandIns;

/// <summary>Writes images into a registry by its HTTP API, without an engine.</summary>
/// <param name="client">Speaks to it.</param>
/// <param name="host">Host and port of a registry that speaks HTTP, as one on loopback does.</param>
internal sealed class RegistryUpload(HttpClient client, string host)
{
    internal const string Manifest = "application/vnd.oci.image.manifest.v1+json";

    internal const string Index = "application/vnd.oci.image.index.v1+json";

    private readonly Dictionary<string, string> _repositories = new(StringComparer.Ordinal);
    private readonly HashSet<string> _there = new(StringComparer.Ordinal);

    /// <summary>Puts a blob into a repository, from another one where that has it. Returns its descriptor.</summary>
    internal async Task<JsonObject> BlobAsync(string repository, byte[] content, string mediaType, CancellationToken cancellation)
    {
        var digest = Digest(content);
        if (_there.Add($"{repository}@{digest}"))
        {
            var mount = _repositories.TryGetValue(digest, out var from) ? $"?mount={digest}&from={from}" : "";
            using var begun = await client.PostAsync(new Uri($"http://{host}/v2/{repository}/blobs/uploads/{mount}"), null, cancellation);
            begun.EnsureSuccessStatusCode();
            if (begun.StatusCode != System.Net.HttpStatusCode.Created)
            {
                var place = new Uri(new Uri($"http://{host}"), begun.Headers.Location!);
                using var body = new ByteArrayContent(content);
                using var done = await client.PutAsync(new Uri($"{place}{(place.Query.Length == 0 ? '?' : '&')}digest={digest}"), body, cancellation);
                done.EnsureSuccessStatusCode();
            }

            _repositories.TryAdd(digest, repository);
        }

        return new JsonObject { ["mediaType"] = mediaType, ["digest"] = digest, ["size"] = content.Length };
    }

    /// <summary>Puts a manifest or an index. Returns its descriptor.</summary>
    /// <param name="repository">Where.</param>
    /// <param name="tag">Its tag; null where only its digest names it.</param>
    /// <param name="content">What.</param>
    /// <param name="mediaType">Its kind.</param>
    /// <param name="cancellation">Ends it.</param>
    internal async Task<JsonObject> ManifestAsync(string repository, string? tag, JsonObject content, string mediaType, CancellationToken cancellation)
    {
        var bytes = Encoding.UTF8.GetBytes(content.ToJsonString());
        using var body = new ByteArrayContent(bytes);
        body.Headers.ContentType = new MediaTypeHeaderValue(mediaType);
        using var answer = await client.PutAsync(new Uri($"http://{host}/v2/{repository}/manifests/{tag ?? Digest(bytes)}"), body, cancellation);
        if (!answer.IsSuccessStatusCode)
            throw new HttpRequestException($"{repository}:{tag}: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync(cancellation)}");
        return new JsonObject { ["mediaType"] = mediaType, ["digest"] = Digest(bytes), ["size"] = bytes.Length };
    }

    private static string Digest(byte[] content) => "sha256:" + Convert.ToHexStringLower(SHA256.HashData(content));
}
