using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;

namespace Harness.IntegrationTests.Cli;

/// <summary>A real registry on loopback, with a port and a folder of its own, ended by its id.</summary>
internal sealed class LoopbackRegistry : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("h-registry-").FullName;
    private Process? _process;

    private LoopbackRegistry(int port) => Port = port;

    public int Port { get; }

    public string Host => $"127.0.0.1:{Port}";

    public bool HasTag(string repository, string tag) =>
        File.Exists(Path.Combine(_folder, "docker", "registry", "v2", "repositories", repository, "_manifests", "tags", tag, "current", "link"));

    /// <summary>Bytes and number of an image's layers, as the registry's files have them.</summary>
    public (long Bytes, int Count) Layers(string repository, string tag)
    {
        var store = Path.Combine(_folder, "docker", "registry", "v2");
        using var manifest = JsonDocument.Parse(Blob(store, File.ReadAllText(Path.Combine(store, "repositories", repository, "_manifests", "tags", tag, "current", "link"))).OpenRead());
        var layers = manifest.RootElement.GetProperty("layers").EnumerateArray().Select(layer => layer.GetProperty("digest").GetString()!).Distinct().ToList();
        return (layers.Sum(layer => Blob(store, layer).Length), layers.Count);
    }

    /// <summary>Starts one; skips where the program is missing. Under <c>HARNESS_PROVISION=1</c> it is installed, and missing is a failure.</summary>
    public static async Task<LoopbackRegistry> StartAsync()
    {
        var program = await Tools.RequireAsync("docker-registry", "docker-registry");
        var registry = new LoopbackRegistry(FreePort());
        await registry.StartAsync(program);
        return registry;
    }

    /// <summary>A port that was free a moment ago.</summary>
    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>Removes a repository, as its owner may.</summary>
    public void Forget(string repository) => Directory.Delete(Path.Combine(_folder, "docker", "registry", "v2", "repositories", repository), recursive: true);

    public void Stop()
    {
        _process?.Kill();
        _process?.WaitForExit();
        _process?.Dispose();
        _process = null;
    }

    public void Dispose()
    {
        Stop();
        Directory.Delete(_folder, recursive: true);
    }

    private static FileInfo Blob(string store, string digest)
    {
        var hash = digest["sha256:".Length..];
        return new FileInfo(Path.Combine(store, "blobs", "sha256", hash[..2], hash, "data"));
    }

    private async Task StartAsync(string program)
    {
        var config = Path.Combine(_folder, "config.yml");
        await File.WriteAllTextAsync(
            config,
            $"version: 0.1\nlog: {{level: error, accesslog: {{disabled: true}}}}\nstorage: {{filesystem: {{rootdirectory: {_folder}}}}}\nhttp: {{addr: \"{Host}\"}}\n",
            TestContext.Current.CancellationToken);
        var info = new ProcessStartInfo(program, ["serve", config]) { RedirectStandardOutput = true, RedirectStandardError = true };
        _process = Process.Start(info)!;
        _process.OutputDataReceived += (_, _) => { };
        _process.ErrorDataReceived += (_, _) => { };
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        using var client = new HttpClient();
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                using var answer = await client.GetAsync(new Uri($"http://{Host}/v2/"), TestContext.Current.CancellationToken);
                return;
            }
            catch (HttpRequestException) when (attempt < 200)
            {
                await Task.Delay(50, TestContext.Current.CancellationToken);
            }
        }
    }
}
