using System.Runtime.Versioning;
using Harness.IntegrationTests.Cli;

namespace Harness.IntegrationTests.Schedulers;

/// <summary>One plan in six parts, by hand, under Slurm and under GitLab's runner: each merged run says what the run says that was not cut.</summary>
[SupportedOSPlatform("linux")]
public sealed class SixPartsTests(SlurmCluster cluster) : IClassFixture<SlurmCluster>
{
    // Six userlands, and what they are compared with in each part; without an engine, which all parts would start and end.
    private static readonly string[] _plan =
    [
        "run", "kernel-identity", "distro-matrix", "legacy-userland", "--quick", "--kernel", "host", "--runtime", "namespaces",
        .. new[] { "busybox:static", "bash:static", "scratch", "synthetic-legacy:bash", "bash:again", "busybox:again" }.SelectMany(userland => new[] { "--userland", userland }),
        "--catalog", "more.yaml",
    ];

    private const string More = """
        schema: 1
        userlands:
          - id: bash:again
            bootstrap: {kind: unpacked, suite: bookworm, packages: [bash-static], links: {bin/bash: bash-static, bin/sh: bash-static}}
          - id: busybox:again
            bootstrap: {kind: busybox}
        """;

    [Fact]
    public async Task Six_parts_by_hand_under_Slurm_and_under_GitLabs_runner_merge_into_what_the_uncut_run_says()
    {
        await cluster.StartAsync();
        using var repository = SlurmScripts.Checkout();
        await File.WriteAllTextAsync(Path.Combine(repository.Root, "more.yaml"), More, TestContext.Current.CancellationToken);
        var whole = await repository.HarnessAsync([.. _plan, "--seed", "7", "--run-id", "whole"]);
        Assert.True(whole.ExitCode == 0, whole.ToString());
        var (said, trials) = (Said(repository.Run("whole")), Trials(repository.Run("whole")));
        Assert.Equal(6, trials.Select(trial => trial.Userland).Where(userland => userland != "host").Distinct().Count());

        for (var part = 1; part <= 6; part++)
        {
            var answer = await repository.HarnessAsync([.. _plan, "--seed", "7", "--shard", $"{part}/6", "--out", "hand", "--run-id", $"part-{part}"]);
            Assert.True(answer.ExitCode == 0, answer.ToString());
        }

        var merge = await repository.HarnessAsync("merge", "hand", "--run-id", "by-hand");
        Assert.True(merge.ExitCode == 0, merge.ToString());
        var slurm = await SlurmScripts.SubmitAsync(cluster, repository, 6, [.. _plan, "--seed", "7"]);
        await cluster.UntilEmptyAsync();
        Assert.True(Directory.Exists(repository.Run(slurm)), SlurmScripts.Logs(repository));
        var gitlab = await GitLabPipeline.CreateAsync(repository, string.Join(' ', _plan), parts: 6);
        await gitlab.RunAsync("--variable", "HARNESS_SEED=7");
        var history = Assert.Single(Directory.GetDirectories(Path.Combine(repository.Root, "history")));

        foreach (var run in new[] { repository.Run("by-hand"), repository.Run(slurm), history })
        {
            Assert.Equal(said, Said(run));
            Assert.Equal(trials, Trials(run));
            Assert.Equal(0, (await repository.HarnessAsync("verify", run)).ExitCode);
        }

        Assert.Empty(repository.Remains());
    }

    private static List<(string Claim, string Scope, string Verdict, string Summary)> Said(string run) =>
        [.. Rows.Verdicts(run).Select(row => (row["claim"], row["scope"], row["verdict"], row["summary"]))];

    private static List<(string Id, string Outcome, string Userland)> Trials(string run) =>
        [.. Rows.Trials(run).Select(row => (row["trial_id"], row["outcome"], row["userland"])).Order()];
}
