using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Harness.IntegrationTests.Runtimes;

/// <summary>Stands before an engine and changes texts of its answers into others of the same length.</summary>
internal sealed class RewritingRelay : IDisposable
{
    private readonly Doorway _door;
    private readonly string _socket;
    private readonly ImmutableArray<(byte[] From, byte[] To)> _texts;

    internal RewritingRelay(string socket, EndPoint listen, params (string From, string To)[] texts)
    {
        Assert.All(texts, text => Assert.Equal(text.From.Length, text.To.Length));
        (_socket, _texts) = (socket, [.. texts.Select(text => (Encoding.ASCII.GetBytes(text.From), Encoding.ASCII.GetBytes(text.To)))]);
        _door = new Doorway(listen, ServeAsync);
    }

    internal string Address => _door.Address;

    public void Dispose() => _door.Dispose();

    private async Task ServeAsync(Socket accepted)
    {
        await using var client = new NetworkStream(accepted, ownsSocket: true);
        using var server = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await server.ConnectAsync(new UnixDomainSocketEndPoint(_socket));
        await using var engine = new NetworkStream(server);
        await Task.WhenAny(PumpAsync(client, engine, rewrites: false), PumpAsync(engine, client, rewrites: true));
    }

    private async Task PumpAsync(NetworkStream from, NetworkStream to, bool rewrites)
    {
        try
        {
            var buffer = new byte[1 << 16];
            for (int count; (count = await from.ReadAsync(buffer)) > 0;)
            {
                foreach (var (old, changed) in rewrites ? _texts : [])
                {
                    for (int at; (at = buffer.AsSpan(0, count).IndexOf(old)) >= 0;)
                        changed.CopyTo(buffer, at);
                }

                await to.WriteAsync(buffer.AsMemory(0, count));
            }
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or InvalidOperationException)
        {
            // One side went away; so does the other.
        }
    }
}
