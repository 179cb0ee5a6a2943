using System.Runtime.Versioning;
using Harness.IntegrationTests.Cli;

namespace Harness.IntegrationTests.Schedulers;

/// <summary>The scripts of <c>ci/slurm</c>, run by a real Slurm.</summary>
[SupportedOSPlatform("linux")]
public sealed class SlurmTests(SlurmCluster cluster) : IClassFixture<SlurmCluster>
{
    // Two userlands that are made from a package each, without an engine: one for each part.
    private static readonly string[] _experiment =
        ["run", "kernel-identity", "--quick", "--seed", "7", "--userland", "busybox:static", "--userland", "bash:static", "--runtime", "namespaces"];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_array_of_two_parts_is_merged_into_the_run_that_was_not_cut()
    {
        await cluster.StartAsync();
        using var repository = SlurmScripts.Checkout();

        var merged = await SlurmScripts.SubmitAsync(cluster, repository, 2, _experiment);
        await cluster.UntilEmptyAsync();
        var whole = await repository.HarnessAsync([.. _experiment, "--run-id", "whole"]);

        Assert.True(whole.ExitCode == 0, whole.ToString());
        Assert.True(Directory.Exists(repository.Run(merged)), SlurmScripts.Logs(repository));
        Assert.Equal(Said(repository.Run("whole")), Said(repository.Run(merged)));
        Assert.Equal(Trials(repository.Run("whole")), Trials(repository.Run(merged)));
        Assert.Equal(0, (await repository.HarnessAsync("verify", merged)).ExitCode);
        Assert.Empty(repository.Remains());
    }

    [Fact]
    public async Task A_part_whose_node_dies_is_started_again_by_Slurm_and_continues()
    {
        await cluster.StartAsync();
        using var repository = SlurmScripts.Checkout();
        string[] experiment = [.. _experiment, "--repeat", "60"];

        var merged = await SlurmScripts.SubmitAsync(cluster, repository, 2, experiment);
        var trials = Path.Combine(repository.Run(merged.Replace("-merged", "", StringComparison.Ordinal)), "part-1-n1", "trials.csv");
        while (!File.Exists(trials) || (await File.ReadAllLinesAsync(trials, Cancellation)).Length < 5)
        {
            Assert.False((await cluster.AskAsync("squeue", "-h")).Trim().Length == 0, SlurmScripts.Logs(repository));
            await Task.Delay(50, Cancellation);
        }

        await cluster.LoseNodeAsync();
        await cluster.StartNodeAsync();
        // Slurm lets a job wait for two minutes before it tries the node again.
        await cluster.UntilEmptyAsync(async () =>
        {
            foreach (var job in (await cluster.AskAsync("squeue", "-h", "-o", "%i %r")).Split('\n').Where(line => line.EndsWith(" BeginTime", StringComparison.Ordinal)))
                await cluster.AskAsync("scontrol", "update", $"JobId={job.Split(' ')[0]}", "StartTime=now");
        });

        Assert.Matches("(?m)^[0-9]+ of 240 trials are already done$", SlurmScripts.Logs(repository));
        Assert.True(Directory.Exists(repository.Run(merged)), SlurmScripts.Logs(repository));
        var rows = Rows.Trials(repository.Run(merged));
        Assert.Equal(rows.Count, rows.Select(row => row["trial_id"]).Distinct(StringComparer.Ordinal).Count());
        Assert.All(rows, row => Assert.True(row["outcome"] == "ok", $"{row["cell"]}: {row["outcome"]}: {row["detail"]}"));
        Assert.Equal(0, (await repository.HarnessAsync("verify", merged)).ExitCode);
    }

    [Fact]
    public async Task Parts_with_nothing_to_run_and_parts_of_which_nothing_can_be_measured_are_no_reason_not_to_merge()
    {
        await cluster.StartAsync();
        using var repository = SlurmScripts.Checkout();

        // One userland for three parts.
        var one = await SlurmScripts.SubmitAsync(cluster, repository, 3, ["run", "kernel-identity", "--quick", "--seed", "7", "--userland", "busybox:static", "--runtime", "namespaces"]);
        await cluster.UntilEmptyAsync();
        Assert.True(Directory.Exists(repository.Run(one)), SlurmScripts.Logs(repository));

        // Nothing of the part with this userland: it is in no lock.
        await File.WriteAllTextAsync(Path.Combine(repository.Root, "empty.json"), """{"schema_version": 1, "userlands": []}""", Cancellation);
        var none = await SlurmScripts.SubmitAsync(cluster, repository, 2, [.. _experiment, "--lock", "empty.json", "--filter", "*namespaces*"]);
        await cluster.UntilEmptyAsync();
        Assert.True(Directory.Exists(repository.Run(none)), SlurmScripts.Logs(repository));
        Assert.All(Rows.Trials(repository.Run(none)), row => Assert.Equal("unavailable", row["outcome"]));
    }

    [Theory]
    [InlineData("usage: ", "0", "all")]
    [InlineData("usage: ", "2")]
    [InlineData("There is no experiment 'startupp'", "2", "run", "startupp")]
    public async Task A_mistake_is_said_before_anything_is_submitted(string message, params string[] arguments)
    {
        await cluster.StartAsync();
        using var repository = SlurmScripts.Checkout();

        var result = await SlurmScripts.RunAsync(cluster, repository, arguments);

        Assert.Equal(3, result.ExitCode);
        Assert.Contains(message, result.Error, StringComparison.Ordinal);
        Assert.Equal("", (await cluster.AskAsync("squeue", "-h")).Trim());
    }

    private static List<(string Claim, string Scope, string Verdict, string Summary)> Said(string run) =>
        [.. Rows.Verdicts(run).Select(row => (row["claim"], row["scope"], row["verdict"], row["summary"]))];

    private static List<(string Id, string Outcome)> Trials(string run) =>
        [.. Rows.Trials(run).Select(row => (row["trial_id"], row["outcome"])).Order()];
}
