using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Harness.Core;

namespace Harness.Engines.Endpoints;

/// <summary>How an engine is spoken to over TLS, as Docker's command line has it: a folder with ca.pem, cert.pem and key.pem.</summary>
/// <param name="Folder">DOCKER_CERT_PATH, else Docker's settings folder.</param>
public sealed record EngineTls(string Folder)
{
    /// <summary>Set to anything: the engine is spoken to over TLS, and its certificate is checked.</summary>
    internal const string VerifyVariable = "DOCKER_TLS_VERIFY";

    /// <summary>Where the certificates are.</summary>
    internal const string FolderVariable = "DOCKER_CERT_PATH";

    /// <summary>TLS without a check of the engine's certificate: Docker's command line has it, the harness does not.</summary>
    internal const string UncheckedVariable = "DOCKER_TLS";

    /// <summary>The certificate of whoever signed the engine's.</summary>
    internal string Authority => Path.Combine(Folder, "ca.pem");

    /// <summary>The user's own certificate.</summary>
    internal string Certificate => Path.Combine(Folder, "cert.pem");

    /// <summary>Its key.</summary>
    internal string Key => Path.Combine(Folder, "key.pem");

    /// <summary>The options of Docker's command line that say the same.</summary>
    internal ImmutableArray<string> Arguments => ["--tlsverify", "--tlscacert", Authority, "--tlscert", Certificate, "--tlskey", Key];

    /// <summary>What the environment says; null where it says nothing of TLS.</summary>
    /// <param name="variable">Reads a variable.</param>
    /// <param name="dockerFolder">Docker's settings.</param>
    /// <exception cref="HarnessException">It asks for what the harness does not do; one line.</exception>
    internal static EngineTls? FromEnvironment(Func<string, string?> variable, string dockerFolder)
    {
        if (string.IsNullOrEmpty(variable(VerifyVariable)))
        {
            return string.IsNullOrEmpty(variable(UncheckedVariable)) && string.IsNullOrEmpty(variable(FolderVariable))
                ? null
                : throw new HarnessException($"{UncheckedVariable} or {FolderVariable} without {VerifyVariable} asks for TLS that does not check whose engine it is: set {VerifyVariable}=1, or unset both");
        }

        return new EngineTls(variable(FolderVariable) is { Length: > 0 } folder ? folder : dockerFolder);
    }

    /// <summary>For a connection.</summary>
    /// <exception cref="HarnessException">A certificate cannot be read; one line with the remedy.</exception>
    internal SslClientAuthenticationOptions Options()
    {
        var (own, check) = Read();
        return new SslClientAuthenticationOptions { ClientCertificates = [own], RemoteCertificateValidationCallback = check };
    }

    /// <summary>The user's certificate, and the check of the engine's.</summary>
    /// <exception cref="HarnessException">A certificate cannot be read; one line with the remedy.</exception>
    internal (X509Certificate2 Own, RemoteCertificateValidationCallback Check) Read()
    {
        try
        {
            // By way of PKCS #12: a key that is only in memory is not taken by every platform's TLS.
            using var pem = X509Certificate2.CreateFromPemFile(Certificate, Key);
            var own = X509CertificateLoader.LoadPkcs12(pem.Export(X509ContentType.Pkcs12), null);
            var authority = X509CertificateLoader.LoadCertificateFromFile(Authority);
            return (own, (_, certificate, _, errors) => IsTrusted(certificate, errors, authority));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new HarnessException($"the certificates for the engine cannot be read ({e.Message.ReplaceLineEndings(" ")}): {VerifyVariable} needs ca.pem, cert.pem and key.pem in {Folder}; name another folder with {FolderVariable}", e);
        }
    }

    /// <summary>Whether a certificate is signed by the authority and of the host that was asked for.</summary>
    private static bool IsTrusted(X509Certificate? certificate, SslPolicyErrors errors, X509Certificate2 authority)
    {
        if (certificate is null || (errors & (SslPolicyErrors.RemoteCertificateNameMismatch | SslPolicyErrors.RemoteCertificateNotAvailable)) != 0)
            return false;
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(authority);
        // The authority is the user's own, which publishes no list.
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        using var server = X509CertificateLoader.LoadCertificate(certificate.GetRawCertData());
        return chain.Build(server);
    }
}
