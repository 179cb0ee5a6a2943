using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Harness.Tests.Supply;

/// <summary>Answers every request as an engine of API 1.41, and keeps its head.</summary>
internal sealed class TlsEngine : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Any, 0);
    private readonly X509Certificate2? _certificate;
    private readonly List<string> _requests;
    private readonly CancellationTokenSource _end = new();
    private readonly Task _serving;

    internal TlsEngine(X509Certificate2? certificate, List<string> requests)
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

    internal static X509Certificate2 Authority(string name)
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=" + name, key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(2));
    }

    internal static X509Certificate2 Issue(X509Certificate2 authority, string name, bool isServer)
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
}
