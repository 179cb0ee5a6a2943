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
        Assert.Equal(1, await Get(Convert.ToHexStringLower(SHA256.HashData("fine"u8)), "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfine"));
        Assert.Equal("fine", await File.ReadAllTextAsync(Target, TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", "is not there (404)")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil", "has the wrong checksum")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nnine much", "more than the 8 bytes")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 400\r\n\r\ncut", "could not be fetched")]
    public async Task Whatever_goes_wrong_is_one_line_and_leaves_no_file(string answer, string said)
    {
        var error = await Assert.ThrowsAsync<HarnessException>(() => Get(new string('0', 64), answer));
        Assert.Contains(said, error.Message, StringComparison.Ordinal);
        Assert.Contains("--mirror", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
        Assert.Empty(Directory.GetFiles(_folder));
    }

    [Fact]
    public async Task A_connection_that_breaks_is_tried_again_and_one_that_breaks_each_time_is_told()
    {
        const string Cut = "HTTP/1.1 200 OK\r\nContent-Length: 400\r\n\r\ncut";
        Assert.Equal(2, await Get(Convert.ToHexStringLower(SHA256.HashData("fine"u8)), Cut, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfine"));
        Assert.Equal("fine", await File.ReadAllTextAsync(Target, TestContext.Current.CancellationToken));
        File.Delete(Target);
        await Assert.ThrowsAsync<HarnessException>(() => Get(new string('0', 64), Cut, Cut, Cut, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nlate"));
        Assert.Empty(Directory.GetFiles(_folder));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    // How many connections it took. The last answer is given to all that follow.
    private async Task<int> Get(string sha256, params string[] answers)
    {
        var token = TestContext.Current.CancellationToken;
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var connections = 0;
        var serving = ServeAsync();
        try
        {
            using var fetch = new Fetch($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/debian/");
            await fetch.ToFileAsync("pool/x.deb", Target, sha256, 8, token);
        }
        finally
        {
            listener.Stop();
            await serving;
        }

        return connections;

        async Task ServeAsync()
        {
            try
            {
                while (true)
                {
                    using var client = await listener.AcceptTcpClientAsync(token);
                    var stream = client.GetStream();
                    _ = await stream.ReadAsync(new byte[4096], token);
                    await stream.WriteAsync(Encoding.ASCII.GetBytes(answers[Math.Min(connections++, answers.Length - 1)]), token);
                }
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                // The listener was stopped.
            }
        }
    }
}
