using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Harness.Core;
using Harness.Core.Model;
using Harness.Core.Planning;
using Harness.Core.Running;
using Harness.Engines.Connecting;
using Harness.Engines.Endpoints;
using Harness.Host.Guarding;
using Harness.Host.Paths;
using Harness.Host.Processes;
using Harness.Images;
using Harness.Sandboxes.Machines;

namespace Harness.Sandboxes.MachineEngine;

/// <summary>
/// A VM with Docker in it, as the products for macOS and Windows run one: booted when the first container needs it, ended with its last one or with the
/// run. What it writes is gone with it. The guard knows its process.
/// </summary>
internal sealed class EngineMachine(
    Func<string, CancellationToken, Task<EngineMachineParts>> parts, EnginePaths paths, GuardLink guard, string run, int uses, IProgress<string> messages) : IEngineSource, IAsyncDisposable
{
    // Under emulation on a busy host; on an idle one it is a quarter of a minute.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);
    private static readonly TimeSpan Answer = TimeSpan.FromSeconds(8);
    private const long Memory = 1L << 30;
    private const int Attempts = 3;

    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _turn = new(1, 1);
    private Task<SandboxEnd>? _machine;
    private TemporaryFolder? _folder;
    private MachineSettings? _settings;
    private int _left = uses;

    /// <inheritdoc/>
    public string Name => RuntimeNames.DockerInVm;

    /// <summary>What drives it: the first cell's, before it is booted.</summary>
    internal string Accelerator { get; set; } = Accelerators.Tcg;

    /// <summary>
    /// What its own start took, once for all its containers: <c>userland</c>, to its first process with a file system, and <c>engine</c>, to the engine's first answer.
    /// </summary>
    internal ImmutableArray<Observation> Readings { get; private set; } = [];

    /// <inheritdoc/>
    public async Task<EngineConnection> StartAsync(CancellationToken cancellation)
    {
        if (!OperatingSystem.IsLinux())
            throw new HarnessException("VMs are run on Linux only");
        var made = await parts(Accelerator, cancellation);
        messages.Report($"booting a VM with Docker ({made.Kernel.Lock.Release} by {Accelerator})");
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            if (await BootAsync(made, cancellation) is { } connection)
                return connection;
        }

        throw new HarnessException("no port of the loopback could be forwarded to a VM: other programs take them as fast as they are free; try again");
    }

    /// <summary>Runs one container of it: one at a time, since all share what is emulated.</summary>
    internal async Task<SandboxEnd> RunAsync(Func<Task<SandboxEnd>> container, CancellationToken cancellation)
    {
        await _turn.WaitAsync(cancellation);
        try
        {
            var end = await container();
            return end with
            {
                HostReadings = [.. end.HostReadings, .. Readings],
                Treatment = end.Treatment is { } judge && _settings is { } settings ? facts => [.. judge(facts), .. EngineTreatment.Judge(facts, settings)] : end.Treatment,
            };
        }
        finally
        {
            _turn.Release();
            // Nothing of it may keep the host busy while others are timed.
            if (Interlocked.Decrement(ref _left) == 0)
                await StopAsync();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stop.Dispose();
        _turn.Dispose();
    }

    // Null: between its choice and its use another process took the port.
    private async Task<EngineConnection?> BootAsync(EngineMachineParts made, CancellationToken cancellation)
    {
        if (!OperatingSystem.IsLinux())
            throw new PlatformNotSupportedException();
        _folder = await TemporaryFolder.CreateAsync(paths, guard);
        var certificates = EngineCertificates.Make(_folder.Path, DateTimeOffset.UtcNow);
        var initramfs = Path.Combine(_folder.Path, "initramfs");
        await using (var output = File.Create(initramfs))
            EngineInitramfs.Write(output, await File.ReadAllBytesAsync(made.Init, cancellation), made.Kernel, certificates.Engine);
        var port = FreePort();
        var settings = new MachineSettings
        {
            Name = MachineName.Of(run, "engine"),
            Kernel = made.Kernel,
            Initramfs = initramfs,
            Disk = made.Disk,
            Shape = "q35",
            Accelerator = Accelerator,
            Variant = new MachineVariant(),
            Processors = Math.Clamp(Environment.ProcessorCount, 1, 2),
            MemoryBytes = Memory,
            Forwarded = port,
            Mark = "harness.vm=" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8)),
        };
        _settings = settings;
        var line = new EngineLine();
        var began = Stopwatch.GetTimestamp();
        _machine = new QemuProcess(made.Qemu, guard).RunAsync(settings, Timeout.InfiniteTimeSpan, line, new Stamps(), _stop.Token);
        var address = new Uri(string.Create(CultureInfo.InvariantCulture, $"tcp://127.0.0.1:{port}"));
        if (await AnswerAsync(new EngineEndpoint(address, EngineEndpoint.ByMachine) { Tls = certificates.Client }, line, began, cancellation) is not { } connection)
            return null;
        Readings =
        [
            Observation.Number("engine_machine_ns", "userland", (long)Stopwatch.GetElapsedTime(began, line.FirstTimestamp ?? began).TotalNanoseconds),
            Observation.Number("engine_machine_ns", "engine", (long)Stopwatch.GetElapsedTime(began).TotalNanoseconds),
        ];
        return connection;
    }

    private async Task<EngineConnection?> AnswerAsync(EngineEndpoint endpoint, EngineLine line, long began, CancellationToken cancellation)
    {
        while (true)
        {
            if (_machine!.IsCompleted)
            {
                await EndedAsync(line);
                return null;
            }

            if (Stopwatch.GetElapsedTime(began) > Patience)
            {
                var last = line.Last;
                await StopAsync();
                throw new HarnessException($"Docker in a VM of the harness did not answer in {Patience.TotalMinutes:0} min (its last word: {(last.Length == 0 ? "none" : last)}): run on a less busy host, or with KVM");
            }

            // Whoever connects before is accepted by QEMU and told nothing.
            if (line.FirstTimestamp is not null)
            {
                try
                {
                    return await EngineConnection.OpenAsync(endpoint, Answer, cancellation);
                }
                catch (HarnessException)
                {
                    // Not yet.
                }
            }

            await Task.Delay(200, cancellation);
        }
    }

    private async Task EndedAsync(EngineLine line)
    {
        var end = await _machine!;
        var reason = end switch { SandboxEnd.Failed failed => failed.Reason, SandboxEnd.Crashed crashed => crashed.Reason, _ => "it ended" };
        await StopAsync();
        if (!reason.Contains("host forwarding", StringComparison.Ordinal))
            throw new HarnessException($"the VM with Docker ended before its engine answered ({(line.Last.Length > 0 ? line.Last : reason)}): 'harness clean --images' removes its disk, which is then made anew");
    }

    private async Task StopAsync()
    {
        if (Interlocked.Exchange(ref _machine, null) is { } machine)
        {
            if (!machine.IsCompleted)
                await _stop.CancelAsync();
            await machine.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        }

        if (Interlocked.Exchange(ref _folder, null) is { } folder)
            await folder.DisposeAsync();
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
