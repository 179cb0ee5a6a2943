using System.Net.Sockets;
using System.Text.Json;
using Harness.Host.Paths;

namespace Harness.Benchmarks.StandIns;

/// <summary>Counts the images of the private engine by its own events, from its start to its end: what is pulled between two looks is not missed.</summary>
internal sealed class ImageWatch : IAsyncDisposable
{
    private readonly CancellationTokenSource _end = new();
    private readonly Task _watching;

    private ImageWatch(string socket) => _watching = WatchAsync(socket, _end.Token);

    /// <summary>Images that were pulled.</summary>
    internal int Pulled { get; private set; }

    /// <summary>Images that were removed.</summary>
    internal int Removed { get; private set; }

    /// <summary>The most that had been pulled and not been removed at any time.</summary>
    internal int Most { get; private set; }

    /// <summary>Waits for the engine of a cache and watches it.</summary>
    /// <param name="cache">What <c>XDG_CACHE_HOME</c> is for the harness that starts it.</param>
    internal static ImageWatch Begin(string cache) => new(EnginePaths.At(Path.Combine(cache, "harness")).Socket);

    /// <summary>The most bytes that the images' layers took after a pull, unpacked; those that images share count once.</summary>
    internal long MostBytes { get; private set; }

    /// <summary>Waits until the engine has ended.</summary>
    internal Task EndedAsync() => _watching;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _watching.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _end.Dispose();
    }

    private async Task WatchAsync(string socket, CancellationToken cancellation)
    {
        using var client = new HttpClient(new SocketsHttpHandler
        {
            ConnectCallback = async (_, token) =>
            {
                var connection = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await connection.ConnectAsync(new UnixDomainSocketEndPoint(socket), token);
                return new NetworkStream(connection, ownsSocket: true);
            },
        });
        client.Timeout = Timeout.InfiniteTimeSpan;
        // From the engine's first second on, also where its socket was found late.
        var address = new Uri("http://engine/events?since=0&filters=" + Uri.EscapeDataString("""{"type":["image"]}"""));
        Stream? stream = null;
        while (stream is null)
        {
            try
            {
                stream = await client.GetStreamAsync(address, cancellation);
            }
            catch (HttpRequestException)
            {
                await Task.Delay(20, cancellation);
            }
        }

        await using (stream)
        {
            using var lines = new StreamReader(stream);
            try
            {
                while (await lines.ReadLineAsync(cancellation) is { } line)
                {
                    if (Take(line))
                        MostBytes = Math.Max(MostBytes, await BytesAsync(client, cancellation));
                }
            }
            catch (Exception e) when (e is IOException or HttpRequestException)
            {
                // The engine was stopped.
            }
        }
    }

    private bool Take(string line)
    {
        using var json = JsonDocument.Parse(line);
        var action = json.RootElement.GetProperty("Action").GetString();
        Pulled += action == "pull" ? 1 : 0;
        Removed += action == "delete" ? 1 : 0;
        Most = Math.Max(Most, Pulled - Removed);
        return action == "pull";
    }

    private static async Task<long> BytesAsync(HttpClient client, CancellationToken cancellation)
    {
        using var json = JsonDocument.Parse(await client.GetStringAsync(new Uri("http://engine/system/df"), cancellation));
        return json.RootElement.GetProperty("LayersSize").GetInt64();
    }
}
