using System.Runtime.Versioning;
using Harness.IntegrationTests.Runtimes;

namespace Harness.IntegrationTests.Cli;

/// <summary>Hosts that are set up otherwise: the harness runs in a mount namespace of its own, where this one looks like them.</summary>
[Collection(OneEngineAtATime.Name)]
[SupportedOSPlatform("linux")]
public sealed class OddHostTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_host_whose_manager_mounts_files_over_proc_loses_those_witnesses_by_name_and_contradicts_nothing()
    {
        await EngineMachine.NeedAsync("dockerd", "busybox", "runc", "unshare");
        using var repository = new Repository();
        Within(repository,
            $"echo 11111111-2222-3333-4444-555555555555 >{repository.Root}/id; sed 's/^btime.*/btime 86400/' /proc/stat >{repository.Root}/stat; "
            + $"mount --bind {repository.Root}/id /proc/sys/kernel/random/boot_id; mount --bind {repository.Root}/stat /proc/stat");

        var answer = await repository.HarnessAsync("run", "kernel-identity", "--quick", "--run-id", "r", "--runtime", "host", "--runtime", "runc");

        Assert.True(answer.ExitCode == 0, answer.ToString());
        var verdict = Rows.Verdicts(repository.Run("r")).Single(row => row["scope"].Length == 0);
        Assert.True(verdict["verdict"] == "supported", verdict["summary"]);
        Assert.Contains("could not be compared: boot id (on the host, another mount covers its file) and boot time (on the host, another mount covers its file)", verdict["summary"], StringComparison.Ordinal);
        var host = Rows.Trials(repository.Run("r")).First(row => row["runtime"] == "host" && row["probe"] == "kernel")["trial_id"];
        var readings = Rows.Observations(repository.Run("r")).Where(row => row["trial_id"] == host).ToList();
        // What lies there is nobody's word: it is no reading at all.
        Assert.DoesNotContain(readings, row => row["metric"] is "boot_id" or "btime");
        Assert.Matches("^/proc/stat: [a-z0-9]+ is mounted at /proc/stat$", readings.Single(row => row["metric"] == "unavailable" && row["subject"] == "btime")["text"]);
    }

    [Fact]
    public async Task A_cache_where_nothing_may_be_executed_is_said_with_its_remedy_and_costs_only_what_needs_it()
    {
        await EngineMachine.NeedAsync("dockerd", "busybox", "runc", "unshare");
        using var repository = new Repository();
        Within(repository, $"mount -t tmpfs -o noexec none {repository.Cache}");

        var answer = await repository.HarnessAsync("run", "kernel-identity", "--quick", "--run-id", "r", "--runtime", "host", "--runtime", "namespaces", "--runtime", "/runc", "--runtime", "runc", "--filter", "*");

        Assert.True(File.Exists(Path.Combine(repository.Run("r"), "trials.csv")), answer.ToString());
        var trials = Rows.Trials(repository.Run("r"));
        Assert.Equal(["/host", "/namespaces", "/runc", "docker/runc"], trials.Select(row => $"{row["engine"]}/{row["runtime"]}").Distinct().Order(StringComparer.Ordinal));
        foreach (var trial in trials.Where(row => row["engine"].Length == 0))
        {
            Assert.True(trial["outcome"] == "unavailable", trial["outcome"] + ": " + trial["detail"]);
            Assert.Equal($"the cache folder {repository.Cache}/harness lies on a file system that is mounted noexec, so that no program in it can be executed: set XDG_CACHE_HOME to a folder on another one", trial["detail"]);
        }

        // The agent is copied into those.
        Assert.All(trials.Where(row => row["engine"] == "docker"), row => Assert.True(row["outcome"] == "ok", row["detail"] + answer));
    }

    [Fact]
    public async Task A_host_of_another_distribution_is_told_both_remedies_in_one_line_and_boots_Debians_kernels_once_it_has_a_mirror()
    {
        await EngineMachine.NeedAsync("qemu-system-x86_64", "busybox", "unshare");
        using var machine = new EngineMachine();
        var mirror = Harness.Images.Packages.DebianMirrors.Of(machine.Options("r").Mirrors).Main;
        Assert.SkipWhen(mirror is null, "no Debian mirror is known here");
        using var repository = new Repository();
        var folder = Directory.CreateDirectory(Path.Combine(repository.Root, "apt", "sources.list.d")).Parent!.FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "sources.list.d", "ubuntu.sources"), "Types: deb\nURIs: http://mirror.invalid/ubuntu\nSuites: noble noble-updates\nComponents: main universe\n", Cancellation);
        await File.WriteAllTextAsync(Path.Combine(repository.Root, "os-release"), "ID=ubuntu\nID_LIKE=debian\nVERSION_CODENAME=noble\n", Cancellation);
        Within(repository, $"mount --bind {folder} /etc/apt; mount --bind {repository.Root}/os-release /etc/os-release; mount -t tmpfs none /usr/share/keyrings");
        string[] run = ["run", "kernel-identity", "--quick", "--accelerator", "tcg", "--runtime", "qemu", "--kernel", "debian-bookworm"];

        var without = await repository.HarnessAsync([.. run, "--run-id", "r"]);

        Assert.True(File.Exists(Path.Combine(repository.Run("r"), "trials.csv")), without.ToString());
        Assert.All(Rows.Trials(repository.Run("r")).Where(row => row["runtime"] == "qemu"), row => Assert.Equal(
            ("unavailable", "kernel debian-bookworm: no Debian mirror is known: give --mirror debian=URL or set HARNESS_DEBIAN_MIRROR; to check its signatures, install debian-archive-keyring, or run as root with --provision"),
            (row["outcome"], row["detail"])));

        var with = await repository.HarnessAsync([.. run, "--run-id", "s", "--mirror", $"debian={mirror}"]);

        Assert.All(Rows.Trials(repository.Run("s")), row => Assert.True(row["outcome"] == "ok", row["detail"] + with));
        Assert.Contains("its signature was not checked, since Debian's keyring is not installed", await File.ReadAllTextAsync(Path.Combine(repository.Run("s"), "kernels.lock.json"), Cancellation), StringComparison.Ordinal);
    }

    private static void Within(Repository repository, string mounts) =>
        repository.Through = ["unshare", "--mount", "--propagation", "private", "sh", "-ec", mounts + "; exec \"$@\"", "sh"];
}
