using System.Collections.Immutable;
using System.Formats.Tar;
using System.Runtime.Versioning;
using System.Security.Cryptography;
using System.Text;
using Harness.Core.Definitions;
using Harness.Core.Protocol;
using Harness.Core.Running;
using Harness.Host.Guarding;
using Harness.Host.Paths;
using Harness.Host.Processes;
using Harness.Host.Provisioning;
using Harness.Images.Kernels;
using Harness.Images.Packages;
using Harness.Images.Userlands;
using Harness.IntegrationTests.Runtimes;
using Harness.Sandboxes.Machines;

namespace Harness.IntegrationTests.Machines;

[SupportedOSPlatform("linux")]
public sealed class LargeUserlandTests
{
    private const long Memory = 192L << 20;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_userland_larger_than_the_guest_s_memory_boots_from_its_disk()
    {
        await EngineMachine.NeedAsync("qemu-system-x86_64", "busybox", "mke2fs");
        await using var guard = GuardLink.None();
        using var machine = new EngineMachine();
        var kernel = await KernelAsync(machine.Options("large"), guard);
        Directory.CreateDirectory(machine.Paths.Root);
        var userland = new MachineUserland("sha256:large", Path.Combine(machine.Paths.Root, "large.tar"));
        await WriteAsync(userland.Tar);
        Assert.True(new FileInfo(userland.Tar).Length > Memory);
        // Only resolving an id asks the engine's session.
        var disk = await new MachineUserlands(null!, [], machine.Paths, guard, machine.Options("large"), Cancellation).DiskAsync(userland, Cancellation);

        var plan = "harness-plan\t2\nprobe\t0\t120000\t65536\texec\t/bin/busybox\ttail\t-c\t9\t/large\nend\n";
        var initramfs = Path.Combine(machine.Paths.Root, "initramfs");
        await using (var output = File.Create(initramfs))
            Initramfs.Write(output, await File.ReadAllBytesAsync(Path.Combine(EngineMachine.Agents, "init-x86_64"), Cancellation), kernel, new GuestRoot(null, IsDisk: true), ChannelKey.Create(), plan, ImmutableSortedDictionary<string, ImmutableArray<byte>>.Empty);
        var sink = new Kept();
        var end = await new QemuProcess(Machine.FindProgram("qemu-system-x86_64")!, guard).RunAsync(
            new MachineSettings
            {
                Name = MachineName.Of("large", "test"),
                Kernel = kernel,
                Initramfs = initramfs,
                Disk = disk,
                Shape = "q35",
                Accelerator = "tcg",
                Variant = new MachineVariant(),
                MemoryBytes = Memory,
            },
            TimeSpan.FromMinutes(5), sink, new Stamps(), Cancellation);

        Assert.IsType<SandboxEnd.Exited>(end);
        Assert.Contains("the end.\n", Encoding.Latin1.GetString([.. sink.Bytes]), StringComparison.Ordinal);
    }

    private static async Task<KernelImage> KernelAsync(RuntimeOptions options, GuardLink guard)
    {
        var definition = new KernelDefinition { Id = "debian-bookworm", Package = new KernelPackage("debian", "bookworm", "cloud-amd64") };
        using var provisioner = new Provisioner(allowed: false, EnginePaths.Default(), guard, new Progress<string>());
        var kernels = new KernelImages([definition], DebianMirrors.Of(options.Mirrors), PullPolicy.Missing, EnginePaths.Default(), guard, provisioner, new Progress<string>(), Cancellation);
        var resolution = await kernels.ResolveAsync("debian-bookworm", Cancellation);
        Tools.SkipWhere(resolution is KernelResolution.Missing, (resolution as KernelResolution.Missing)?.Reason ?? "");
        return ((KernelResolution.Found)resolution).Image;
    }

    private static async Task WriteAsync(string file)
    {
        await using var tar = new TarWriter(File.Create(file), TarEntryFormat.Pax);
        tar.WriteEntry(new PaxTarEntry(TarEntryType.Directory, "bin/") { Mode = (UnixFileMode)0x1ED });
        await using var busybox = File.OpenRead(Machine.FindProgram("busybox")!);
        tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, "bin/busybox") { Mode = (UnixFileMode)0x1ED, DataStream = busybox });
        // Not zeros: nothing on the way may find them easy.
        var content = RandomNumberGenerator.GetBytes((int)Memory + (16 << 20));
        "the end.\n"u8.CopyTo(content.AsSpan(content.Length - 9));
        tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, "large") { Mode = (UnixFileMode)0x1A4, DataStream = new MemoryStream(content) });
    }

    private sealed class Kept : IChannelSink
    {
        public List<byte> Bytes { get; } = [];

        public bool Write(ReadOnlySpan<byte> bytes)
        {
            Bytes.AddRange(bytes);
            return true;
        }
    }
}
