using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Harness.Engines.Connecting;
using Harness.Engines.Endpoints;

namespace Harness.Sandboxes.MachineEngine;

/// <summary>
/// Certificates for one engine in one VM, made for its boot: an authority that nobody else has, the engine's own, and the one client's. Others on this host
/// reach the forwarded port too, and get no further than the handshake.
/// </summary>
internal sealed class EngineCertificates
{
    private const string ServerUse = "1.3.6.1.5.5.7.3.1";
    private const string ClientUse = "1.3.6.1.5.5.7.3.2";

    private EngineCertificates(EngineTls client, ImmutableSortedDictionary<string, ImmutableArray<byte>> engine) => (Client, Engine) = (client, engine);

    /// <summary>How the harness speaks to the engine.</summary>
    internal EngineTls Client { get; }

    /// <summary>The engine's files, by name.</summary>
    internal ImmutableSortedDictionary<string, ImmutableArray<byte>> Engine { get; }

    /// <summary>Makes them; the client's are written into a folder that only this user may enter.</summary>
    internal static EngineCertificates Make(string folder, DateTimeOffset now)
    {
        // A guest's clock may be off by what its hardware clock is.
        var (from, to) = (now.AddDays(-1), now.AddDays(30));
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=harness", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: true, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, critical: true));
        using var authority = request.CreateSelfSigned(from, to);
        var pem = authority.ExportCertificatePem();
        var (own, ownKey) = Sign(authority, "CN=client", ClientUse, from, to);
        var (server, serverKey) = Sign(authority, "CN=engine", ServerUse, from, to);
        var client = new EngineTls(folder);
        Write(client.Authority, pem);
        Write(client.Certificate, own);
        Write(client.Key, ownKey);
        return new EngineCertificates(client, ImmutableSortedDictionary<string, ImmutableArray<byte>>.Empty
            .Add("ca.pem", Bytes(pem)).Add("server.pem", Bytes(server)).Add("server-key.pem", Bytes(serverKey)));
    }

    private static (string Certificate, string Key) Sign(X509Certificate2 authority, string name, string use, DateTimeOffset from, DateTimeOffset to)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(use)], critical: false));
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.Create(authority, from, to.AddDays(-1), RandomNumberGenerator.GetBytes(16));
        return (certificate.ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem());
    }

    private static void Write(string file, string text)
    {
        using var stream = OperatingSystem.IsWindows()
            ? new FileStream(file, FileMode.CreateNew, FileAccess.Write)
            : new FileStream(file, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite });
        stream.Write(Encoding.ASCII.GetBytes(text));
    }

    private static ImmutableArray<byte> Bytes(string text) => [.. Encoding.ASCII.GetBytes(text)];
}
