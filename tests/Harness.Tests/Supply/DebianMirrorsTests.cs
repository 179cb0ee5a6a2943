using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Harness.Core;
using Harness.Host.Provisioning;
using Harness.Images.Packages;
using Harness.Images.Userlands;

namespace Harness.Tests.Supply;

/// <summary>Where packages and kernels come from on hosts that name no mirror, and of suites that a mirror no longer has.</summary>
public sealed class DebianMirrorsTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("h-root-").FullName;
    private readonly List<Server> _servers = [];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _servers.ForEach(server => server.Dispose());
        Directory.Delete(_root, recursive: true);
    }

    [Fact]
    public async Task A_host_of_another_distribution_without_Debians_keyring_is_told_both_remedies_in_one_line()
    {
        Ubuntu();
        var mirrors = DebianMirrors.Of(Options().Mirrors, _root);
        Assert.Null(mirrors.Main);

        var message = (await Assert.ThrowsAsync<HarnessException>(() => mirrors.TryAsync("bookworm", Task.FromResult))).Message;

        Assert.StartsWith("no Debian mirror is known: give --mirror debian=URL or set HARNESS_DEBIAN_MIRROR; to check its signatures, install ", message, StringComparison.Ordinal);
        Assert.EndsWith("debian-archive-keyring, or run as root with --provision", message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
        Assert.Contains(ReleaseSignature.Keyring, Provisioner.Everything);
    }

    [Fact]
    public async Task With_the_keyring_only_the_mirror_is_missing()
    {
        Ubuntu();
        Write("usr/share/keyrings/debian-archive-keyring.gpg", "");
        Assert.SkipWhen(ReleaseSignature.OfHost(_root).Gpgv is null, "gpgv is not installed");

        var message = (await Assert.ThrowsAsync<HarnessException>(() => DebianMirrors.Of(Options().Mirrors, _root).TryAsync("bookworm", Task.FromResult))).Message;

        Assert.Equal("no Debian mirror is known: give --mirror debian=URL or set HARNESS_DEBIAN_MIRROR", message);
    }

    [Fact]
    public async Task A_host_of_another_distribution_whose_sources_name_a_Debian_mirror_uses_it()
    {
        Ubuntu();
        Write("etc/apt/sources.list", "deb http://mirror.example/debian bookworm main\n");
        Assert.Equal("http://mirror.example/debian", await DebianMirrors.Of(Options().Mirrors, _root).TryAsync("bookworm", Task.FromResult));
    }

    [Fact]
    public async Task A_suite_that_has_left_the_mirror_comes_from_the_archive()
    {
        var (mirror, archive) = (Serve(), Serve("bullseye"));

        var suite = await ReadAsync(Options(("debian", mirror.Address), ("debian-archive", archive.Address)), "bullseye");

        Assert.Contains("Package: none", suite.Text, StringComparison.Ordinal);
        Assert.Equal(["/dists/bullseye/InRelease"], mirror.Asked);
    }

    [Fact]
    public async Task Without_an_archive_one_line_names_what_can_be_set()
    {
        var mirror = Serve();

        var message = (await Assert.ThrowsAsync<HarnessException>(() => ReadAsync(Options(("debian", mirror.Address)), "bullseye"))).Message;

        Assert.Equal($"dists/bullseye/InRelease is not there (404) at {mirror.Address}: try again, or give another mirror with --mirror debian=URL, of one suite with debian/SUITE=URL, of suites that mirrors no longer have with debian-archive=URL", message);
    }

    [Fact]
    public async Task The_mirror_of_one_suite_is_asked_for_that_one_alone()
    {
        var (mirror, old) = (Serve("bookworm"), Serve("bullseye"));
        var options = Options(("debian", mirror.Address), ("debian/bullseye", old.Address));

        await ReadAsync(options, "bullseye");
        await ReadAsync(options, "bookworm");

        Assert.All(mirror.Asked, path => Assert.StartsWith("/dists/bookworm/", path, StringComparison.Ordinal));
        Assert.All(old.Asked, path => Assert.StartsWith("/dists/bullseye/", path, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_mirror_that_fails_has_not_lost_the_suite()
    {
        var (mirror, archive) = (Serve(), Serve("bullseye"));
        mirror.Status = "503 Service Unavailable";

        await Assert.ThrowsAsync<HarnessException>(() => ReadAsync(Options(("debian", mirror.Address), ("debian-archive", archive.Address)), "bullseye"));

        Assert.Empty(archive.Asked);
    }

    private Task<DebianSuite> ReadAsync(RuntimeOptions options, string suite) => DebianMirrors.Of(options.Mirrors, _root).TryAsync(suite, async mirror =>
    {
        using var fetch = new Fetch(mirror);
        return await DebianSuite.ReadAsync(fetch, new ReleaseSignature(null, [], AcceptsUnsigned: true), suite, "amd64", _root, Cancellation);
    });

    private static RuntimeOptions Options(params (string Name, string Url)[] mirrors) => new()
    {
        RunId = "r",
        Userlands = [],
        AgentDirectory = "/none",
        Messages = new Progress<string>(),
        Mirrors = mirrors.ToImmutableSortedDictionary(mirror => mirror.Name, mirror => mirror.Url, StringComparer.Ordinal),
    };

    private void Ubuntu()
    {
        Write("etc/os-release", "ID=ubuntu\nID_LIKE=debian\nVERSION_CODENAME=noble\n");
        Write("etc/apt/sources.list.d/ubuntu.sources", "Types: deb\nURIs: http://mirror.example/ubuntu\nSuites: noble noble-updates\nComponents: main universe\n");
    }

    private void Write(string path, string text)
    {
        var file = Path.Combine(_root, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
    }

    private Server Serve(params string[] suites)
    {
        var server = new Server(suites);
        _servers.Add(server);
        return server;
    }

    /// <summary>A mirror on loopback that has the indexes of some suites, and answers 404 to all else.</summary>
    private sealed class Server : IDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly Dictionary<string, byte[]> _files = new(StringComparer.Ordinal);

        internal Server(string[] suites)
        {
            foreach (var suite in suites)
            {
                using var packed = new MemoryStream();
                using (var gzip = new System.IO.Compression.GZipStream(packed, System.IO.Compression.CompressionMode.Compress, leaveOpen: true))
                    gzip.Write("Package: none\n"u8);
                var sum = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(packed.ToArray()));
                _files[$"/dists/{suite}/main/binary-amd64/Packages.gz"] = packed.ToArray();
                _files[$"/dists/{suite}/InRelease"] = Encoding.ASCII.GetBytes($"Codename: {suite}\nSHA256:\n {sum} {packed.Length} main/binary-amd64/Packages.gz\n");
            }

            _listener.Start();
            _ = AcceptAsync();
        }

        internal string Address => $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";

        /// <summary>What it answers to everything; null: what it has.</summary>
        internal string? Status { get; set; }

        internal List<string> Asked { get; } = [];

        public void Dispose() => _listener.Dispose();

        private async Task AcceptAsync()
        {
            try
            {
                while (true)
                {
                    using var client = await _listener.AcceptTcpClientAsync();
                    var stream = client.GetStream();
                    var buffer = new byte[4096];
                    var path = Encoding.ASCII.GetString(buffer, 0, await stream.ReadAsync(buffer)).Split(' ')[1];
                    Asked.Add(path);
                    var content = Status is null && _files.TryGetValue(path, out var file) ? file : [];
                    var status = Status ?? (content.Length > 0 ? "200 OK" : "404 Not Found");
                    await stream.WriteAsync((byte[])[.. Encoding.ASCII.GetBytes($"HTTP/1.1 {status}\r\nContent-Length: {content.Length}\r\nConnection: close\r\n\r\n"), .. content]);
                }
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException or IOException)
            {
                // The listener was stopped.
            }
        }
    }
}
