using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using Harness.Engines.Contract;
using Harness.Images.Userlands;
using Harness.Instruments.Pulling;

namespace Harness.Tests.Supply;

public sealed class RegistryManifestsTests
{
    private static readonly string _manifest =
        $$"""{"schemaVersion": 2, "config": {"digest": "{{Digit('c')}}", "size": 7}, "layers": [{"digest": "{{Digit('1')}}", "size": 100}, {"digest": "{{Digit('2')}}", "size": 20}, {"digest": "{{Digit('1')}}", "size": 100}]}""";

    private static readonly string _index =
        $$$"""
        {"schemaVersion": 2, "manifests": [
          {"digest": "{{{Digit('a')}}}", "platform": {"os": "linux", "architecture": "arm64"}},
          {"digest": "{{{Digit('b')}}}", "platform": {"os": "windows", "architecture": "amd64"}},
          {"digest": "{{{Digest(_manifest)}}}", "platform": {"os": "linux", "architecture": "amd64"}},
          {"digest": "{{{Digit('d')}}}", "platform": {"os": "unknown", "architecture": "unknown"}}]}
        """;

    private readonly List<string> _asked = [];

    [Fact]
    public async Task Of_a_registry_without_a_login_the_layers_are_read_each_once()
    {
        var (manifest, reason) = await ReadAsync("127.0.0.1:5000/h/busybox:static", _ => Text(_manifest));

        Assert.Null(reason);
        Assert.Equal((Digest(_manifest), 120L, 2), (manifest!.Digest, manifest.Bytes, manifest.Layers.Length));
        Assert.Equal([Digest(_manifest), Digit('c')], manifest.Names);
        Assert.Equal(["GET https://127.0.0.1:5000/v2/ -", "GET http://127.0.0.1:5000/v2/h/busybox/manifests/static -"], _asked);
    }

    [Fact]
    public async Task Of_several_architectures_the_engine_s_is_read_with_one_token()
    {
        var (manifest, _) = await ReadAsync("debian:12", request => request.RequestUri!.Host switch
        {
            "auth.example" => Text("""{"token": "t"}"""),
            _ when request.Headers.Authorization is null => Challenge("Bearer realm=\"https://auth.example/token?x=1\",service=\"s s\",scope=\"repository:library/debian:pull\""),
            _ => Text(request.RequestUri.AbsolutePath.EndsWith("/12", StringComparison.Ordinal) ? _index : _manifest),
        }, new RegistryLogin { Username = "u", Password = "p:w" });

        Assert.Equal([Digest(_index), Digest(_manifest), Digit('c')], manifest!.Names);
        Assert.Equal(
            [
                "GET https://registry-1.docker.io/v2/library/debian/manifests/12 -",
                "GET https://auth.example/token?service=s%20s&scope=repository%3Alibrary%2Fdebian%3Apull Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes("u:p:w")),
                "GET https://registry-1.docker.io/v2/library/debian/manifests/12 Bearer t",
                $"GET https://registry-1.docker.io/v2/library/debian/manifests/{Digest(_manifest)} Bearer t",
            ],
            _asked);
    }

