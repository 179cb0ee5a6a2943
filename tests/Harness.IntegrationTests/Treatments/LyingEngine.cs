using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Harness.IntegrationTests.Runtimes;

namespace Harness.IntegrationTests.Treatments;

/// <summary>One thing that an engine does otherwise than it was asked.</summary>
/// <param name="Create">Alters what is asked for a container, before the engine gets it.</param>
/// <param name="Inspect">Alters what the engine tells of a container, given what was asked; null: it tells the truth.</param>
internal sealed record Lie(Action<JsonObject> Create, Action<JsonObject, JsonObject>? Inspect = null);

/// <summary>
/// Stands between the harness and an engine that works. Bodies of requests that create a container are altered, and answers that tell what
/// a container is; all else goes through byte for byte, attached streams too. One request a connection, so that no other framing need be understood.
/// </summary>
internal sealed class LyingEngine : IDisposable
{
    private readonly Doorway _door;
    private readonly string _engine;
    private readonly Func<JsonObject, Lie?> _lieOf;
    private readonly ConcurrentDictionary<string, (JsonObject Body, Lie? Lie)> _asked = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<Lie, int> _altered = [];

    /// <param name="engine">The engine's socket.</param>
    /// <param name="listen">Where the harness finds it.</param>
    /// <param name="lie">What it does otherwise, with every container.</param>
    internal LyingEngine(string engine, EndPoint listen, Lie lie)
        : this(engine, listen, _ => lie)
    {
    }

    /// <param name="engine">The engine's socket.</param>
    /// <param name="listen">Where the harness finds it.</param>
    /// <param name="lieOf">What it does otherwise with the container of this request; null: nothing.</param>
    internal LyingEngine(string engine, EndPoint listen, Func<JsonObject, Lie?> lieOf)
    {
        (_engine, _lieOf) = (engine, lieOf);
        _door = new Doorway(listen, ServeAsync);
    }

    internal string Address => _door.Address;

    /// <summary>How many containers were asked for otherwise than the harness did.</summary>
    internal int Altered => _altered.Values.Sum();

    /// <summary>The same by lie.</summary>
    internal IReadOnlyDictionary<Lie, int> AlteredBy => _altered;

    public void Dispose() => _door.Dispose();

    private async Task ServeAsync(Socket socket)
    {
        await using var client = new NetworkStream(socket, ownsSocket: true);
        var server = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await server.ConnectAsync(new UnixDomainSocketEndPoint(_engine));
        await using var engine = new NetworkStream(server, ownsSocket: true);
        await ServeAsync(new Wire(client), new Wire(engine));
    }

    private async Task ServeAsync(Wire client, Wire engine)
    {
        if (await client.HeadAsync() is not { } request)
            return;
        var isHijacked = request.Contains("\r\nUpgrade:", StringComparison.OrdinalIgnoreCase);
        var path = request.Split(' ')[1];
        if (!isHijacked)
            request = WithoutHeader(request, "Connection") + "Connection: close\r\n";
        if (path.Contains("/containers/create", StringComparison.Ordinal))
        {
            var asked = JsonNode.Parse(await client.BodyAsync(request))!.AsObject();
            var sent = asked.DeepClone().AsObject();
            var lie = _lieOf(asked);
            lie?.Create(sent);
            if (lie is not null && !JsonNode.DeepEquals(asked, sent))
                _altered.AddOrUpdate(lie, 1, (_, count) => count + 1);
            _asked[path.Split("name=")[^1].Split('&')[0]] = (asked, lie);
            await engine.WriteAsync(request, sent);
        }
        else
        {
            await engine.WriteAsync(Encoding.Latin1.GetBytes(request + "\r\n"));
        }

        var rest = client.PumpAsync(engine);
        if (Inspected(path) is { } name && await engine.HeadAsync() is { } answer)
        {
            var body = JsonNode.Parse(await engine.BodyAsync(answer))!.AsObject();
            // By its id too, as programs ask that know it from its creation.
            if (_asked.TryGetValue(name, out var asked) || _asked.TryGetValue(((string?)body["Name"] ?? "").TrimStart('/'), out asked))
                asked.Lie?.Inspect?.Invoke(body, asked.Body.DeepClone().AsObject());
            await client.WriteAsync(answer, body);
            return;
        }

        await engine.PumpAsync(client);
        if (isHijacked)
            await Task.WhenAny(rest, Task.Delay(100));
    }

