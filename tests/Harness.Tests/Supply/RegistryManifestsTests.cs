using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using Docker.DotNet.Models;
using Harness.Runtimes.Userlands;

namespace Harness.Tests.Supply;

public sealed class RegistryManifestsTests
{
    private const string Manifest =
        """{"schemaVersion": 2, "config": {"digest": "sha256:c", "size": 7}, "layers": [{"digest": "sha256:1", "size": 100}, {"digest": "sha256:2", "size": 20}, {"digest": "sha256:1", "size": 100}]}""";

    private const string Index =
        """
        {"schemaVersion": 2, "manifests": [
          {"digest": "sha256:arm", "platform": {"os": "linux", "architecture": "arm64"}},
          {"digest": "sha256:win", "platform": {"os": "windows", "architecture": "amd64"}},
          {"digest": "sha256:own", "platform": {"os": "linux", "architecture": "amd64"}},
          {"digest": "sha256:note", "platform": {"os": "unknown", "architecture": "unknown"}}]}
        """;

    private readonly List<string> _asked = [];

    [Fact]
    public async Task Of_a_registry_without_a_login_the_layers_are_read_each_once()
    {
        var (manifest, reason) = await ReadAsync("127.0.0.1:5000/h/busybox:static", _ => Text(Manifest));

        Assert.Null(reason);
        Assert.Equal((Digest(Manifest), 120L, 2), (manifest!.Digest, manifest.Bytes, manifest.Layers.Length));
        Assert.Equal([Digest(Manifest), "sha256:c"], manifest.Names);
        Assert.Equal(["GET http://127.0.0.1:5000/v2/h/busybox/manifests/static -"], _asked);
    }

    [Fact]
    public async Task Of_several_architectures_the_engine_s_is_read_with_one_token()
    {
        var (manifest, _) = await ReadAsync("debian:12", request => request.RequestUri!.Host switch
        {
            "auth.example" => Text("""{"token": "t"}"""),
            _ when request.Headers.Authorization is null => Challenge("Bearer realm=\"https://auth.example/token?x=1\",service=\"s s\",scope=\"repository:library/debian:pull\""),
            _ => Text(request.RequestUri.AbsolutePath.EndsWith("/12", StringComparison.Ordinal) ? Index : Manifest),
        }, new AuthConfig { Username = "u", Password = "p:w" });

        Assert.Equal([Digest(Index), Digest(Manifest), "sha256:c"], manifest!.Names);
        Assert.Equal(
            [
                "GET https://registry-1.docker.io/v2/library/debian/manifests/12 -",
                "GET https://auth.example/token?service=s%20s&scope=repository%3Alibrary%2Fdebian%3Apull Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes("u:p:w")),
                "GET https://registry-1.docker.io/v2/library/debian/manifests/12 Bearer t",
                "GET https://registry-1.docker.io/v2/library/debian/manifests/sha256:own Bearer t",
            ],
            _asked);
    }

    [Fact]
    public async Task A_token_that_stands_for_a_login_is_exchanged_and_a_login_goes_over_no_open_network()
    {
        await ReadAsync("quay.io/a/b:1", Answer("https://auth.example/"), new AuthConfig { IdentityToken = "refresh" });
        await ReadAsync("quay.io/a/b:1", Answer("http://auth.example/"), new AuthConfig { IdentityToken = "refresh" });

        Assert.Equal("POST https://auth.example/ - grant_type=refresh_token&refresh_token=refresh&service=&scope=repository%3Aa%2Fb%3Apull&client_id=harness", _asked[1]);
        Assert.Equal("GET http://auth.example/?service=&scope=repository%3Aa%2Fb%3Apull -", _asked[4]);

        static Func<HttpRequestMessage, HttpResponseMessage> Answer(string realm) => request =>
            request.RequestUri!.Host == "auth.example" ? Text("""{"access_token": "t"}""")
            : request.Headers.Authorization is null ? Challenge($"Bearer realm=\"{realm}\"") : Text(Manifest);
    }

    [Theory]
    [InlineData(404, "the registry quay.io does not have quay.io/a/b:1")]
    [InlineData(403, "the registry quay.io does not let quay.io/a/b:1 be read: log in with 'docker login'")]
    [InlineData(401, "the registry quay.io does not let quay.io/a/b:1 be read: log in with 'docker login'")]
    [InlineData(429, "the registry quay.io limits requests: log in with 'docker login', or try later")]
    [InlineData(503, "the registry quay.io answers 503 when asked for quay.io/a/b:1")]
    public async Task A_refusal_is_one_line(int status, string reason)
    {
        Assert.Equal((null, reason), await ReadAsync("quay.io/a/b:1", _ => new HttpResponseMessage((HttpStatusCode)status)));
    }

    [Fact]
    public async Task Nobody_there_nonsense_and_another_architecture_are_one_line_each()
    {
        Assert.Equal("the registry quay.io cannot be reached (refused)", (await ReadAsync("quay.io/a/b:1", _ => throw new HttpRequestException("refused"))).Reason);
        Assert.Equal("quay.io/a/b:1 is not there for riscv64", (await ReadAsync("quay.io/a/b:1", _ => Text(Index), architecture: "riscv64")).Reason);
        Assert.StartsWith("the registry quay.io does not answer in ", (await ReadAsync("quay.io/a/b:1", _ => throw new TaskCanceledException())).Reason, StringComparison.Ordinal);
        foreach (var nonsense in new[] { "", "[]", "{}", """{"config": {}, "layers": []}""", """{"config": {"digest": "sha256:c"}, "layers": [{"digest": "sha256:1"}]}""" })
        {
            Assert.StartsWith("the manifest of quay.io/a/b:1 names no layers with their sizes (", (await ReadAsync("quay.io/a/b:1", _ => Text(nonsense))).Reason, StringComparison.Ordinal);
        }
    }

    private static string Digest(string text) => "sha256:" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private static HttpResponseMessage Text(string text) => new(HttpStatusCode.OK) { Content = new StringContent(text) };

    private static HttpResponseMessage Challenge(string challenge)
    {
        var answer = new HttpResponseMessage(HttpStatusCode.Unauthorized);
        answer.Headers.WwwAuthenticate.Add(AuthenticationHeaderValue.Parse(challenge));
        return answer;
    }

    private async Task<(RegistryManifest? Manifest, string? Reason)> ReadAsync(
        string reference, Func<HttpRequestMessage, HttpResponseMessage> answer, AuthConfig? login = null, string architecture = "amd64")
    {
        using var client = new HttpClient(new Registry(answer, _asked));
        return await new RegistryManifests(client, (_, _) => Task.FromResult(login ?? new AuthConfig()))
            .ReadAsync(ImageReference.Parse(reference), architecture, TestContext.Current.CancellationToken);
    }

    private sealed class Registry(Func<HttpRequestMessage, HttpResponseMessage> answer, List<string> asked) : HttpMessageHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var body = request.Content is null ? "" : " " + await request.Content.ReadAsStringAsync(cancellationToken);
            asked.Add($"{request.Method} {request.RequestUri!.AbsoluteUri} {request.Headers.Authorization?.ToString() ?? "-"}{body}");
            return answer(request);
        }
    }
}
