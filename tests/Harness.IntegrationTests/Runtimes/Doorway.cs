using System.Net;
using System.Net.Sockets;

namespace Harness.IntegrationTests.Runtimes;

/// <summary>Where a test's stand-in for an engine or a registry is met: each caller is served apart, and one that goes away takes no other along.</summary>
internal sealed class Doorway : IDisposable
{
    private readonly Socket _listener;

    /// <param name="listen">A unix socket's path that is not there yet, or an address; port 0 takes a free one.</param>
    /// <param name="serve">Serves one caller and owns its socket.</param>
    internal Doorway(EndPoint listen, Func<Socket, Task> serve)
    {
        _listener = new Socket(listen.AddressFamily, SocketType.Stream, listen is IPEndPoint ? ProtocolType.Tcp : ProtocolType.Unspecified);
        _listener.Bind(listen);
        _listener.Listen(64);
        Address = _listener.LocalEndPoint is IPEndPoint ip ? $"tcp://{ip}" : $"unix://{listen}";
        _ = AcceptAsync(serve);
    }

    /// <summary>As an engine's address is written.</summary>
    internal string Address { get; }

    public void Dispose() => _listener.Dispose();

    private async Task AcceptAsync(Func<Socket, Task> serve)
    {
        try
        {
            while (true)
                _ = ServeAsync(serve, await _listener.AcceptAsync());
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The listener was stopped.
        }
    }

    private static async Task ServeAsync(Func<Socket, Task> serve, Socket caller)
    {
        try
        {
            await serve(caller);
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException)
        {
            // One side went away; so does the other.
        }
    }
}
