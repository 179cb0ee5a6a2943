using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Harness.IntegrationTests.Cli;

/// <summary>Stands before a registry, counts who connects, and is gone for good once a request holds a given text.</summary>
internal sealed class Relay : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly List<TcpClient> _clients = [];
    private readonly int _target;
    private readonly string _cutsAt;
    private int _connections;

    /// <param name="target">Port to relay to; 0 closes every connection at once.</param>
    /// <param name="cutsAt">The text that ends it; empty for none.</param>
    public Relay(int target, string cutsAt)
    {
        (_target, _cutsAt) = (target, cutsAt);
        _listener.Start();
        Host = $"127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";
        _ = AcceptAsync();
    }

    public string Host { get; }

    public int Connections => _connections;

    public bool IsCut { get; private set; }

    public void Dispose() => Cut();

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync();
                Interlocked.Increment(ref _connections);
                if (_target == 0)
                    client.Dispose();
                else
                    _ = ServeAsync(client);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The listener was stopped.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        var server = new TcpClient();
        lock (_clients)
        {
            _clients.Add(client);
            _clients.Add(server);
        }

        try
        {
            await server.ConnectAsync(IPAddress.Loopback, _target);
            var back = server.GetStream().CopyToAsync(client.GetStream());
            var buffer = new byte[1 << 16];
            for (int count; (count = await client.GetStream().ReadAsync(buffer)) > 0;)
            {
                if (_cutsAt.Length > 0 && Encoding.Latin1.GetString(buffer, 0, count).Contains(_cutsAt, StringComparison.Ordinal))
                {
                    IsCut = true;
                    Cut();
                    return;
                }

                await server.GetStream().WriteAsync(buffer.AsMemory(0, count));
            }

            await back;
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or InvalidOperationException)
        {
            // One side went away; so does the other.
        }
        finally
        {
            client.Dispose();
            server.Dispose();
        }
    }

    private void Cut()
    {
        _listener.Stop();
        lock (_clients)
        {
            foreach (var client in _clients)
                client.Dispose();
        }
    }
}
