using System.Diagnostics;
using System.Runtime.Versioning;
using System.Text;
using Harness.Core.Running;
using Harness.Host.Guarding;
using Harness.Host.Processes;
using Harness.Images.Kernels;
using Harness.Sandboxes.Machines;
using Xunit;

namespace Harness.IntegrationTests.Machines;

[SupportedOSPlatform("linux")]   // each test is skipped elsewhere
public sealed class MachineTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("harness-machine-").FullName;

    public async ValueTask InitializeAsync()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "virtual machines are run on Linux only");
        await Tools.RequireAsync(QemuRuntime.Tool.Program, QemuRuntime.Tool.Package);
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("microvm")]
    [InlineData("q35")]
    public async Task A_guest_that_panics_has_crashed_and_its_console_is_kept(string shape)
    {
        var end = await Run(TinyKernel.Saying("hello\nKernel panic - not syncing: no root\n"), TimeSpan.FromSeconds(60), shape);
        Assert.Equal("the guest's kernel panicked: Kernel panic - not syncing: no root", Assert.IsType<SandboxEnd.Crashed>(end).Reason);
        var log = Assert.Single(end.RawFiles);
        Assert.Equal("console.log", log.Extension);
        Assert.Contains("hello", Encoding.ASCII.GetString(log.Content.AsSpan()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_guest_that_resets_before_user_space_has_crashed() =>
        Assert.Contains("without reaching user space", Assert.IsType<SandboxEnd.Crashed>(await Run(TinyKernel.Saying("oh\n"), TimeSpan.FromSeconds(60))).Reason, StringComparison.Ordinal);

    [Fact]
    public async Task A_guest_that_hangs_is_ended_at_its_deadline()
    {
        var clock = Stopwatch.StartNew();
        Assert.IsType<SandboxEnd.DeadlineExceeded>(await Run(TinyKernel.Hanging(), TimeSpan.FromSeconds(2)));
        Assert.InRange(clock.Elapsed, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(30));
        Assert.Empty(Mine());
    }

    [Fact]
    public async Task A_guest_that_floods_its_console_fills_neither_memory_nor_disk()
    {
        var end = await Run(TinyKernel.Flooding(), TimeSpan.FromSeconds(4));
        Assert.IsType<SandboxEnd.DeadlineExceeded>(end);
        Assert.InRange(Assert.Single(end.RawFiles).Content.Length, 1, 700 * 1024);
    }

    [Fact]
    public async Task A_run_that_is_cancelled_leaves_no_QEMU()
    {
        using var source = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        source.CancelAfter(TimeSpan.FromSeconds(1));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Run(TinyKernel.Hanging(), TimeSpan.FromMinutes(1), "microvm", source.Token));
        Assert.Empty(Mine());
    }

    [Fact]
    public async Task The_stamps_of_a_machine_are_in_order_and_a_guest_that_says_nothing_has_not_arrived()
    {
        var stamps = new Stamps();
        await Run(TinyKernel.Saying("oh\n"), TimeSpan.FromSeconds(60), stamps: stamps);
        Assert.Equal([Stamps.Begin, Stamps.Started, Stamps.Ended], stamps.Readings.Select(reading => reading.Subject));
        Assert.Equal(stamps.Readings.Select(reading => reading.Value).Order(), stamps.Readings.Select(reading => reading.Value));
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(_folder, recursive: true);
        return default;
    }

    private IEnumerable<ProcessEntry> Mine() => ProcessTable.All().Where(process => ProcessTable.Arguments(process.Id).Contains(Path.GetFileName(_folder)));

    private async Task<SandboxEnd> Run(byte[] kernel, TimeSpan patience, string shape = "microvm", CancellationToken? cancellation = null, Stamps? stamps = null)
    {
        // The program must be taken for a kernel like any other.
        Assert.NotNull(KernelFile.Parse(kernel).Elf);
        var (file, initramfs) = (Path.Combine(_folder, "vmlinux"), Path.Combine(_folder, "initramfs"));
        await File.WriteAllBytesAsync(file, kernel, Cancellation);
        await File.WriteAllBytesAsync(initramfs, new byte[512], Cancellation);
        await using var guard = GuardLink.None();
        return await new QemuProcess(Machine.FindProgram("qemu-system-x86_64")!, guard).RunAsync(
            new MachineSettings
            {
                Name = Path.GetFileName(_folder),
                Kernel = new KernelImage(file, file, [], new KernelLock { Id = "tiny", Release = "", Source = "path", ImageSha256 = "", ImageBytes = kernel.Length, Pvh = true, Check = "" }),
                Initramfs = initramfs,
                Shape = shape,
                Accelerator = "tcg",
                Variant = new MachineVariant(),
                MemoryBytes = 64 << 20,
            },
            patience, new Nothing(), stamps ?? new Stamps(), cancellation ?? Cancellation);
    }

    private sealed class Nothing : IChannelSink
    {
        public bool Write(ReadOnlySpan<byte> bytes) => true;
    }
}
