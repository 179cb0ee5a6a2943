using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Harness.Core;
using Harness.Core.Definitions;
using Harness.Host.Processes;

namespace Harness.Benchmarks.StandIns;

/// <summary>Debian's <c>docker-registry</c> on loopback with stand-ins in it, for a benchmark; gone with all that it holds when it is disposed of.</summary>
internal sealed class StandInRegistry : IAsyncDisposable
{
    internal const string Prefix = "stand-ins";

    private readonly string _folder = Directory.CreateTempSubdirectory("hb-registry-").FullName;
    private readonly HttpClient _client = new();
    private readonly string _busybox;
    private Process? _process;

    private StandInRegistry(string busybox, int port) => (_busybox, Host) = (busybox, $"127.0.0.1:{port}");

    internal string Host { get; }

    /// <summary>Starts one.</summary>
    /// <exception cref="HarnessException">A program is missing; the message names the remedy.</exception>
    internal static async Task<StandInRegistry> StartAsync(CancellationToken cancellation)
    {
        var program = Machine.FindProgram("docker-registry") ?? throw new HarnessException("docker-registry is missing: 'apt-get install docker-registry'");
        var busybox = Machine.FindProgram("busybox") ?? throw new HarnessException("busybox is missing: 'apt-get install busybox-static'");
        using var free = new TcpListener(IPAddress.Loopback, 0);
        free.Start();
        var port = ((IPEndPoint)free.LocalEndpoint).Port;
        free.Stop();
        var registry = new StandInRegistry(busybox, port);
        try
        {
            await registry.BeginAsync(program, cancellation);
            return registry;
        }
        catch
        {
            await registry.DisposeAsync();
            throw;
        }
    }

    /// <summary>Puts one stand-in for each userland.</summary>
    internal Task PushAsync(IEnumerable<UserlandDefinition> userlands, CancellationToken cancellation) =>
        new StandInImages(new RegistryUpload(_client, Host), Prefix, _busybox).PushAsync(userlands, cancellation);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
            _process.Dispose();
        }

        _client.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task BeginAsync(string program, CancellationToken cancellation)
    {
        var config = Path.Combine(_folder, "config.yml");
        await File.WriteAllTextAsync(
            config, $"version: 0.1\nlog: {{level: error, accesslog: {{disabled: true}}}}\nstorage: {{filesystem: {{rootdirectory: {_folder}}}}}\nhttp: {{addr: \"{Host}\"}}\n", cancellation);
        _process = Process.Start(new ProcessStartInfo(program, ["serve", config]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        _process.OutputDataReceived += (_, _) => { };
        _process.ErrorDataReceived += (_, _) => { };
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        for (var tries = 0; ; tries++)
        {
            try
            {
                using var answer = await _client.GetAsync(new Uri($"http://{Host}/v2/"), cancellation);
                return;
            }
            catch (HttpRequestException) when (tries < 200 && !_process.HasExited)
            {
                await Task.Delay(50, cancellation);
            }
        }
    }
}
