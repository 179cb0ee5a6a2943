using System.Runtime.Versioning;
using Harness.IntegrationTests.Cli;
using Harness.IntegrationTests.Runtimes;

namespace Harness.IntegrationTests.Treatments;

/// <summary>The filter of a default container of this machine's Docker is the profile that Docker publishes.</summary>
[Collection(OneEngineAtATime.Name)]
[SupportedOSPlatform("linux")]
public sealed class PublishedProfileTests
{
    [Fact]
    public async Task The_filter_that_the_kernel_runs_is_dockers_published_profile()
    {
        await EngineMachine.NeedAsync("dockerd", "busybox");
        using var repository = new Repository();
        using var shims = new Shims(repository.Cache);

        var answer = await repository.HarnessAsync("run", "syscall-surface", "--quick", "--filter", "busybox:static|host|docker/runc||", "--run-id", "r");
        shims.Dispose();

        Assert.True(answer.ExitCode == 0, answer.ToString());
        var run = repository.Run("r");
        var sweep = Rows.Trials(run).Single(row => row["engine"] == "docker" && row["probe"] == "syscalls");
        Assert.Equal("ok", sweep["outcome"]);
        // One container swept.
        var handed = shims.Seen.Values.Where(seen => seen.Config.Contains("\"seccomp\"", StringComparison.Ordinal)).Select(seen => seen.Config).ToList();
        Assert.NotEmpty(handed);
        Assert.All(handed, config => DockerFilter.RequireSame(repository, run, sweep["trial_id"], HandedProfile.Read(config)));
    }

    [Fact]
    public void A_profile_that_says_something_else_of_one_call_is_told()
    {
        var table = Path.Combine(Path.GetTempPath(), $"table-{Guid.NewGuid():N}.csv");
        File.WriteAllText(table, "number,name,since,symbol,rule,reason\n0,read,,,,\n41,socket,,,,\n135,personality,,,,\n310,process_vm_readv,,,,\n425,io_uring_setup,,,,\n435,clone3,,,,\n");
        try
        {
            var (older, newer) = (PublishedProfile.Resolve("20.10.24+dfsg1", "6.1.0")!, PublishedProfile.Resolve("28.5.2", "6.1.0")!);
            Assert.Empty(newer.Differences(PublishedProfile.Resolve("28.5.2+dfsg4", "6.18.44-cloud")!, table));
            Assert.Equal(
                ["socket: allow / allow if argument 0 SCMP_CMP_NE 40 0", "process_vm_readv: errno=1 / allow", "io_uring_setup: allow / errno=1"],
                older.Differences(newer, table));
        }
        finally
        {
            File.Delete(table);
        }
    }

    [Fact]
    public void A_rule_for_later_kernels_applies_on_those_alone()
    {
        var table = Path.Combine(Path.GetTempPath(), $"table-{Guid.NewGuid():N}.csv");
        File.WriteAllText(table, "number,name,since,symbol,rule,reason\n101,ptrace,,,,\n");
        try
        {
            Assert.Equal(["ptrace: allow / errno=1"], PublishedProfile.Resolve("28.5.2", "4.8.0")!.Differences(PublishedProfile.Resolve("28.5.2", "4.7.9")!, table));
        }
        finally
        {
            File.Delete(table);
        }
    }
}
