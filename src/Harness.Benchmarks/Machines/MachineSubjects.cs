using System.Diagnostics;
using System.Globalization;
using Harness.Core;
using Harness.Core.Definitions;
using Harness.Core.Journaling;
using Harness.Core.Model;
using Harness.Core.Protocol;
using Harness.Core.Running;
using Harness.Host.Provisioning;
using Harness.Images.Kernels;
using Harness.Images.Userlands;
using Harness.Runtimes;
using Harness.Sandboxes.Machines;

namespace Harness.Benchmarks.Machines;

/// <summary>One kernel with a small userland, started by the harness in either shape, and by a command written by hand.</summary>
internal sealed class MachineSubjects : IAsyncDisposable
{
    internal const string Kernel = "debian-bookworm";
    internal const string Userland = "busybox:static";
    // One for all starts: the file system of the start by hand is written once.
    private readonly ChannelKey _key = ChannelKey.Create();
    private static readonly Limits _limits = new(256 << 20, 64, 1 << 20);

    private readonly RuntimeSet _runtimes;
    private readonly string _folder = Directory.CreateTempSubdirectory("harness-benchmark-").FullName;
    private readonly Dictionary<string, Preparation.Ready> _ready = new(StringComparer.Ordinal);
    private readonly List<double> _channel = [];
    private string _elf = "";

    private MachineSubjects(RuntimeSet runtimes) => _runtimes = runtimes;

    /// <summary>What a run would use.</summary>
    internal IReadOnlyList<IRuntime> Runtimes => _runtimes.Runtimes;

    /// <summary>What the channel cost in each start of the default shape so far, warm-up included, seconds.</summary>
    internal ImmutableArray<double> Channel => [.. _channel];

    /// <summary>Gets kernel and userland and proves the shape, which is no part of any sample.</summary>
    /// <exception cref="HarnessException">Something is missing; the message names the remedy.</exception>
    internal static async Task<MachineSubjects> OpenAsync(ExperimentsFolder definitions, IProgress<string> messages, CancellationToken cancellation)
    {
        var runtimes = await RuntimeSet.CreateAsync(
            new RuntimeOptions
            {
                RunId = "benchmark-" + RunFolders.NewId(DateTimeOffset.UtcNow),
                Userlands = definitions.Catalogue.Userlands,
                Kernels = definitions.Kernels.Kernels,
                AgentDirectory = Path.Combine(definitions.Root, "probes", "bin"),
                Messages = messages,
                ProvisionAllowed = Provisioner.AllowedByEnvironment,
                HarnessExecutable = HarnessProgram.Find(),
            },
            cancellation);
        var subjects = new MachineSubjects(runtimes);
        try
        {
            foreach (var variant in new[] { "", "image=bzimage;shape=q35" })
            {
                subjects._ready[variant] = await runtimes.Find(Cell(variant))!.PrepareAsync(Cell(variant), messages, cancellation) switch
                {
                    Preparation.Ready ready => ready,
                    Preparation.Unavailable unavailable => throw new HarnessException(unavailable.Reason),
                    _ => throw new UnreachableException(),
                };
            }

            await subjects.PrepareByHandAsync(definitions, cancellation);
            return subjects;
        }
        catch
        {
            await subjects.DisposeAsync();
            throw;
        }
    }

    /// <summary>From asking the runtime until the agent's first frame was read; the machine is then ended, outside the time.</summary>
    internal async Task<TimeSpan> MeasureAsync(string variant, CancellationToken cancellation)
    {
        var arrival = new Arrival(_key);
        arrival.Begin();
        var end = await _runtimes.Find(Cell(variant))!.RunAsync(Request(variant), arrival, cancellation);
        if (variant.Length == 0)
            _channel.AddRange(end.HostReadings.Where(reading => reading.Metric == "channel_ns").Select(reading => (double)reading.Value!.Value / 1e9));
        return arrival.Elapsed ?? throw new HarnessException($"the machine did not report: {end}");
    }