    private static string? Inspected(string path)
    {
        var parts = path.Split('?')[0].Split('/');
        return parts is [.., "containers", var name, "json"] ? name : null;
    }

    private static string WithoutHeader(string head, string name) => string.Concat(head.Split("\r\n", StringSplitOptions.RemoveEmptyEntries)
        .Where(line => !line.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase)).Select(line => line + "\r\n"));

    /// <summary>One side of a connection, read with a look ahead.</summary>
    private sealed class Wire(NetworkStream stream)
    {
        private readonly List<byte> _ahead = [];

        /// <summary>The first lines, up to the empty one, without it.</summary>
        internal async Task<string?> HeadAsync()
        {
            var buffer = new byte[16 * 1024];
            while (true)
            {
                var text = Encoding.Latin1.GetString([.. _ahead]);
                if (text.IndexOf("\r\n\r\n", StringComparison.Ordinal) is >= 0 and var at)
                {
                    _ahead.RemoveRange(0, at + 4);
                    return text[..(at + 2)];
                }

                var count = await stream.ReadAsync(buffer);
                if (count == 0)
                    return null;
                _ahead.AddRange(buffer.AsSpan(0, count));
            }
        }

        internal async Task<byte[]> BodyAsync(string head)
        {
            if (Header(head, "Content-Length") is { } length)
                return await TakeAsync(int.Parse(length, System.Globalization.CultureInfo.InvariantCulture));
            var body = new List<byte>();
            while (true)
            {
                var line = "";
                while (!line.EndsWith("\r\n", StringComparison.Ordinal))
                    line += (char)(await TakeAsync(1))[0];
                var size = Convert.ToInt32(line.Split(';')[0].Trim(), 16);
                body.AddRange(await TakeAsync(size));
                await TakeAsync(2);
                if (size == 0)
                    return [.. body];
            }
        }

        internal async Task WriteAsync(byte[] bytes) => await stream.WriteAsync(bytes);

        internal async Task WriteAsync(string head, JsonObject body)
        {
            var bytes = Encoding.UTF8.GetBytes(body.ToJsonString());
            var text = WithoutHeader(WithoutHeader(head, "Content-Length"), "Transfer-Encoding") + $"Content-Length: {bytes.Length}\r\n\r\n";
            await stream.WriteAsync((byte[])[.. Encoding.Latin1.GetBytes(text), .. bytes]);
        }

        internal async Task PumpAsync(Wire to)
        {
            try
            {
                await to.WriteAsync([.. _ahead]);
                var buffer = new byte[1 << 16];
                for (int count; (count = await stream.ReadAsync(buffer)) > 0;)
                    await to.WriteAsync(buffer[..count]);
            }
            catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException)
            {
                // One side went away; so does the other.
            }
        }

        private async Task<byte[]> TakeAsync(int count)
        {
            var buffer = new byte[16 * 1024];
            while (_ahead.Count < count)
            {
                var read = await stream.ReadAsync(buffer);
                if (read == 0)
                    throw new IOException("the body ended too early");
                _ahead.AddRange(buffer.AsSpan(0, read));
            }

            var taken = _ahead.GetRange(0, count).ToArray();
            _ahead.RemoveRange(0, count);
            return taken;
        }

        private static string? Header(string head, string name) => head.Split("\r\n")
            .Where(line => line.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase)).Select(line => line[(name.Length + 1)..].Trim()).FirstOrDefault();
    }
}
