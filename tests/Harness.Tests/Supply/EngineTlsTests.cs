using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Harness.Core;
using Harness.Engines.Connecting;
using Harness.Engines.Contract;
using Harness.Engines.DockerApi;
using Harness.Engines.Endpoints;
using Harness.Images.Userlands;

namespace Harness.Tests.Supply;

/// <summary>An engine at a network address is spoken to as the user asked, and a login goes over no wire that others read.</summary>
public sealed class EngineTlsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("harness-tls-").FullName;
    private readonly List<string> _messages = [];
    private readonly List<string> _requests = [];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(null, null, null, null)]
    [InlineData("1", "/certs", null, "/certs")]
    [InlineData("1", null, null, "/docker")]
    [InlineData(null, "/certs", null, "error")]
    [InlineData(null, null, "1", "error")]
    public void The_environment_asks_for_TLS_or_for_none_and_is_never_ignored(string? verify, string? path, string? tls, string? folder)
    {
        EngineTls? Read() => EngineTls.FromEnvironment(name => name switch { "DOCKER_TLS_VERIFY" => verify, "DOCKER_CERT_PATH" => path, "DOCKER_TLS" => tls, _ => null }, "/docker");
        if (folder == "error")
        {
            var message = Assert.Throws<HarnessException>(() => Read()).Message;
            Assert.Contains("DOCKER_TLS_VERIFY=1", message, StringComparison.Ordinal);
            // An engine behind a socket has no wire: what the environment says of wires does not concern it.
            var search = new EngineSearch { DockerFolder = _folder, DefaultAddress = "unix:///none", Option = "unix:///a", Tls = Read };
            Assert.Null(EngineLocator.Named(search)!.Tls);
            Assert.Throws<HarnessException>(() => EngineLocator.Named(search with { Option = "tcp://127.0.0.1:2376" }));
            return;
        }

        Assert.Equal(folder, Read()?.Folder);
    }

    [Fact]
    public async Task An_engine_is_reached_over_TLS_and_only_if_it_is_the_one()
    {
        var (authority, other) = (TlsEngine.Authority("ours"), TlsEngine.Authority("another"));
        Client(authority);
        using var server = TlsEngine.Issue(authority, "localhost", isServer: true);
        using var stranger = TlsEngine.Issue(other, "localhost", isServer: true);
        using var elsewhere = TlsEngine.Issue(authority, "elsewhere.example", isServer: true);

        await using (var engine = new TlsEngine(server, _requests))
        {
            using var connection = await OpenAsync(engine, new EngineTls(_folder));
            Assert.Equal("1.41", ((DockerEngine)connection.Engine).ApiVersion);
            Assert.False(connection.Endpoint.IsOpenWire);
            Assert.Equal("CN=user", engine.ClientName);
            // Plain HTTP does not reach it.
            await Assert.ThrowsAsync<HarnessException>(() => OpenAsync(engine, null));
        }

        foreach (var certificate in new[] { stranger, elsewhere })
        {
            await using var engine = new TlsEngine(certificate, _requests);
            var e = await Assert.ThrowsAsync<HarnessException>(() => OpenAsync(engine, new EngineTls(_folder)));
            Assert.Contains("does not answer", e.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Certificates_that_are_missing_are_one_line_with_the_remedy()
    {
        var e = await Assert.ThrowsAsync<HarnessException>(() => EngineConnection.OpenAsync(
            new EngineEndpoint(new Uri("tcp://127.0.0.1:1"), "DOCKER_HOST") { Tls = new EngineTls(_folder) }, TimeSpan.FromSeconds(5), Cancellation));

        Assert.Contains("DOCKER_CERT_PATH", e.Message, StringComparison.Ordinal);
        Assert.Contains("ca.pem, cert.pem and key.pem", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', e.Message);
    }

    [Fact]
    public void A_context_s_own_certificates_are_used()
    {
        var id = Convert.ToHexStringLower(SHA256.HashData("lab"u8));
        File.WriteAllText(Path.Combine(Directory.CreateDirectory(Path.Combine(_folder, "contexts", "meta", id)).FullName, "meta.json"), """{"Endpoints":{"docker":{"Host":"tcp://engine.example:2376"}}}""");
        var own = Directory.CreateDirectory(Path.Combine(_folder, "contexts", "tls", id, "docker")).FullName;
        File.WriteAllText(Path.Combine(own, "ca.pem"), "");

        Assert.Equal(own, EngineLocator.Named(new EngineSearch { DockerFolder = _folder, DefaultAddress = "unix:///none", ContextName = "lab" })!.Tls!.Folder);
    }

    [Fact]
    public void A_context_whose_TLS_checks_nothing_is_refused()
    {
        var id = Convert.ToHexStringLower(SHA256.HashData("lab"u8));
        File.WriteAllText(Path.Combine(Directory.CreateDirectory(Path.Combine(_folder, "contexts", "meta", id)).FullName, "meta.json"), """{"Endpoints":{"docker":{"Host":"tcp://engine.example:2376","SkipTLSVerify":true}}}""");

        var e = Assert.Throws<HarnessException>(() => EngineLocator.Named(new EngineSearch { DockerFolder = _folder, DefaultAddress = "unix:///none", ContextName = "lab" }));
        Assert.Contains("docker context update lab", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("unix:///run/docker.sock", false, false)]
    [InlineData("tcp://127.0.0.1:2375", false, false)]
    [InlineData("tcp://10.0.0.1:2376", true, false)]
    [InlineData("tcp://10.0.0.1:2375", false, true)]
    public void A_wire_is_open_where_others_can_read_along(string address, bool hasTls, bool isOpen) =>
        Assert.Equal(isOpen, (new EngineEndpoint(new Uri(address), "") { Tls = hasTls ? new EngineTls("/") : null }).IsOpenWire);

    [Fact]
    public async Task Over_an_open_wire_no_login_goes_and_one_line_says_so()
    {
        await using var engine = new TlsEngine(null, _requests);
        // The engine believes to be reached over a network: the address is not loopback's, the connection is.
        using var connection = await EngineConnection.OpenAsync(new EngineEndpoint(new Uri($"tcp://{Routable()}:{engine.Port}"), "DOCKER_HOST"), TimeSpan.FromSeconds(20), Cancellation);
        var images = new EngineImages(connection, new Kept(_messages));
        var login = new RegistryLogin { Username = "user", Password = "secret", ServerAddress = "registry.example" };
        for (var i = 0; i < 2; i++)
            await images.PullAsync("registry.example/a:1", login, new Progress<EngineWord>(), Cancellation);

        Assert.Contains("logins are not sent", Assert.Single(_messages), StringComparison.Ordinal);
        Assert.Equal(2, _requests.Count(request => request.Contains("/images/create", StringComparison.Ordinal)));
        Assert.DoesNotContain(_requests, request => request.Contains(Convert.ToBase64String("secret"u8)[..6], StringComparison.Ordinal) || Decoded(request).Contains("secret", StringComparison.Ordinal));
    }

    private static string Decoded(string request)
    {
        var line = request.Split("\r\n").FirstOrDefault(line => line.StartsWith("X-Registry-Auth:", StringComparison.OrdinalIgnoreCase));
        if (line is null)
            return "";
        var text = line.Split(':', 2)[1].Trim().Replace('-', '+').Replace('_', '/');
        return Encoding.UTF8.GetString(Convert.FromBase64String(text.PadRight((text.Length + 3) / 4 * 4, '=')));
    }

    // An address of this host that is not loopback's.
    private static IPAddress Routable()
    {
        var address = Dns.GetHostAddresses(Dns.GetHostName()).FirstOrDefault(address => address.AddressFamily == AddressFamily.InterNetwork && !IPAddress.IsLoopback(address));
        Assert.SkipWhen(address is null, "this host has no address but loopback's");
        return address;
    }

    private static Task<EngineConnection> OpenAsync(TlsEngine engine, EngineTls? tls) => EngineConnection.OpenAsync(
        new EngineEndpoint(new Uri($"tcp://localhost:{engine.Port}"), "DOCKER_HOST") { Tls = tls }, TimeSpan.FromSeconds(20), Cancellation);

    private void Client(X509Certificate2 authority)
    {
        using var own = TlsEngine.Issue(authority, "user", isServer: false);
        File.WriteAllText(Path.Combine(_folder, "ca.pem"), authority.ExportCertificatePem());
        File.WriteAllText(Path.Combine(_folder, "cert.pem"), own.ExportCertificatePem());
        File.WriteAllText(Path.Combine(_folder, "key.pem"), own.GetRSAPrivateKey()!.ExportPkcs8PrivateKeyPem());
    }

    private sealed class Kept(List<string> messages) : IProgress<string>
    {
        public void Report(string value) => messages.Add(value);
    }
}
