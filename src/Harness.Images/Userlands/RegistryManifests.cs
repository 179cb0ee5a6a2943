using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Harness.Core;
using Harness.Core.Model;
using Harness.Engines.Contract;
using Harness.Host.Processes;
using Harness.Images.Packages;

namespace Harness.Images.Userlands;

/// <summary>
/// Asks registries what an image consists of: engines do not say how many bytes they fetch. By the OCI distribution
/// specification, with the user's logins, by token or basic authentication as the registry asks for.
/// </summary>
/// <param name="client">Speaks to registries; its timeout is for each answer.</param>
/// <param name="login">The login for a registry.</param>
internal sealed partial class RegistryManifests(HttpClient client, Func<string, CancellationToken, Task<RegistryLogin>> login)
{
    private static readonly ImmutableArray<string> Types =
    [
        "application/vnd.oci.image.index.v1+json", "application/vnd.oci.image.manifest.v1+json",
        "application/vnd.docker.distribution.manifest.list.v2+json", "application/vnd.docker.distribution.manifest.v2+json",
    ];

    // What registries take as a manifest.
    private const int LargestAnswer = 4 << 20;

    private const long LargestLayer = 1L << 40;

    private const int Deepest = 4;

    private readonly ConcurrentDictionary<string, Uri> _roots = new(StringComparer.Ordinal);

    /// <summary>Reads an image's manifest.</summary>
    /// <param name="reference">By tag or digest.</param>
    /// <param name="architecture">As engines name it, where the registry has several.</param>
    /// <param name="cancellation">Ends the asking.</param>
    /// <returns>The manifest, or one line that says why it cannot be read; exactly one is set.</returns>
    internal async Task<(RegistryManifest? Manifest, string? Reason)> ReadAsync(ImageReference reference, string architecture, CancellationToken cancellation)
    {
        try
        {
            return (await ManifestAsync(reference, architecture, cancellation), null);
        }
        catch (HarnessException e)
        {
            return (null, e.Message);
        }
        catch (HttpRequestException e)
        {
            return (null, MissingImage.Unreachable(reference.Host, EngineErrors.OneLine(e)));
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return (null, $"the registry {reference.Host} does not answer in {client.Timeout.TotalSeconds:0} s");
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException or IOException)
        {
            return (null, $"the manifest of {reference.Full} names no layers with their sizes ({e.Message.ReplaceLineEndings(" ")})");
        }
    }

