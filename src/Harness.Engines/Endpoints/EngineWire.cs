using System.Globalization;
using System.Net.Sockets;

namespace Harness.Engines.Endpoints;

/// <summary>Questions to an engine that the client library does not put, or whose answers it does not read. The connection is one of their own.</summary>
internal static class EngineWire
{
    /// <summary>The body of an engine's answer to a GET.</summary>
    /// <param name="endpoint">Where the engine is.</param>
    /// <param name="path">The path with its query, from the slash on.</param>
    /// <param name="patience">How long it may take.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="IOException">The engine does not tell.</exception>
    internal static async Task<string> GetAsync(EngineEndpoint endpoint, string path, TimeSpan patience, CancellationToken cancellation)
    {
        using var client = Client(endpoint, patience);
        try
        {
            return await client.GetStringAsync(new Uri(path, UriKind.Relative), cancellation);
        }
        catch (Exception e) when (e is HttpRequestException or SocketException || (e is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            throw new IOException(e.Message, e);
        }
    }

    /// <summary>A client for an engine's API over HTTP, by whatever way the endpoint is reached. Its base address is the engine's root.</summary>
    /// <param name="endpoint">Where the engine is.</param>
    /// <param name="patience">How long a call may take.</param>
    /// <exception cref="IOException">It is behind a named pipe.</exception>
    internal static HttpClient Client(EngineEndpoint endpoint, TimeSpan patience)
    {
        var address = endpoint.Address;
        if (address.Scheme == "npipe")
            throw new IOException("an engine behind a named pipe is not asked");
        var handler = new SocketsHttpHandler();
        if (endpoint.Dial is { } dial)
            handler.ConnectCallback = (_, token) => dial(token);
        else if (address.Scheme == "unix")
            handler.ConnectCallback = (_, token) => ConnectAsync(address.AbsolutePath, token);
        if (endpoint.Tls is { } tls)
            handler.SslOptions = tls.Options();
        var root = address.Scheme == "unix" || endpoint.Dial is not null ? "http://engine" : string.Create(CultureInfo.InvariantCulture, $"{(endpoint.Tls is null ? "http" : "https")}://{address.Host}:{address.Port}");
        return new HttpClient(handler) { BaseAddress = new Uri(root), Timeout = patience };
    }

    private static async ValueTask<Stream> ConnectAsync(string path, CancellationToken cancellation)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
