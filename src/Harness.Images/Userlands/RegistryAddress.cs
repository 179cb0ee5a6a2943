using System.Net.Security;

namespace Harness.Images.Userlands;

/// <summary>Where a registry's API is.</summary>
internal static class RegistryAddress
{
    /// <summary>A client that takes any certificate of a registry on loopback, as engines do; elsewhere only one that is trusted.</summary>
    internal static HttpClient CreateClient(TimeSpan timeout) => new(new SocketsHttpHandler
    {
        SslOptions = new SslClientAuthenticationOptions
        {
            RemoteCertificateValidationCallback = (sender, _, _, errors) =>
                errors == SslPolicyErrors.None || (sender is SslStream stream && IsLoopback(stream.TargetHostName)),
        },
    })
    {
        Timeout = timeout,
    };

    /// <summary>
    /// The API's root. On loopback it is asked, as engines do it: by https, and where nobody speaks that, by http.
    /// </summary>
    internal static async Task<Uri> FindAsync(HttpClient client, string host, CancellationToken cancellation)
    {
        var server = host == ImageReference.DefaultRegistry ? "registry-1.docker.io" : host;
        var secure = new Uri($"https://{server}/v2/");
        if (!secure.IsLoopback)
            return secure;
        try
        {
            using var answer = await client.GetAsync(secure, HttpCompletionOption.ResponseHeadersRead, cancellation);
            return secure;
        }
        catch (HttpRequestException)
        {
            return new UriBuilder(secure) { Scheme = Uri.UriSchemeHttp }.Uri;
        }
    }

    private static bool IsLoopback(string server) => Uri.TryCreate($"https://{(server.Contains(':', StringComparison.Ordinal) ? $"[{server}]" : server)}", UriKind.Absolute, out var uri) && uri.IsLoopback;
}
