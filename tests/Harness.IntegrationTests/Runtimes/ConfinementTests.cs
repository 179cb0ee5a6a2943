using System.Collections.Immutable;
using System.Diagnostics;
using System.Formats.Tar;
using System.Runtime.Versioning;
using Harness.Core;
using Harness.Core.Model;
using Harness.Core.Protocol;
using Harness.Core.Running;
using Harness.Host.Processes;
using Harness.Runtimes;
using Harness.Sandboxes.Direct;

namespace Harness.IntegrationTests.Runtimes;

/// <summary>What a hostile image can reach where it is root on the host's own kernel.</summary>
[Collection(OneEngineAtATime.Name)]
[SupportedOSPlatform("linux")]
public sealed class ConfinementTests
{
    // The host's disk, as far as its number matters: any block device will do, and no driver answers this one.
    private const string Device = "b 254 0";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("namespaces")]
    [InlineData("runc")]
    public async Task A_hostile_image_reaches_no_device_and_no_file_of_the_host(string runtime)
    {
        await EngineMachine.NeedAsync("busybox", "tar", "mknod", runtime == "runc" ? "runc" : "busybox");
        using var machine = new EngineMachine();
        await using var set = await RuntimeSet.CreateAsync(machine.Options("r"), Cancellation);
        var cell = new Cell("busybox:static", "host", "", runtime, "", "");
        Assert.IsType<Preparation.Ready>(await set.Find(cell)!.PrepareAsync(cell, new Progress<string>(), Cancellation));
        // As an image that was unpacked with its devices would have them.
        var tree = Directory.EnumerateDirectories(Path.Combine(machine.Paths.Root, "trees")).Single();
        await Shell($"mknod {tree}/disk {Device} && mknod {tree}/zero c 1 11 && cp {tree}/bin/busybox {tree}/bin/setuid && chmod 4755 {tree}/bin/setuid && mkdir -p {tree}/tmp");
        var marker = Path.Combine(machine.Paths.Root, "marker");
        await File.WriteAllTextAsync(marker, "a secret of the host's", Cancellation);

        var said = await SaidAsync(set, cell, $$"""
            B=/bin/busybox
            try() { name=$1; shift; if "$@"; then echo "$name: done"; else echo "$name: refused"; fi; }
            reach() { if [ -e "$2" ] && $B head -c 1 "$2"; then echo "$1: done"; else echo "$1: refused"; fi; }
            reach disk /disk
            reach kmsg /zero
            try mknod-harness $B mknod /.harness/disk {{Device}}
            try mknod-tmp $B mknod /tmp/disk {{Device}}
            try write-harness $B touch /.harness/file
            try write-plan $B cp /bin/busybox /.harness/agent
            try write-root $B touch /file
            try remount $B mount -o remount,rw /
            try remount-harness $B mount -o remount,rw /.harness
            try mount $B mount -t tmpfs none /tmp
            try mount-proc $B mount -t proc none /tmp
            try sysctl $B sh -c 'echo 1 > /proc/sys/kernel/sysrq'
            for path in / /.. /.harness/.. /.harness/../.. /proc/1/root /proc/1/cwd /proc/self/root/.. /proc/1/root/../..; do reach "marker $path" "$path{{marker}}"; done
            for fd in /proc/self/fd/* /proc/1/fd/*; do reach "fd $fd" "$fd{{marker}}"; reach "fd up $fd" "$fd/..{{marker}}"; done
            echo "marker: $($B find / -xdev -name marker | $B head -1)"
            /bin/setuid su -c true root; echo "id: $($B id -u) $($B grep CapEff /proc/self/status | $B cut -f2) $($B grep NoNewPrivs /proc/self/status | $B cut -f2)"
            """);

        Assert.DoesNotContain("secret", said, StringComparison.Ordinal);
        Assert.DoesNotContain(": done", said, StringComparison.Ordinal);
        Assert.Contains("mknod-harness: refused", said, StringComparison.Ordinal);
        Assert.Contains("marker /proc/1/root/../..: refused", said, StringComparison.Ordinal);
        Assert.Contains("marker: \n", said, StringComparison.Ordinal);
        Assert.EndsWith(runtime == "namespaces" ? "id: 0 00000000a00425fb 1" : "id: 0 00000000a80425fb 1", said.TrimEnd(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_process_in_namespaces_gets_no_user_namespace_no_keys_and_nothing_that_it_inherited()
    {
        await EngineMachine.NeedAsync("busybox", "tar");
        using var machine = new EngineMachine();
        await using var set = await RuntimeSet.CreateAsync(machine.Options("r"), Cancellation);
        var cell = new Cell("busybox:static", "host", "", "namespaces", "", "");
        Assert.IsType<Preparation.Ready>(await set.Find(cell)!.PrepareAsync(cell, new Progress<string>(), Cancellation));

        var said = await SaidAsync(set, cell, """
            B=/bin/busybox
            $B unshare -U $B true && echo user namespace
            $B unshare -m $B true && echo mount namespace
            $B grep -q '^Seccomp:.2' /proc/self/status || echo no filter
            $B grep -q '^CapBnd:.00000000a00425fb' /proc/self/status || echo more capabilities
            $B sh -c 'true & wait' || echo no fork
            $B grep -vE ' (ro|ro,[^ ]*) ' /proc/self/mounts
            $B grep -E ' / | /.harness ' /proc/self/mounts | $B grep -vE '[ ,]nosuid[ ,].*nodev'
            echo end
            """);

        Assert.Equal("end", said.Trim());
    }

    [Fact]
    public async Task Device_nodes_of_an_image_are_not_unpacked_and_its_other_files_are()
    {
        await EngineMachine.NeedAsync("tar", "find");
        var folder = Directory.CreateTempSubdirectory("h-tree-").FullName;
        try
        {
            var tar = Path.Combine(folder, "image.tar");
            await using (var writer = new TarWriter(File.Create(tar)))
            {
                await writer.WriteEntryAsync(new PaxTarEntry(TarEntryType.BlockDevice, "disk") { DeviceMajor = 254, DeviceMinor = 0 }, Cancellation);
                await writer.WriteEntryAsync(new PaxTarEntry(TarEntryType.Directory, "deep"), Cancellation);
                await writer.WriteEntryAsync(new PaxTarEntry(TarEntryType.CharacterDevice, "deep/null") { DeviceMajor = 1, DeviceMinor = 3 }, Cancellation);
                await writer.WriteEntryAsync(new PaxTarEntry(TarEntryType.RegularFile, "deep/file") { DataStream = new MemoryStream("content"u8.ToArray()) }, Cancellation);
                await writer.WriteEntryAsync(new PaxTarEntry(TarEntryType.Fifo, "deep/fifo"), Cancellation);
            }

            var tree = Directory.CreateDirectory(Path.Combine(folder, "tree")).FullName;
            await Tools().UnpackAsync(tar, tree, Cancellation);

            Assert.Equal(
                [".harness", "deep", "deep/fifo", "deep/file", "dev", "proc", "sys"],
                Directory.EnumerateFileSystemEntries(tree, "*", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(tree, path)).Order(StringComparer.Ordinal));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Theory]
    [InlineData(".harness")]
    [InlineData("proc")]
    public async Task An_image_with_a_link_where_something_is_mounted_is_refused(string name)
    {
        await EngineMachine.NeedAsync("tar", "find");
        var folder = Directory.CreateTempSubdirectory("h-tree-").FullName;
        try
        {
            var tar = Path.Combine(folder, "image.tar");
            await using (var writer = new TarWriter(File.Create(tar)))
                await writer.WriteEntryAsync(new PaxTarEntry(TarEntryType.SymbolicLink, name) { LinkName = "/etc" }, Cancellation);
            var tree = Directory.CreateDirectory(Path.Combine(folder, "tree")).FullName;

            var error = await Assert.ThrowsAsync<HarnessException>(() => Tools().UnpackAsync(tar, tree, Cancellation));

            Assert.Contains($"a link at /{name}", error.Message, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static TreeTools Tools() => new(Machine.FindProgram("tar")!, Machine.FindProgram("find")!);

    private static async Task<string> SaidAsync(RuntimeSet set, Cell cell, string script)
    {
        var plan = AgentRun.Plan(new ScriptProbe(0, TimeSpan.FromSeconds(30), 1 << 20, "/.harness/hostile.sh"));
        var request = EngineMachine.Request(cell, plan) with
        {
            Files = ImmutableSortedDictionary<string, ImmutableArray<byte>>.Empty.Add("hostile.sh", [.. System.Text.Encoding.UTF8.GetBytes(script)]),
        };
        var channel = new KeptChannel(request.Key);
        var end = await set.Find(cell)!.RunAsync(request, channel, Cancellation);
        Assert.Equal(0, Assert.IsType<SandboxEnd.Exited>(end).ExitCode);
        return string.Concat(channel.Frames.OfType<OutputFrame>().Where(frame => frame.Channel == 1).Select(frame => frame.Bytes.ToString()));
    }

    private static async Task Shell(string command)
    {
        using var process = Process.Start("/bin/sh", ["-c", command]);
        await process.WaitForExitAsync(Cancellation);
        Assert.Equal(0, process.ExitCode);
    }
}
