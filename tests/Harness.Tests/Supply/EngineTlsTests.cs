using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
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
        var (authority, other) = (Authority("ours"), Authority("another"));
        Client(authority);
        using var server = Issue(authority, "localhost", isServer: true);
        using var stranger = Issue(other, "localhost", isServer: true);
        using var elsewhere = Issue(authority, "elsewhere.example", isServer: true);

        await using (var engine = new Engine(server, _requests))
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
            await using var engine = new Engine(certificate, _requests);
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
        await using var engine = new Engine(null, _requests);
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

    private static Task<EngineConnection> OpenAsync(Engine engine, EngineTls? tls) => EngineConnection.OpenAsync(
        new EngineEndpoint(new Uri($"tcp://localhost:{engine.Port}"), "DOCKER_HOST") { Tls = tls }, TimeSpan.FromSeconds(20), Cancellation);

    private static X509Certificate2 Authority(string name)
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=" + name, key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(2));
    }

    private static X509Certificate2 Issue(X509Certificate2 authority, string name, bool isServer)
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=" + name, key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        if (isServer)
        {
            var names = new SubjectAlternativeNameBuilder();
            names.AddDnsName(name);
            request.CertificateExtensions.Add(names.Build());
        }

        using var issued = request.Create(authority, DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1), RandomNumberGenerator.GetBytes(8));
        using var whole = issued.CopyWithPrivateKey(key);
        return X509CertificateLoader.LoadPkcs12(whole.Export(X509ContentType.Pkcs12), null, X509KeyStorageFlags.Exportable);
    }

    private void Client(X509Certificate2 authority)
    {
        using var own = Issue(authority, "user", isServer: false);
        File.WriteAllText(Path.Combine(_folder, "ca.pem"), authority.ExportCertificatePem());
        File.WriteAllText(Path.Combine(_folder, "cert.pem"), own.ExportCertificatePem());
        File.WriteAllText(Path.Combine(_folder, "key.pem"), own.GetRSAPrivateKey()!.ExportPkcs8PrivateKeyPem());
    }

    private sealed class Kept(List<string> messages) : IProgress<string>
    {
        public void Report(string value) => messages.Add(value);
    }

    /// <summary>Answers every request as an engine of API 1.41, and keeps its head.</summary>
    private sealed class Engine : IAsyncDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Any, 0);
        private readonly X509Certificate2? _certificate;
        private readonly List<string> _requests;
        private readonly CancellationTokenSource _end = new();
        private readonly Task _serving;

        internal Engine(X509Certificate2? certificate, List<string> requests)
        {
            (_certificate, _requests) = (certificate, requests);
            _listener.Start();
            _serving = ServeAsync();
        }

        internal int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

        internal string? ClientName { get; private set; }

        public async ValueTask DisposeAsync()
        {
            await _end.CancelAsync();
            await _serving;
            _listener.Dispose();
            _end.Dispose();
        }

        private async Task ServeAsync()
        {
            var answers = new List<Task>();
            try
            {
                // Each for itself: a client that trusts somebody else may leave its connection open.
                while (true)
                    answers.Add(AnswerOneAsync(await _listener.AcceptTcpClientAsync(_end.Token)));
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException)
            {
                await Task.WhenAll(answers);
            }
        }

        private async Task AnswerOneAsync(TcpClient client)
        {
            try
            {
                using (client)
                    await AnswerAsync(client);
            }
            catch (Exception e) when (e is IOException or AuthenticationException or OperationCanceledException)
            {
                // It went away, or trusts somebody else.
            }
        }

        private async Task AnswerAsync(TcpClient client)
        {
            Stream stream = client.GetStream();
            if (_certificate is not null)
            {
                var secure = new SslStream(stream);
                await secure.AuthenticateAsServerAsync(new SslServerAuthenticationOptions
                {
                    ServerCertificate = _certificate,
                    ClientCertificateRequired = true,
                    RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null,
                }, _end.Token);
                ClientName = secure.RemoteCertificate?.Subject;
                stream = secure;
            }

            await using (stream)
            {
                var buffer = new byte[1 << 16];
                var head = "";
                while (!head.Contains("\r\n\r\n", StringComparison.Ordinal) && await stream.ReadAsync(buffer, _end.Token) is > 0 and var count)
                    head += Encoding.ASCII.GetString(buffer, 0, count);
                _requests.Add(head);
                var body = head.Contains("/version", StringComparison.Ordinal) ? """{"ApiVersion":"1.41","Version":"20.10"}""" : "{}";
                await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n{body}"), _end.Token);
            }
        }
    }
}