    /// <summary>Asks what a registry still allows, by the headers of a manifest; null where it does not answer.</summary>
    internal async Task<(RegistryAllowance? Allowance, bool IsLoggedIn)> AllowanceAsync(ImageReference reference, CancellationToken cancellation)
    {
        try
        {
            var (answer, authorization) = await AnswerAsync(HttpMethod.Head, reference, reference.Version, null, cancellation);
            using (answer)
            {
                var known = await login(reference.Host, cancellation);
                return (RegistryAllowance.Read(answer.Headers, DateTimeOffset.UtcNow), authorization is not null && !string.IsNullOrEmpty(known.Username + known.IdentityToken));
            }
        }
        catch (Exception e) when (e is HarnessException or HttpRequestException or JsonException or KeyNotFoundException or InvalidOperationException or IOException
            || (e is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            return (null, false);
        }
    }

    private async Task<RegistryManifest> ManifestAsync(ImageReference reference, string architecture, CancellationToken cancellation)
    {
        var (digest, text, authorization) = await GetAsync(reference, reference.Version, null, cancellation);
        var names = new List<string> { digest };
        // An index may list indexes.
        for (var depth = 0; Parse(text).TryGetProperty("manifests", out var several); depth++)
        {
            if (depth == Deepest)
                throw new HarnessException($"{reference.Full} is an index {Deepest} levels deep: no image is that deep");
            var one = several.EnumerateArray().Where(entry => IsFor(entry, architecture)).Select(entry => entry.GetProperty("digest").GetString()).FirstOrDefault()
                ?? throw new HarnessException($"{reference.Full} is not there for {architecture}");
            (var own, text, authorization) = await GetAsync(reference, one, authorization, cancellation);
            names.Add(own);
        }

        var manifest = Parse(text);
        var layers = manifest.GetProperty("layers").EnumerateArray()
            .Select(layer => new RegistryLayer(layer.GetProperty("digest").GetString()!, layer.GetProperty("size").GetInt64()))
            .DistinctBy(layer => layer.Digest)
            .ToImmutableArray();
        if (layers.Any(layer => Sha256Digest.Hex(layer.Digest) is null || layer.Bytes is < 0 or > LargestLayer))
            throw new HarnessException($"the manifest of {reference.Full} lists a layer without a digest or a size: another copy is needed");
        return new RegistryManifest(digest, [.. names.Append(manifest.GetProperty("config").GetProperty("digest").GetString()!).Distinct()], layers);
    }

    private static JsonElement Parse(string text)
    {
        using var document = JsonDocument.Parse(text);
        return document.RootElement.Clone();
    }

    // An entry that names no platform is an index within the index.
    private static bool IsFor(JsonElement entry, string architecture) =>
        !entry.TryGetProperty("platform", out var platform)
        ? entry.TryGetProperty("mediaType", out var type) && type.GetString()?.Contains("index", StringComparison.Ordinal) == true
        : platform.GetProperty("os").GetString() == "linux"
        && platform.GetProperty("architecture").GetString() == architecture;

    private async Task<(string Digest, string Text, AuthenticationHeaderValue? Authorization)> GetAsync(
        ImageReference reference, string version, AuthenticationHeaderValue? authorization, CancellationToken cancellation)
    {
        (var answer, authorization) = await AnswerAsync(HttpMethod.Get, reference, version, authorization, cancellation);
        using (answer)
        {
            if (!answer.IsSuccessStatusCode)
                throw new HarnessException(Refusal(reference, answer.StatusCode));
            var content = await BytesAsync(answer, reference, cancellation);
            // Its own hash is its name: what a tag meant a moment ago.
            var digest = Sha256Digest.Of(content);
            return digest == version || Sha256Digest.Hex(version) is null
                ? (digest, Encoding.UTF8.GetString(content), authorization)
                : throw new HarnessException($"the registry {reference.Host} sent another manifest ({digest}) than the one asked for ({version})");
        }
    }

    private async Task<(HttpResponseMessage Answer, AuthenticationHeaderValue? Authorization)> AnswerAsync(
        HttpMethod method, ImageReference reference, string version, AuthenticationHeaderValue? authorization, CancellationToken cancellation)
    {
        if (!_roots.TryGetValue(reference.Host, out var root))
            root = _roots[reference.Host] = await RegistryAddress.FindAsync(client, reference.Host, cancellation);
        var address = new Uri($"{root}{reference.Path}/manifests/{version}");
        if (version.StartsWith("sha256:", StringComparison.Ordinal) && Sha256Digest.Hex(version) is null)
            throw new HarnessException($"'{version}' of {reference.Full} is not a SHA-256 digest");
        var answer = await AskAsync(method, address, authorization, cancellation);
        if (answer.StatusCode != HttpStatusCode.Unauthorized || authorization is not null || answer.Headers.WwwAuthenticate.FirstOrDefault() is not { } challenge)
            return (answer, authorization);
        answer.Dispose();
        authorization = await AuthorizeAsync(reference, challenge, cancellation);
        return (await AskAsync(method, address, authorization, cancellation), authorization);
    }

    // A registry can be anybody's: what it says is read up to a bound.
    private async Task<byte[]> BytesAsync(HttpResponseMessage answer, ImageReference reference, CancellationToken cancellation)
    {
        // The client's own limit ends with the headers.
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(client.Timeout);
        await using var content = await answer.Content.ReadAsStreamAsync(limit.Token);
        await using var bounded = new BoundedStream(content, LargestAnswer);
        using var bytes = new MemoryStream();
        try
        {
            await bounded.CopyToAsync(bytes, limit.Token);
        }
        catch (InvalidDataException e)
        {
            throw new HarnessException($"the registry {reference.Host} sends more than {LargestAnswer >> 20} MiB when asked for the manifest of {reference.Full}", e);
        }

        return bytes.ToArray();
    }

    private async Task<HttpResponseMessage> AskAsync(HttpMethod method, Uri address, AuthenticationHeaderValue? authorization, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(method, address);
        request.Headers.Authorization = authorization;
        foreach (var type in Types)
            request.Headers.Accept.ParseAdd(type);
        return await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
    }

    private async Task<AuthenticationHeaderValue?> AuthorizeAsync(ImageReference reference, AuthenticationHeaderValue challenge, CancellationToken cancellation)
    {
        var known = await login(reference.Host, cancellation);
        if (challenge.Scheme.Equals("Basic", StringComparison.OrdinalIgnoreCase))
            return Basic(known);
        var words = Words().Matches(challenge.Parameter ?? "").ToDictionary(word => word.Groups[1].Value, word => word.Groups[2].Value, StringComparer.OrdinalIgnoreCase);
        if (!words.TryGetValue("realm", out var realm) || !Uri.TryCreate(realm, UriKind.Absolute, out var server))
            throw new HarnessException($"the registry {reference.Host} asks for a login of the kind '{challenge.Scheme}', which the harness does not have");
        // A login goes over no open network, whatever the registry names.
        if (server.Scheme != Uri.UriSchemeHttps && !server.IsLoopback)
            known = RegistryLogin.None;
        using var request = TokenRequest(server, words.GetValueOrDefault("service", ""), words.GetValueOrDefault("scope", $"repository:{reference.Path}:pull"), known);
        using var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
        if (!answer.IsSuccessStatusCode)
            throw new HarnessException(Refusal(reference, answer.StatusCode));
        using var json = JsonDocument.Parse(await BytesAsync(answer, reference, cancellation));
        return new AuthenticationHeaderValue("Bearer", (json.RootElement.TryGetProperty("token", out var token) ? token : json.RootElement.GetProperty("access_token")).GetString());
    }

    private static HttpRequestMessage TokenRequest(Uri server, string service, string scope, RegistryLogin known)
    {
        if (!string.IsNullOrEmpty(known.IdentityToken))
        {
            return new HttpRequestMessage(HttpMethod.Post, server)
            {
                Content = new FormUrlEncodedContent(new Dictionary<string, string>
                {
                    ["grant_type"] = "refresh_token",
                    ["refresh_token"] = known.IdentityToken,
                    ["service"] = service,
                    ["scope"] = scope,
                    ["client_id"] = "harness",
                }),
            };
        }

        var query = $"service={Uri.EscapeDataString(service)}&scope={Uri.EscapeDataString(scope)}";
        var request = new HttpRequestMessage(HttpMethod.Get, new UriBuilder(server) { Query = query }.Uri);
        request.Headers.Authorization = Basic(known);
        return request;
    }

    private static AuthenticationHeaderValue? Basic(RegistryLogin known) =>
        string.IsNullOrEmpty(known.Username) ? null : new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{known.Username}:{known.Password}")));

    private static string Refusal(ImageReference reference, HttpStatusCode status) => status switch
    {
        HttpStatusCode.NotFound => $"the registry {reference.Host} does not have {reference.Full}",
        HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => $"the registry {reference.Host} does not let {reference.Full} be read: log in with 'docker login'",
        HttpStatusCode.TooManyRequests => $"the registry {reference.Host} limits requests: log in with 'docker login', or try later",
        _ => $"the registry {reference.Host} answers {(int)status} when asked for {reference.Full}",
    };

    [GeneratedRegex("([A-Za-z_]+)=\"([^\"]*)\"")]
    private static partial Regex Words();
}
