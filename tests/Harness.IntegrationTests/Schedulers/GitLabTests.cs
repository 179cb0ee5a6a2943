using System.Runtime.Versioning;
using Harness.IntegrationTests.Cli;

namespace Harness.IntegrationTests.Schedulers;

/// <summary><c>ci/gitlab-ci.yml</c>, run by gitlab-ci-local's shell executor: every job, in order, with artifacts and cache.</summary>
[SupportedOSPlatform("linux")]
public sealed class GitLabTests
{
    private const string Plan = "run kernel-identity --quick --userland busybox:static --userland bash:static --runtime namespaces";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_pipeline_measures_two_parts_merges_them_and_holds_the_run_against_the_last_one()
    {
        using var repository = new Repository();
        var pipeline = await GitLabPipeline.CreateAsync(repository, Plan);

        var first = await pipeline.RunAsync();
        var second = await pipeline.RunAsync();

        Assert.Contains("There is no earlier run to compare with.", first, StringComparison.Ordinal);
        Assert.Contains("The gate holds. It looks at: verdict, coverage.", second, StringComparison.Ordinal);
        var runs = Directory.GetDirectories(Path.Combine(repository.Root, "history")).Order(StringComparer.Ordinal).ToList();
        Assert.Equal(2, runs.Count);
        Assert.All(runs, run => Assert.Equal(6, Rows.Trials(run).Count(row => row["outcome"] == "ok")));

        // Fewer userlands than parts: one part has nothing to run, and the run lacks what the last one measured.
        string[] less = ["--variable", "HARNESS_ARGUMENTS=run kernel-identity --quick --userland busybox:static --runtime namespaces"];
        foreach (var _ in (string[])["tried", "tried again"])
        {
            var refused = await pipeline.TryAsync(less);
            Assert.NotEqual(0, refused.ExitCode);
            Assert.Contains("has nothing to run", refused.Output + refused.Error, StringComparison.Ordinal);
            Assert.Contains("The gate does not hold", refused.Output + refused.Error, StringComparison.Ordinal);
            Assert.Equal(runs, Directory.GetDirectories(Path.Combine(repository.Root, "history")).Order(StringComparer.Ordinal));
        }

        // Whoever wants the change says so.
        await pipeline.RunAsync([.. less, "--variable", "HARNESS_GATE="]);
        Assert.Equal(3, Directory.GetDirectories(Path.Combine(repository.Root, "history")).Length);
        var pages = await File.ReadAllTextAsync(Path.Combine(repository.Root, "public", "index.html"), Cancellation);
        var published = Directory.GetDirectories(Path.Combine(repository.Root, "public", "runs"));
        // Those that the gate refused as well.
        Assert.Equal(5, published.Length);
        Assert.All(published, run => Assert.Contains($"runs/{Path.GetFileName(run)}/report.html", pages, StringComparison.Ordinal));
    }
}
