using Docker.DotNet;
using Docker.DotNet.Handler.Abstractions;
using Docker.DotNet.NativeHttp;
using Docker.DotNet.X509;
using Harness.Engines.Endpoints;

namespace Harness.Engines.DockerApi;

/// <summary>Makes clients of Docker's API for an endpoint.</summary>
internal static class DockerClients
{
    // The client takes no other word for a connection that is made for it; nothing listens there.
    private static readonly Uri Made = new("http://engine");

    /// <summary>One. Its calls have no time limit of their own.</summary>
    /// <param name="endpoint">Where the engine is.</param>
    /// <param name="version">The API version to speak; null: the engine's choice.</param>
    internal static DockerClient Create(EngineEndpoint endpoint, Version? version)
    {
        var builder = new DockerClientBuilder().WithTimeout(Timeout.InfiniteTimeSpan).WithApiVersion(version);
        if (endpoint.Dial is { } dial)
            return builder.WithEndpoint(Made).WithTransportOptions(new NativeHttpTransportOptions { ConfigureHandler = Configure }).Build();
        builder = builder.WithEndpoint(endpoint.Address);
        return (endpoint.Tls is { } tls ? builder.WithAuthProvider(Credentials(tls)) : builder).Build();

        void Configure(SocketsHttpHandler handler)
        {
            handler.ConnectCallback = (_, token) => dial(token);
            // A running container holds two connections: with the library's ten, a fleet would wait for itself.
            handler.MaxConnectionsPerServer = int.MaxValue;
        }
    }

    /// <summary>The certificates of an engine that is spoken to over TLS.</summary>
    /// <exception cref="Core.HarnessException">A certificate cannot be read; one line with the remedy.</exception>
    internal static IAuthProvider Credentials(EngineTls tls)
    {
        var (own, check) = tls.Read();
        return new CertificateCredentials(own) { ServerCertificateValidationCallback = check };
    }
}
