using System.Diagnostics;
using Harness.Host.Processes;

namespace Harness.Tests.Runtimes;

public sealed class ProcMountsTests
{
    private const string Root = "1 0 8:1 / / rw - ext4 /dev/sda1 rw";
    private const string Proc = "2 1 0:5 / /proc rw,nosuid shared:7 - proc proc rw";

    [Fact]
    public void A_plain_proc_is_the_kernels_word() => Assert.Empty(ProcMounts.Readings([Root, Proc]));

    [Fact]
    public void Files_that_a_container_manager_mounts_over_proc_are_named_with_what_covers_them() => Assert.Equal(
        [
            ("boot_id", "/proc/sys/kernel/random/boot_id: tmpfs is mounted at /proc/sys/kernel/random/boot_id"),
            ("btime", "/proc/stat: fuse.lxcfs is mounted at /proc/stat"),
        ],
        Over([Root, Proc, "3 2 0:40 /proc/stat /proc/stat rw - fuse.lxcfs lxcfs rw", "4 2 0:41 /.lxc-boot-id /proc/sys/kernel/random/boot_id ro - tmpfs none ro"]));

    [Fact]
    public void A_part_of_proc_that_is_mounted_where_it_stands_hides_nothing_and_one_that_stands_elsewhere_does()
    {
        Assert.Empty(Over([Root, Proc, "3 2 0:5 /sys /proc/sys ro - proc proc rw", "4 2 0:5 /stat /proc/stat ro - proc proc rw"]));
        Assert.Equal(["boot_id"], Over([Root, Proc, "3 2 0:5 /sys/kernel/random/uuid /proc/sys/kernel/random/boot_id ro - proc proc rw"]).Select(fact => fact.Fact));
    }

    [Fact]
    public void A_fresh_proc_hides_what_was_mounted_over_an_older_one() =>
        Assert.Empty(Over([Root, Proc, "3 2 0:40 /proc/stat /proc/stat rw - fuse.lxcfs lxcfs rw", "4 2 0:6 / /proc rw - proc proc rw"]));

    [Fact]
    public void The_root_may_stand_last_and_lie_on_another() =>
        Assert.Empty(Over([Proc.Replace("2 1 ", "2 9 ", StringComparison.Ordinal), "1 0 0:2 / / rw - rootfs rootfs rw", "9 1 8:1 / / rw - ext4 /dev/sda1 rw"]));

    [Fact]
    public void Lines_that_make_a_circle_end() => Assert.NotEmpty(Over(["1 2 8:1 / / rw - ext4 a rw", "2 1 8:1 / / rw - ext4 a rw", "3 3 8:1 / / rw - ext4 a rw"]));

    [Fact]
    public void A_proc_that_is_none_is_named_and_lines_that_are_none_are_passed_over()
    {
        Assert.Equal(["boot_id", "btime", "cmdline_sha256"], Over([Root, "", "2 1 0:5 / /proc"]).Select(fact => fact.Fact));
        Assert.Empty(Over([]));
    }

    [Fact]
    public void What_this_host_says_fits_what_stat_sees()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "mounts are read from /proc");
        // Files of one procfs have one device: a file that something is mounted over has another.
        foreach (var (fact, path) in new[] { ("boot_id", "/proc/sys/kernel/random/boot_id"), ("btime", "/proc/stat"), ("cmdline_sha256", "/proc/cmdline") })
        {
            Assert.Equal(Device("/proc/self") == Device(path), !ProcMounts.Readings().Any(reading => reading.Subject == fact));
        }
    }

    private static string Device(string path)
    {
        using var stat = Process.Start(new ProcessStartInfo("stat", ["-c", "%d", path]) { RedirectStandardOutput = true })!;
        return stat.StandardOutput.ReadToEnd();
    }

    private static IEnumerable<(string Fact, string? Text)> Over(string[] mountinfo) => ProcMounts.Readings([.. mountinfo]).Select(reading => (reading.Subject, reading.Text));
}
