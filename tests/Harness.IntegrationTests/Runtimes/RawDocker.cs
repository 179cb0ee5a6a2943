using System.Net.Sockets;

namespace Harness.IntegrationTests.Runtimes;

/// <summary>What tests ask of Docker's API and the harness never does.</summary>
internal static class RawDocker
{
    /// <summary>The body of the answer to a POST.</summary>
    /// <param name="socket">The engine's socket.</param>
    /// <param name="path">With its query, from the slash on.</param>
    /// <param name="body">An archive, or null.</param>
    internal static async Task<string> PostAsync(string socket, string path, Stream? body = null)
    {
        using var handler = new SocketsHttpHandler
        {
            ConnectCallback = async (_, token) =>
            {
                var unix = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await unix.ConnectAsync(new UnixDomainSocketEndPoint(socket), token);
                return new NetworkStream(unix, ownsSocket: true);
            },
        };
        using var client = new HttpClient(handler);
        using var content = body is null ? null : new StreamContent(body);
        using var answer = await client.PostAsync(new Uri("http://engine/v1.41" + path), content, TestContext.Current.CancellationToken);
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(answer.IsSuccessStatusCode, text);
        return text;
    }

    /// <summary>Makes an image of one layer, as <c>docker import</c> does.</summary>
    internal static Task ImportAsync(string socket, string repository, string tag, Stream tar) =>
        PostAsync(socket, $"/images/create?fromSrc=-&repo={Uri.EscapeDataString(repository)}&tag={Uri.EscapeDataString(tag)}", tar);
}
