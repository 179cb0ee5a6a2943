using System.Runtime.Versioning;

namespace Harness.IntegrationTests.Cli;

/// <summary>Docker in a VM that the harness boots, as a user meets it. Its userland is made from packages, which takes minutes the first time.</summary>
[SupportedOSPlatform("linux")]
public sealed class EngineInVmTests(MadeParts parts)
{
    [Fact]
    public async Task A_quick_run_finds_the_engine_of_this_host_on_its_kernel_and_the_one_in_the_VM_on_another()
    {
        await NeedAsync();
        using var repository = new Repository();
        Share(repository);

        var answer = await repository.HarnessAsync("run", "engine-in-vm", "--quick", "--run-id", "r", "--accelerator", "tcg");

        Assert.True(answer.ExitCode == 0, answer.ToString());
        Assert.StartsWith("Measured 4 of 4 planned trials (100 %): 4 ok.\n", answer.Output, StringComparison.Ordinal);
        var run = repository.Run("r");
        var verdicts = Rows.Verdicts(run).ToDictionary(row => row["scope"], row => row["verdict"], StringComparer.Ordinal);
        Assert.Equal(("not tested", "refuted", "supported"), (verdicts[""], verdicts["engine=docker"], verdicts["engine=docker@vm"]));
        // The picture that a Mac's user gets: another release, less memory, none of the client's files.
        var seen = Rows.Observations(run).Where(row => row["metric"] is "release" or "client_files" or "memory_total_bytes").Select(row => (row["trial_id"], row["metric"], row["text"] + row["value"])).ToList();
        var inside = Rows.Trials(run).Where(row => row["engine"] == "docker@vm").Select(row => row["trial_id"]).ToHashSet(StringComparer.Ordinal);
        Assert.Contains(seen, row => inside.Contains(row.Item1) && row.Item2 == "release" && row.Item3.EndsWith("-cloud-amd64", StringComparison.Ordinal));
        Assert.Contains(seen, row => !inside.Contains(row.Item1) && row.Item2 == "release" && row.Item3 == File.ReadAllText("/proc/sys/kernel/osrelease").Trim());
        Assert.All(seen.Where(row => row.Item2 == "client_files"), row => Assert.Equal(inside.Contains(row.Item1) ? "not visible" : "mounted", row.Item3.Split(':')[0]));
        Assert.All(seen.Where(row => row.Item2 == "memory_total_bytes" && inside.Contains(row.Item1)), row => Assert.InRange(long.Parse(row.Item3, System.Globalization.CultureInfo.InvariantCulture), 512L << 20, 1L << 30));
        Assert.Equal(0, (await repository.HarnessAsync("verify", "r")).ExitCode);
        Assert.Empty(repository.Remains());
    }

    [Fact]
    public async Task A_harness_that_is_killed_while_its_VM_boots_leaves_none()
    {
        await NeedAsync();
        using var repository = new Repository();
        Share(repository);
        using var harness = repository.Watch("run", "engine-in-vm", "--quick", "--run-id", "r", "--accelerator", "tcg", "--runtime", "docker@vm/runc");
        await harness.UntilAsync(() => repository.Remains().Any(line => line.Contains("hostfwd=tcp:127.0.0.1:", StringComparison.Ordinal)), "it booted a VM");
        await harness.KillAsync();
        await repository.GoneAsync(Path.Combine(repository.Cache, "harness", "tmp"));
    }

    [Fact]
    public async Task Without_QEMU_its_cells_are_unavailable_with_the_remedy_and_the_others_are_measured()
    {
        await NeedAsync();
        var qemu = await Tools.RequireAsync("qemu-system-x86_64", "qemu-system-x86");
        using var repository = new Repository();
        // A mount namespace of its own, in which that program is none, and nothing may be installed.
        repository.Through = ["unshare", "--mount", "--propagation", "private", "sh", "-c", "mount --bind /dev/null \"$0\" && exec \"$@\"", qemu];
        repository.Variables["HARNESS_PROVISION"] = "0";
        var answer = await repository.HarnessAsync("run", "engine-in-vm", "--quick", "--run-id", "r");

        Assert.True(answer.ExitCode == 0, answer.ToString());
        var trials = Rows.Trials(repository.Run("r"));
        Assert.All(trials.Where(row => row["engine"] == "docker"), row => Assert.Equal("ok", row["outcome"]));
        Assert.All(trials.Where(row => row["engine"] == "docker@vm"), row =>
        {
            Assert.Equal("unavailable", row["outcome"]);
            Assert.Contains("install qemu-system-x86, or run with --provision", row["detail"], StringComparison.Ordinal);
        });
        Assert.Equal("not tested", Rows.Verdicts(repository.Run("r")).Single(row => row["scope"] == "engine=docker@vm")["verdict"]);
    }

    private static async Task NeedAsync()
    {
        Machine.Require();
        await Tools.RequireAsync("qemu-system-x86_64", "qemu-system-x86");
        await Tools.RequireAsync("mmdebstrap", "mmdebstrap");
    }

    private void Share(Repository repository) => parts.Share(repository.Cache);
}
