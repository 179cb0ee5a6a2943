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

    public void Dispose()
    {
        Cut();
        _listener.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                Serve(await _listener.AcceptTcpClientAsync());
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The listener was stopped.
        }
    }

    private void Serve(TcpClient client)
    {
        Interlocked.Increment(ref _connections);
        if (_target == 0)
        {
            client.Dispose();
            return;
        }

        var server = new TcpClient();
        server.Connect(IPAddress.Loopback, _target);
        lock (_clients)
        {
            _clients.Add(client);
            _clients.Add(server);
        }

        _ = PumpAsync(client.GetStream(), server.GetStream(), _cutsAt);
        _ = PumpAsync(server.GetStream(), client.GetStream(), "");
    }

    private async Task PumpAsync(NetworkStream from, NetworkStream to, string cutsAt)
    {
        try
        {
            var buffer = new byte[1 << 16];
            for (int count; (count = await from.ReadAsync(buffer)) > 0;)
            {
                if (cutsAt.Length > 0 && Encoding.Latin1.GetString(buffer, 0, count).Contains(cutsAt, StringComparison.Ordinal))
                {
                    IsCut = true;
                    Cut();
                    return;
                }

                await to.WriteAsync(buffer.AsMemory(0, count));
            }

            to.Close();
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or InvalidOperationException)
        {
            // One side went away; so does the other.
            to.Close();
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
