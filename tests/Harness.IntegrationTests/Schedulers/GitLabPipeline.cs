using System.Collections.Immutable;
using Harness.Host.Processes;
using Harness.IntegrationTests.Cli;

namespace Harness.IntegrationTests.Schedulers;

/// <summary>A project on GitLab that includes <c>ci/gitlab-ci.yml</c>, and gitlab-ci-local's shell executor, which runs it.</summary>
internal sealed class GitLabPipeline(Repository repository, string runner)
{
    private readonly string[] _options = ["--force-shell-executor", "--no-color", "--variable", $"HARNESS={repository.Program}", "--home", Path.Combine(repository.Root, "home")];

    /// <summary>Makes one; skips where a program is missing.</summary>
    /// <param name="repository">Where.</param>
    /// <param name="arguments">The command line after <c>harness</c>.</param>
    /// <param name="parts">How many jobs measure; null: as many as the file says.</param>
    internal static async Task<GitLabPipeline> CreateAsync(Repository repository, string arguments, int? parts = null)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "needs root");
        await Tools.RequireAsync("rsync", "rsync");
        await Tools.RequireAsync("git", "git");
        var pipeline = new GitLabPipeline(repository, await NodeTools.RequireAsync("gitlab", "gitlab-ci-local"));
        Directory.CreateDirectory(Path.Combine(repository.Root, "ci"));
        File.Copy(Path.Combine(Repository.Source, "ci", "gitlab-ci.yml"), Path.Combine(repository.Root, "ci", "gitlab-ci.yml"));
        await File.WriteAllTextAsync(
            Path.Combine(repository.Root, ".gitlab-ci.yml"),
            $"include: {{ local: ci/gitlab-ci.yml }}\nvariables:\n  HARNESS_ARGUMENTS: {arguments}\n{(parts is { } number ? $"harness:part: {{ parallel: {number} }}\n" : "")}",
            TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(Path.Combine(repository.Root, ".gitignore"), "c/\nresults/\nparts/\nhistory/\npublic/\n.gitlab-ci-local/\nhome/\n", TestContext.Current.CancellationToken);
        await pipeline.SucceedAsync("git", "init", "-q", "-b", "main");
        await pipeline.SucceedAsync("git", "add", "-A");
        await pipeline.SucceedAsync("git", "-c", "user.name=test", "-c", "user.email=test@example.org", "commit", "-q", "-m", "For a test");
        return pipeline;
    }

    /// <summary>Runs every job, which has to succeed; returns what they printed.</summary>
    internal Task<string> RunAsync(params string[] options) => SucceedAsync(runner, [.. _options, .. options]);

    /// <summary>Runs every job.</summary>
    internal Task<CommandResult> TryAsync(params string[] options) => CallAsync(runner, [.. _options, .. options]);

    private Task<CommandResult> CallAsync(string program, params string[] arguments) => new Command(program, [.. arguments])
    {
        WorkingDirectory = repository.Root,
        Environment = ImmutableSortedDictionary<string, string?>.Empty
            .Add("XDG_CACHE_HOME", repository.Cache)
            // Settings of the user who runs the tests are not read.
            .Add("HOME", repository.Root),
    }.RunAsync(TestContext.Current.CancellationToken);

    private async Task<string> SucceedAsync(string program, params string[] arguments)
    {
        var result = await CallAsync(program, arguments);
        Assert.True(result.ExitCode == 0, $"{program} {string.Join(' ', arguments)}: {result.Output}\n{result.Error}");
        return result.Output;
    }
}
