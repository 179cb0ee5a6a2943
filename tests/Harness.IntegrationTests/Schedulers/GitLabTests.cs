using System.Collections.Immutable;
using System.Runtime.Versioning;
using Harness.Host.Processes;
using Harness.IntegrationTests.Cli;

namespace Harness.IntegrationTests.Schedulers;

/// <summary><c>ci/gitlab-ci.yml</c>, run by gitlab-ci-local's shell executor: every job, in order, with artifacts and cache.</summary>
[SupportedOSPlatform("linux")]
public sealed class GitLabTests
{
    private const string Pipeline = """
        include: { local: ci/gitlab-ci.yml }
        variables:
          HARNESS_ARGUMENTS: run kernel-identity --quick --userland busybox:static --userland bash:static --runtime namespaces
        """;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_pipeline_measures_two_parts_merges_them_and_holds_the_run_against_the_last_one()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "needs root");
        await Tools.RequireAsync("rsync", "rsync");
        await Tools.RequireAsync("git", "git");
        var runner = await NodeTools.RequireAsync("gitlab", "gitlab-ci-local");
        using var repository = new Repository();
        Directory.CreateDirectory(Path.Combine(repository.Root, "ci"));
        File.Copy(Path.Combine(Repository.Source, "ci", "gitlab-ci.yml"), Path.Combine(repository.Root, "ci", "gitlab-ci.yml"));
        await File.WriteAllTextAsync(Path.Combine(repository.Root, ".gitlab-ci.yml"), Pipeline + "\n", Cancellation);
        await File.WriteAllTextAsync(Path.Combine(repository.Root, ".gitignore"), "c/\nresults/\nparts/\nhistory/\npublic/\n.gitlab-ci-local/\nhome/\n", Cancellation);
        await RunAsync(repository, "git", "init", "-q", "-b", "main");
        await RunAsync(repository, "git", "add", "-A");
        await RunAsync(repository, "git", "-c", "user.name=test", "-c", "user.email=test@example.org", "commit", "-q", "-m", "For a test");

        string[] pipeline = ["--force-shell-executor", "--no-color", "--variable", $"HARNESS={repository.Program}", "--home", Path.Combine(repository.Root, "home")];
        var first = await RunAsync(repository, runner, pipeline);
        var second = await RunAsync(repository, runner, pipeline);

        Assert.Contains("There is no earlier run to compare with.", first, StringComparison.Ordinal);
        Assert.Contains("The gate holds. It looks at: verdict, coverage.", second, StringComparison.Ordinal);
        var runs = Directory.GetDirectories(Path.Combine(repository.Root, "history")).Order(StringComparer.Ordinal).ToList();
        Assert.Equal(2, runs.Count);
        Assert.All(runs, run => Assert.Equal(6, Rows.Trials(run).Count(row => row["outcome"] == "ok")));

        // Fewer userlands than parts: one part has nothing to run, and the run lacks what the last one measured.
        string[] less = [.. pipeline, "--variable", "HARNESS_ARGUMENTS=run kernel-identity --quick --userland busybox:static --runtime namespaces"];
        foreach (var _ in (string[])["tried", "tried again"])
        {
            var refused = await CallAsync(repository, runner, less);
            Assert.NotEqual(0, refused.ExitCode);
            Assert.Contains("has nothing to run", refused.Output + refused.Error, StringComparison.Ordinal);
            Assert.Contains("The gate does not hold", refused.Output + refused.Error, StringComparison.Ordinal);
            Assert.Equal(runs, Directory.GetDirectories(Path.Combine(repository.Root, "history")).Order(StringComparer.Ordinal));
        }

        // Whoever wants the change says so.
        await RunAsync(repository, runner, [.. less, "--variable", "HARNESS_GATE="]);
        Assert.Equal(3, Directory.GetDirectories(Path.Combine(repository.Root, "history")).Length);
        var pages = await File.ReadAllTextAsync(Path.Combine(repository.Root, "public", "index.html"), Cancellation);
        var published = Directory.GetDirectories(Path.Combine(repository.Root, "public", "runs"));
        // Those that the gate refused as well.
        Assert.Equal(5, published.Length);
        Assert.All(published, run => Assert.Contains($"runs/{Path.GetFileName(run)}/report.html", pages, StringComparison.Ordinal));
    }

    private static Task<CommandResult> CallAsync(Repository repository, string program, params string[] arguments) => new Command(program, [.. arguments])
    {
        WorkingDirectory = repository.Root,
        Environment = ImmutableSortedDictionary<string, string?>.Empty
            .Add("XDG_CACHE_HOME", repository.Cache)
            // Settings of the user who runs the tests are not read.
            .Add("HOME", repository.Root),
    }.RunAsync(Cancellation);

    private static async Task<string> RunAsync(Repository repository, string program, params string[] arguments)
    {
        var result = await CallAsync(repository, program, arguments);
        Assert.True(result.ExitCode == 0, $"{program} {string.Join(' ', arguments)}: {result.Output}\n{result.Error}");
        return result.Output;
    }
}
