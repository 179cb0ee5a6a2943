using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using Harness.IntegrationTests.Runtimes;

namespace Harness.IntegrationTests.Cli;

/// <summary>
/// Stands before a registry and limits pulls as Docker Hub does: reading a manifest counts as one, asking for its headers does not and tells what is
/// left; beyond the limit the answer is 429 with a Retry-After.
/// </summary>
internal sealed partial class LimitedRegistry : IDisposable
{
    private readonly Doorway _door;
    private readonly ConcurrentDictionary<string, bool> _images = new(StringComparer.Ordinal);
    private readonly int _target;
    private readonly string _retryAfter;
    private int _limit;

    public LimitedRegistry(int target, int limit, string retryAfter)
    {
        (_target, _limit, _retryAfter) = (target, limit, retryAfter);
        _door = new Doorway(new IPEndPoint(IPAddress.Loopback, 0), ServeAsync);
    }

    public string Host => _door.Address["tcp://".Length..];

    /// <summary>Images of which a manifest was given.</summary>
    public int Served => _images.Values.Count(served => served);

    /// <summary>Images of which none was.</summary>
    public int Refused => _images.Values.Count(served => !served);

    public void Lift()
    {
        _limit = int.MaxValue;
        _images.Clear();
    }

    public void Dispose() => _door.Dispose();

    // One request a connection: none of those that read images has a body.
    private async Task ServeAsync(Socket accepted)
    {
        using var client = new TcpClient { Client = accepted };
        using var server = new TcpClient();
        var head = await HeadAsync(client.GetStream());
        var line = head.Split("\r\n")[0].Split(' ');
        if (line.Length < 3 || line[0] is not ("GET" or "HEAD"))
        {
            await client.GetStream().WriteAsync("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"u8.ToArray());
            return;
        }

        if (line[0] == "GET" && Manifest().Match(line[1]) is { Success: true } manifest && !MayRead(manifest.Groups["image"].Value))
        {
            const string Body = "{\"errors\":[{\"code\":\"TOOMANYREQUESTS\",\"message\":\"You have reached your pull rate limit.\"}]}";
            await WriteAsync(client, $"HTTP/1.1 429 Too Many Requests\r\nRetry-After: {_retryAfter}\r\nContent-Type: application/json\r\nContent-Length: {Body.Length}\r\nConnection: close\r\n\r\n{Body}");
            return;
        }

        await server.ConnectAsync(IPAddress.Loopback, _target);
        await WriteAsync(server, head.Replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n", StringComparison.Ordinal));
        var answer = await HeadAsync(server.GetStream());
        var left = Math.Max(0, _limit - Served);
        var limits = _limit == int.MaxValue ? "" : string.Create(
            CultureInfo.InvariantCulture,
            $"\r\nratelimit-limit: {_limit};w=21600\r\nratelimit-remaining: {left};w=21600\r\ndocker-ratelimit-source: 127.0.0.1{(left == 0 ? $"\r\nRetry-After: {_retryAfter}" : "")}");
        var status = answer.IndexOf("\r\n", StringComparison.Ordinal);
        await WriteAsync(client, answer[..status] + limits + answer[status..]);
        await server.GetStream().CopyToAsync(client.GetStream());
    }

    private bool MayRead(string image)
    {
        lock (_images)
        {
            return _images.TryGetValue(image, out var served) && served ? true : _images[image] = Served < _limit;
        }
    }

    private static async Task<string> HeadAsync(NetworkStream stream)
    {
        var head = new StringBuilder();
        var one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal) && head.Length < 1 << 14 && await stream.ReadAsync(one) > 0)
        {
            head.Append((char)one[0]);
            // What begins like this is TLS.
            if (head.Length == 1 && one[0] == 0x16)
                break;
        }

        return head.ToString();
    }

    private static Task WriteAsync(TcpClient to, string text) => to.GetStream().WriteAsync(Encoding.Latin1.GetBytes(text)).AsTask();

    // An engine asks for a tag's headers, and then for the manifest by digest.
    [GeneratedRegex("^/v2/(?<image>.+/manifests/[^/]+)$")]
    private static partial Regex Manifest();
}
