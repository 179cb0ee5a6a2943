namespace Harness.IntegrationTests.Cli;

[Trait(Machine.Category, Machine.OrdinaryUser)]
public sealed class WholeRunTests
{
    [Fact]
    public async Task A_quick_run_judges_C1_on_host_runc_and_gVisor_and_verifies_until_a_reading_is_changed()
    {
        Machine.Require();
        using var repository = new Repository();
        var run = repository.Run("r");
        var all = await repository.HarnessAsync("run", "kernel-identity", "--quick", "--kernel", "host", "--run-id", "r", "--seed", "1");
        Assert.True(all.ExitCode == 0, all.ToString());
        Assert.StartsWith("Measured 6 of 6 planned trials (100 %): 6 ok.\n", all.Output, StringComparison.Ordinal);

        string[] contract =
        [
            "plan.json", "definitions/schema.sql", "definitions/kernel-identity/verdict.sql", "definitions/kernel-identity/experiment.yaml",
            "definitions/probes/uname.sh", "trials.csv", "observations.csv", "verdicts.csv", "evidence/C1.csv", "userlands.lock.json",
            "figures/kernel-identity.svg", "figures/kernel-identity.png", "report.md", "report.html", "log.txt", "SHA256SUMS",
        ];
        Assert.All(contract, file => Assert.True(File.Exists(Path.Combine(run, file)), file));
        Assert.Single(Directory.EnumerateFiles(Path.Combine(run, "environments"), "*.json"));
        Assert.Equal(3, Directory.EnumerateFiles(Path.Combine(run, "raw"), "*.frames").Count());

        var verdicts = Rows.Verdicts(run).ToDictionary(row => row["scope"], row => row["verdict"], StringComparer.Ordinal);
        Assert.Equal("qualified", verdicts[""]);
        Assert.Equal("supported", verdicts["runtime=runc"]);
        Assert.Equal("refuted", verdicts["runtime=runsc"]);

        Assert.Equal(0, (await repository.HarnessAsync("verify", "r")).ExitCode);
        var report = File.ReadAllBytes(Path.Combine(run, "report.md"));
        Assert.Equal(0, (await repository.HarnessAsync("report", "r")).ExitCode);
        Assert.Equal(report, File.ReadAllBytes(Path.Combine(run, "report.md")));

        var observations = Path.Combine(run, "observations.csv");
        File.WriteAllText(observations, File.ReadAllText(observations).Replace(",4.4.0\n", ",4.4.1\n", StringComparison.Ordinal));
        var verify = await repository.HarnessAsync("verify", "r");
        Assert.Equal(1, verify.ExitCode);
        Assert.Contains("observations.csv: was changed after the run", verify.Output, StringComparison.Ordinal);
        // Making the report again must not bless the change.
        Assert.Equal(3, (await repository.HarnessAsync("report", "r")).ExitCode);
        Assert.Equal(1, (await repository.HarnessAsync("verify", "r")).ExitCode);
    }

    [Fact]
    public async Task What_cannot_be_had_is_a_row_and_an_engine_that_does_not_answer_is_one_line()
    {
        Machine.Require();
        using var repository = new Repository();
        var run = await repository.HarnessAsync("run", "kernel-identity", "--quick", "--image", "registry.invalid/nothing:1", "--runtime", "runc", "--run-id", "r");
        Assert.True(run.ExitCode == 0, run.ToString());
        Assert.All(Rows.Trials(repository.Run("r")).Where(row => row["runtime"] == "runc"), row =>
        {
            Assert.Equal("unavailable", row["outcome"]);
            Assert.Contains("registry.invalid", row["detail"], StringComparison.Ordinal);
        });
        Assert.Equal("not tested", Rows.Verdicts(repository.Run("r")).Single(row => row["scope"].Length == 0)["verdict"]);

        var unreachable = await repository.HarnessAsync("run", "kernel-identity", "--quick", "--kernel", "host", "--engine", "unix:///nowhere.sock");
        Assert.Equal(3, unreachable.ExitCode);
        Assert.Contains("/nowhere.sock", Assert.Single(unreachable.Error.Split('\n'), line => line.StartsWith("harness: ", StringComparison.Ordinal)), StringComparison.Ordinal);
    }
}
