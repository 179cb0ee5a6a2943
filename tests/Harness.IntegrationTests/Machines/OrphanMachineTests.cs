using System.Diagnostics;
using System.Runtime.Versioning;
using Harness.Host.Processes;
using Harness.IntegrationTests.Runtimes;
using Harness.Runtimes.Cleaning;
using Harness.Sandboxes.Machines;

namespace Harness.IntegrationTests.Machines;

[SupportedOSPlatform("linux")]
public sealed class OrphanMachineTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Cleaning_ends_the_machine_of_a_run_whose_harness_and_guard_were_both_killed()
    {
        await EngineMachine.NeedAsync("qemu-system-x86_64", "busybox");
        using var machine = new EngineMachine();
        Directory.CreateDirectory(machine.Paths.Root);
        var kernel = Path.Combine(machine.Paths.Root, "vmlinux");
        await File.WriteAllBytesAsync(kernel, TinyKernel.Hanging(), Cancellation);
        using var process = Process.Start(new ProcessStartInfo(EngineMachine.Dummy, ["hold", machine.Paths.Root, EngineMachine.Agents, "held", "qemu", "300", kernel]))!;
        ProcessEntry? qemu = null;
        try
        {
            qemu = await UntilAsync(() => Qemu(process.Id));
            // Before its monitor has been answered, QEMU ends by itself without a harness.
            await UntilAsync(() => Directory.EnumerateFiles(machine.Paths.Temporary, "monitor", SearchOption.AllDirectories).Any() ? null : qemu);
            var guards = ProcessTable.All().Where(child => child.Parent == process.Id && ProcessTable.Arguments(child.Id).Contains("guard")).ToList();
            Assert.Single(guards);
            // A living run's machine is let be.
            Assert.Empty(await OrphanMachines.EndAsync(machine.Paths, Cancellation));

            ProcessTable.Signal(guards[0], Native.SigKill);
            process.Kill();
            await process.WaitForExitAsync(Cancellation);
            Assert.True(ProcessTable.IsAlive(qemu), "nobody was left to end it");

            var removed = await Leftovers.CleanAsync(machine.Paths, null, everything: false, Cancellation);
            Assert.Contains(removed, line => line.StartsWith("virtual machine harness-", StringComparison.Ordinal) && line.EndsWith("-held-held", StringComparison.Ordinal));
            Assert.False(ProcessTable.IsAlive(qemu));
            Assert.Empty(Directory.GetFileSystemEntries(machine.Paths.Temporary));
        }
        finally
        {
            if (!process.HasExited)
                process.Kill();
            if (qemu is not null)
                ProcessTable.Signal(qemu, Native.SigKill);
        }
    }

    [Fact]
    public async Task Cleaning_lets_machines_be_that_only_have_a_name_like_its_own()
    {
        await EngineMachine.NeedAsync("qemu-system-x86_64");
        using var machine = new EngineMachine();
        // Its owner is dead, its first file system in no cache of ours.
        using var foreign = Process.Start(new ProcessStartInfo(
            "qemu-system-x86_64", ["-name", "harness-4194304-1-run-sandbox", "-nodefaults", "-display", "none", "-machine", "none", "-S", "-monitor", "none"]))!;
        try
        {
            Assert.Empty(await OrphanMachines.EndAsync(machine.Paths, Cancellation));
            Assert.False(foreign.HasExited);
        }
        finally
        {
            foreign.Kill();
            await foreign.WaitForExitAsync(Cancellation);
        }
    }

    [Fact]
    public void A_machine_s_name_tells_its_owner()
    {
        Assert.Equal(ProcessTable.Find(Environment.ProcessId)! with { Parent = 0 }, MachineName.OwnerOf(MachineName.Of("20260101T000000Z-abcd", "b001-1")));
        Assert.Null(MachineName.OwnerOf("harness"));
        Assert.Null(MachineName.OwnerOf("harness-x-1-run"));
        Assert.Null(MachineName.OwnerOf("mine-1-1-run"));
    }

    private static ProcessEntry? Qemu(int parent) =>
        ProcessTable.All().FirstOrDefault(child => child.Parent == parent && ProcessTable.Arguments(child.Id) is [var program, ..] && Path.GetFileName(program) == "qemu-system-x86_64");

    private static async Task<ProcessEntry> UntilAsync(Func<ProcessEntry?> find)
    {
        var began = Stopwatch.GetTimestamp();
        while (true)
        {
            if (find() is { } found)
                return found;
            Assert.True(Stopwatch.GetElapsedTime(began) < TimeSpan.FromMinutes(3), "no machine was started");
            await Task.Delay(20, Cancellation);
        }
    }
}