    [Fact]
    public async Task A_token_that_stands_for_a_login_is_exchanged_and_a_login_goes_over_no_open_network()
    {
        await ReadAsync("quay.io/a/b:1", Answer("https://auth.example/"), new RegistryLogin { IdentityToken = "refresh" });
        await ReadAsync("quay.io/a/b:1", Answer("http://auth.example/"), new RegistryLogin { IdentityToken = "refresh" });

        Assert.Equal("POST https://auth.example/ - grant_type=refresh_token&refresh_token=refresh&service=&scope=repository%3Aa%2Fb%3Apull&client_id=harness", _asked[1]);
        Assert.Equal("GET http://auth.example/?service=&scope=repository%3Aa%2Fb%3Apull -", _asked[4]);

        static Func<HttpRequestMessage, HttpResponseMessage> Answer(string realm) => request =>
            request.RequestUri!.Host == "auth.example" ? Text("""{"access_token": "t"}""")
            : request.Headers.Authorization is null ? Challenge($"Bearer realm=\"{realm}\"") : Text(_manifest);
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
        Assert.Equal("quay.io/a/b:1 is not there for riscv64", (await ReadAsync("quay.io/a/b:1", _ => Text(_index), architecture: "riscv64")).Reason);
        Assert.StartsWith("the registry quay.io does not answer in ", (await ReadAsync("quay.io/a/b:1", _ => throw new TaskCanceledException())).Reason, StringComparison.Ordinal);
        foreach (var nonsense in new[] { "", "[]", "{}", """{"config": {}, "layers": []}""", """{"config": {"digest": "sha256:c"}, "layers": [{"digest": "sha256:1"}]}""" })
        {
            Assert.StartsWith("the manifest of quay.io/a/b:1 names no layers with their sizes (", (await ReadAsync("quay.io/a/b:1", _ => Text(nonsense))).Reason, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task An_index_within_an_index_leads_to_the_manifest_and_no_further_than_images_go()
    {
        var outer = $$"""{"manifests": [{"mediaType": "application/vnd.oci.image.index.v1+json", "digest": "{{Digest(_index)}}"}]}""";
        var (manifest, reason) = await ReadAsync("quay.io/a/b:1", request => request.RequestUri!.AbsolutePath is var path && path.EndsWith("/1", StringComparison.Ordinal) ? Text(outer)
            : path.EndsWith(Digest(_index), StringComparison.Ordinal) ? Text(_index) : Text(_manifest));
        Assert.Null(reason);
        Assert.Equal([Digest(outer), Digest(_index), Digest(_manifest), Digit('c')], manifest!.Names);

        // Each index names one below it, and would go on forever.
        var deep = new List<string> { _manifest };
        for (var i = 0; i < 6; i++)
            deep.Add($$"""{"manifests": [{"mediaType": "application/vnd.oci.image.index.v1+json", "digest": "{{Digest(deep[^1])}}"}]}""");
        (_, reason) = await ReadAsync("quay.io/a/b:1", request => Text(deep.Find(text => request.RequestUri!.AbsolutePath.EndsWith(Digest(text), StringComparison.Ordinal)) ?? deep[^1]));
        Assert.Equal("quay.io/a/b:1 is an index 4 levels deep: no image is that deep", reason);
    }

    [Fact]
    public async Task What_a_registry_sends_is_what_was_asked_for_and_has_a_bound()
    {
        var digest = Digit('e');
        var (_, reason) = await ReadAsync("quay.io/a/b@" + digest, _ => Text(_manifest));
        Assert.Equal($"the registry quay.io sent another manifest ({Digest(_manifest)}) than the one asked for ({digest})", reason);

        (_, reason) = await ReadAsync("quay.io/a/b:1", _ => Text(new string(' ', 5 << 20)));
        Assert.Equal("the registry quay.io sends more than 4 MiB when asked for the manifest of quay.io/a/b:1", reason);

        (_, reason) = await ReadAsync("quay.io/a/b:1", _ => Text(_manifest.Replace(Digit('2'), "sha256:../../x", StringComparison.Ordinal)));
        Assert.Contains("without a digest", reason, StringComparison.Ordinal);

        (_, reason) = await ReadAsync("quay.io/a/b:1", _ => Text("""{"manifests": [{"digest": "sha256:../../x", "platform": {"os": "linux", "architecture": "amd64"}}]}"""));
        Assert.Contains("is not a SHA-256 digest", reason, StringComparison.Ordinal);
    }

    private static string Digit(char digit) => "sha256:" + new string(digit, 64);

    private static string Digest(string text) => "sha256:" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private static HttpResponseMessage Text(string text) => new(HttpStatusCode.OK) { Content = new StringContent(text) };

    private static HttpResponseMessage Challenge(string challenge)
    {
        var answer = new HttpResponseMessage(HttpStatusCode.Unauthorized);
        answer.Headers.WwwAuthenticate.Add(AuthenticationHeaderValue.Parse(challenge));
        return answer;
    }

    private async Task<(RegistryManifest? Manifest, string? Reason)> ReadAsync(
        string reference, Func<HttpRequestMessage, HttpResponseMessage> answer, RegistryLogin? login = null, string architecture = "amd64")
    {
        using var client = new HttpClient(new Registry(answer, _asked));
        return await new RegistryManifests(client, (_, _) => Task.FromResult(login ?? RegistryLogin.None))
            .ReadAsync(ImageReference.Parse(reference), architecture, TestContext.Current.CancellationToken);
    }

    private sealed class Registry(Func<HttpRequestMessage, HttpResponseMessage> answer, List<string> asked) : HttpMessageHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var body = request.Content is null ? "" : " " + await request.Content.ReadAsStringAsync(cancellationToken);
            asked.Add($"{request.Method} {request.RequestUri!.AbsoluteUri} {request.Headers.Authorization?.ToString() ?? "-"}{body}");
            return request.RequestUri is { Scheme: "https", IsLoopback: true } ? throw new HttpRequestException("no TLS there") : answer(request);
        }
    }
}
