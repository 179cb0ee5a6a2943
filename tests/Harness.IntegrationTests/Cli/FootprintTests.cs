namespace Harness.IntegrationTests.Cli;

/// <summary>The experiment footprint with real containers.</summary>
public sealed class FootprintTests(MadeParts parts)
{
    private static readonly string[] _only = ["--filter", "busybox:static|host|docker/runc*"];

    [Fact]
    public async Task A_fleet_s_parts_are_read_and_nothing_of_it_is_left()
    {
        Machine.Require();
        using var repository = new Repository();
        var answer = await repository.HarnessAsync(["run", "footprint", "--quick", "--run-id", "r", .. _only]);

        Assert.True(answer.ExitCode == 0, answer.ToString());
        var run = repository.Run("r");
        Assert.All(Rows.Trials(run), row => Assert.Equal("ok", row["outcome"]));
        var readings = Rows.Observations(run);
        foreach (var metric in (string[])["pss_payload_bytes", "pss_shim_bytes", "pss_engine_bytes", "cgroup_bytes", "start_ns", "storm_ns", "disk_bytes"])
            Assert.Contains(readings, row => row["metric"] == metric && row["value"].Length > 0 && row["value"] != "0");
        Assert.Empty(repository.Remains());
    }

    [Theory]
    [InlineData("busybox:static|host|docker/runc*", "containerd-shim", 3)]
    // A busy machine has time for few of them.
    [InlineData("busybox:static|debian-bookworm|/qemu*", "qemu-system-x86_64", 1)]
    public async Task A_fleet_whose_harness_is_killed_is_gone_soon_after(string cells, string program, int least)
    {
        Machine.Require();
        await Tools.RequireAsync("qemu-system-x86_64", "qemu-system-x86");
        using var repository = new Repository();
        parts.Share(repository.Cache);
        using var harness = repository.Watch(["run", "footprint", "--run-id", "r", "--accelerator", "tcg", "--filter", cells]);
        await harness.UntilAsync(() => Holding(repository, program) >= least, $"there were {least} of {program}");
        await harness.KillAsync();
        await repository.GoneAsync();
    }

    private static int Holding(Repository repository, string program) => repository.Remains().Count(line => line.Contains(program, StringComparison.Ordinal));
}
