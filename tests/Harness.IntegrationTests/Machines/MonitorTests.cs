using System.Runtime.Versioning;
using Harness.Core.Running;
using Harness.Host.Guarding;
using Harness.Host.Processes;
using Harness.Images.Kernels;
using Harness.Sandboxes.Machines;

namespace Harness.IntegrationTests.Machines;

/// <summary>QEMU asked before its guest runs, and programs in its place that cannot be asked.</summary>
[SupportedOSPlatform("linux")]   // each test is skipped elsewhere
public sealed class MonitorTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("h-m-").FullName;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "virtual machines are run on Linux only");
        await Tools.RequireAsync(QemuRuntime.Tool.Program, QemuRuntime.Tool.Package);
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(_folder, recursive: true);
        return default;
    }

    [Theory]
    [InlineData("microvm", "qemu64")]
    [InlineData("q35", "max")]
    public async Task A_guest_that_ends_at_once_was_asked_about_before(string shape, string processor)
    {
        var (end, monitor) = await RunAsync("exec QEMU \"$@\"", TimeSpan.FromSeconds(60), shape, processor);

        Assert.IsType<SandboxEnd.Crashed>(end);
        Assert.True(monitor.IsReleased);
        Assert.StartsWith(shape == "q35" ? "pc-q35-" : "microvm", monitor.Self!.Machine, StringComparison.Ordinal);
        Assert.Equal((processor, "tcg", 64L << 20), (monitor.Self.Processor, monitor.Self.Accelerator, monitor.Self.MemoryBytes));
        Assert.False(File.Exists(monitor.Path));
    }

    [Theory]
    // It never calls, and its guest stands still.
    [InlineData("case $argument in socket,id=monitor,*) argument=null,id=monitor ;; esac", 3)]
    // It calls and speaks another language: it is not waited for.
    [InlineData("case $argument in *mode=control) argument=chardev=monitor,mode=readline ;; esac", 60)]
    public async Task One_that_cannot_be_asked_and_lets_no_guest_run_has_failed_and_no_guest_hangs(string lie, int seconds)
    {
        var (end, monitor) = await RunAsync($"for argument; do shift; {lie}; set -- \"$@\" \"$argument\"; done; exec QEMU \"$@\"", TimeSpan.FromSeconds(seconds), "microvm", "max");

        Assert.Equal("QEMU did not answer on its monitor: whether its guest ran is not known", Assert.IsType<SandboxEnd.Failed>(end).Reason);
        Assert.Null(monitor.Self);
        Assert.DoesNotContain(ProcessTable.All(), process => ProcessTable.Arguments(process.Id).Contains(Path.GetFileName(_folder)));
    }

    [Fact]
    public async Task What_QEMU_itself_refuses_is_said_in_its_words()
    {
        var (end, _) = await RunAsync("exec QEMU \"$@\" -no-such-option", TimeSpan.FromSeconds(60), "microvm", "max");
        Assert.Contains("no-such-option", Assert.IsType<SandboxEnd.Failed>(end).Reason, StringComparison.Ordinal);
    }

    private async Task<(SandboxEnd End, MachineMonitor Monitor)> RunAsync(string script, TimeSpan patience, string shape, string processor)
    {
        var (program, kernel, initramfs) = (Path.Combine(_folder, "qemu"), Path.Combine(_folder, "vmlinux"), Path.Combine(_folder, "initramfs"));
        await File.WriteAllTextAsync(program, $"#!/bin/sh\n{script.Replace("QEMU", Machine.FindProgram("qemu-system-x86_64"), StringComparison.Ordinal)}\n", Cancellation);
        File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var tiny = TinyKernel.Saying("oh\n");
        await File.WriteAllBytesAsync(kernel, tiny, Cancellation);
        await File.WriteAllBytesAsync(initramfs, new byte[512], Cancellation);
        await using var guard = GuardLink.None();
        using var monitor = MachineMonitor.In(_folder)!;
        var machine = new MachineSettings
        {
            Name = Path.GetFileName(_folder),
            Kernel = new KernelImage(kernel, kernel, [], new KernelLock { Id = "tiny", Release = "", Source = "path", ImageSha256 = "", ImageBytes = tiny.Length, Pvh = true, Check = "" }),
            Initramfs = initramfs,
            Shape = shape,
            Accelerator = "tcg",
            Variant = new MachineVariant { Cpu = processor },
            MemoryBytes = 64 << 20,
            Monitor = monitor.Path,
        };
        return (await new QemuProcess(program, guard) { Monitor = monitor }.RunAsync(machine, patience, new Nothing(), new Stamps(), Cancellation), monitor);
    }

    private sealed class Nothing : IChannelSink
    {
        public bool Write(ReadOnlySpan<byte> bytes) => true;
    }
}
