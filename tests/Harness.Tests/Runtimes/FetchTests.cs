using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Harness.Core;
using Harness.Images.Packages;

namespace Harness.Tests.Runtimes;

public sealed class FetchTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("harness-fetch-").FullName;

    private string Target => Path.Combine(_folder, "file");

    [Fact]
    public async Task A_file_with_the_right_checksum_is_there()
    {
        await Get("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfine", Convert.ToHexStringLower(SHA256.HashData("fine"u8)));
        Assert.Equal("fine", await File.ReadAllTextAsync(Target, TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", "is not there (404)")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil", "has the wrong checksum")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nnine much", "more than the 8 bytes")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 400\r\n\r\ncut", "could not be fetched")]
    public async Task Whatever_goes_wrong_is_one_line_and_leaves_no_file(string answer, string said)
    {
        var error = await Assert.ThrowsAsync<HarnessException>(() => Get(answer, new string('0', 64)));
        Assert.Contains(said, error.Message, StringComparison.Ordinal);
        Assert.Contains("--mirror", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
        Assert.Empty(Directory.GetFiles(_folder));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private async Task Get(string answer, string sha256)
    {
        var token = TestContext.Current.CancellationToken;
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var served = Task.Run(
            async () =>
            {
                using var client = await listener.AcceptTcpClientAsync(token);
                var stream = client.GetStream();
                _ = await stream.ReadAsync(new byte[4096], token);
                await stream.WriteAsync(Encoding.ASCII.GetBytes(answer), token);
            },
            token);
        using var fetch = new Fetch($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/debian/");
        await fetch.ToFileAsync("pool/x.deb", Target, sha256, 8, token);
        await served;
    }
}
