using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using Harness.Host.Processes;

namespace Harness.Sandboxes.Tracing;

/// <summary>
/// Listens to a containerd's events, by gRPC over its own socket (<c>containerd.services.events.v1.Events/Subscribe</c>), for when it was given which
/// container. Its events have CLOCK_REALTIME; they are turned to CLOCK_MONOTONIC by both clocks read together, and none of them counts where the
/// two drifted apart meanwhile.
/// </summary>
internal sealed class ContainerdEvents : IAsyncDisposable
{
    private const string Subscribe = "http://containerd/containerd.services.events.v1.Events/Subscribe";
    private const string Created = "/containers/create";
    private const int FrameHead = 5, LargestFrame = 1 << 20;
    // Far below a phase, far above what reading two clocks takes.
    private const long MostDrift = 100_000;

    private readonly CancellationTokenSource _over = new();
    private readonly SocketsHttpHandler _handler;
    private readonly ConcurrentDictionary<string, long> _created = new(StringComparer.Ordinal);
    private readonly long? _offset = HostClock.RealtimeOffset();
    private readonly Task _listening;

    private ContainerdEvents(string socket)
    {
        _handler = new SocketsHttpHandler
        {
            UseProxy = false,
            ConnectCallback = async (_, cancellation) =>
            {
                var connection = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                try
                {
                    await connection.ConnectAsync(new UnixDomainSocketEndPoint(socket), cancellation);
                    return new NetworkStream(connection, ownsSocket: true);
                }
                catch
                {
                    connection.Dispose();
                    throw;
                }
            },
        };
        _listening = ListenAsync(_over.Token);
    }

    /// <summary>Begins to listen at once. Where nobody answers there are no events.</summary>
    internal static ContainerdEvents Begin(string socket) => new(socket);

    /// <summary>When containerd was given a container, CLOCK_MONOTONIC; null where it did not tell.</summary>
    internal long? Given(string container) =>
        _created.TryGetValue(container, out var real) && _offset is { } before && HostClock.RealtimeOffset() is { } after && Math.Abs(after - before) <= MostDrift
            ? real - before
            : null;

    public async ValueTask DisposeAsync()
    {
        await _over.CancelAsync();
        await _listening;
        _handler.Dispose();
        _over.Dispose();
    }

    private async Task ListenAsync(CancellationToken over)
    {
        try
        {
            using var client = new HttpMessageInvoker(_handler, disposeHandler: false);
            using var request = new HttpRequestMessage(HttpMethod.Post, Subscribe)
            {
                Version = HttpVersion.Version20,
                VersionPolicy = HttpVersionPolicy.RequestVersionExact,
                // One message without fields: every event.
                Content = new ByteArrayContent(new byte[FrameHead]),
            };
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
            request.Headers.TE.Add(new TransferCodingWithQualityHeaderValue("trailers"));
            using var response = await client.SendAsync(request, over);
            await using var stream = await response.Content.ReadAsStreamAsync(over);
            var head = new byte[FrameHead];
            while (true)
            {
                await stream.ReadExactlyAsync(head, over);
                var length = BinaryPrimitives.ReadInt32BigEndian(head.AsSpan(1));
                if (head[0] != 0 || length is < 0 or > LargestFrame)
                    return;
                var envelope = new byte[length];
                await stream.ReadExactlyAsync(envelope, over);
                Take(envelope);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or HttpRequestException or IOException or SocketException)
        {
            // Over, or no containerd that tells: the moment is missing.
            _ = e;
        }
    }

    // Envelope: 1 timestamp (1 seconds, 2 nanoseconds), 2 namespace, 3 topic, 4 event, an Any whose 2 is ContainerCreate (1 id).
    private void Take(ReadOnlySpan<byte> envelope)
    {
        if (!ProtoField.Of(envelope, 3).SequenceEqual(Encoding.ASCII.GetBytes(Created)))
            return;
        var time = ProtoField.Of(envelope, 1);
        var id = Encoding.UTF8.GetString(ProtoField.Of(ProtoField.Of(ProtoField.Of(envelope, 4), 2), 1));
        _created.TryAdd(id, (ProtoField.Number(time, 1) * 1_000_000_000) + ProtoField.Number(time, 2));
    }
}