    /// <summary>The same machine by QEMU's own command line, its first file system written beforehand.</summary>
    internal async Task<TimeSpan> MeasureByHandAsync(CancellationToken cancellation)
    {
        var initramfs = Path.Combine(_folder, "initramfs");
        var memory = (_limits.MemoryBytes + (128L << 20) + (2 * new FileInfo(initramfs).Length) + (1 << 20) - 1) >> 20;
        string[] arguments =
        [
            "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot",
            "-machine", "microvm,acpi=off,x-option-roms=off,isa-serial=off,rtc=on", "-accel", "tcg", "-cpu", "max", "-smp", "1",
            "-m", string.Create(CultureInfo.InvariantCulture, $"{memory}M"),
            "-kernel", _elf, "-initrd", initramfs, "-append", "console=ttyS0 quiet panic=-1 reboot=t",
            "-chardev", "file,id=console,path=/dev/null", "-chardev", "stdio,id=channel,signal=off",
            "-device", "isa-serial,chardev=console,iobase=0x3f8,irq=4", "-device", "isa-serial,chardev=channel,iobase=0x2f8,irq=3",
        ];
        var arrival = new Arrival(_key);
        arrival.Begin();
        using var process = Process.Start(new ProcessStartInfo(QemuRuntime.Tool.Program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        try
        {
            var buffer = new byte[4096];
            while (await process.StandardOutput.BaseStream.ReadAsync(buffer, cancellation) is > 0 and var count && arrival.Write(buffer.AsSpan(0, count)))
            {
            }
        }
        finally
        {
            process.Kill();
            await process.WaitForExitAsync(CancellationToken.None);
        }

        return arrival.Elapsed ?? throw new HarnessException("the machine by hand did not report");
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _runtimes.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private static Cell Cell(string variant) => new(Userland, Kernel, "", "qemu", "tcg", variant);

    private SandboxRequest Request(string variant) => new()
    {
        SandboxId = "boot-" + Guid.NewGuid().ToString("N")[..8],
        Cell = Cell(variant),
        ImageDigest = _ready[variant].ImageDigest,
        Key = _key,
        AgentPlan = AgentPlan.Empty.Render(),
        Files = ImmutableSortedDictionary<string, ImmutableArray<byte>>.Empty,
        Limits = _limits,
        Deadline = TimeSpan.FromMinutes(2),
    };

    private async Task PrepareByHandAsync(ExperimentsFolder definitions, CancellationToken cancellation)
    {
        if (await _runtimes.KernelFilesAsync(Kernel, cancellation) is not KernelResolution.Found { Image: { Elf: { } elf } image }
            || (await _runtimes.MachineUserlandAsync(Userland, cancellation)).Found is not { IsSmall: true } userland)
        {
            throw new HarnessException("the default shape needs a small userland and a kernel that boots by PVH");
        }

        _elf = elf;
        var init = await File.ReadAllBytesAsync(Path.Combine(definitions.Root, "probes", "bin", "init-x86_64"), cancellation);
        await using var output = File.Create(Path.Combine(_folder, "initramfs"));
        await using var tar = File.OpenRead(userland.Tar);
        Initramfs.Write(output, init, image, new GuestRoot(tar), Request(""));
    }

    /// <summary>Stops the clock at the first whole frame and asks for no more.</summary>
    private sealed class Arrival(ChannelKey key) : IChannelSink
    {
        private readonly FrameReader _reader = new(key);
        private long _began;

        internal TimeSpan? Elapsed { get; private set; }

        internal void Begin() => _began = Stopwatch.GetTimestamp();

        public bool Write(ReadOnlySpan<byte> bytes)
        {
            if (_reader.Push(bytes).Any())
                Elapsed ??= Stopwatch.GetElapsedTime(_began);
            return Elapsed is null && _reader.Error is null;
        }
    }
}
