using Harness.Core;
using Harness.Tests.Analysis;

namespace Harness.Tests.Cli;

/// <summary>How a run begins, and that one which cannot leaves nothing behind. The runs are of plain processes: no engine is needed.</summary>
public sealed class BeginningTests : IDisposable
{
    private const string Own =
        """
        schema: 1
        id: own
        title: My own
        claims: [C1]
        timeout: 5s
        matrix: {userlands: [busybox:static], runtimes: [host]}
        probes:
          - id: words
            kind: script
            command: probes/words.sh
            about: Says something
        metrics:
          - {id: words, type: text, meaning: What it says}

        """;

    private readonly string _root = Directory.CreateTempSubdirectory("harness-test-").FullName;

    public BeginningTests()
    {
        File.WriteAllText(Path.Combine(_root, "Harness.sln"), "");
        var probes = Directory.CreateDirectory(Path.Combine(_root, "experiments", "probes")).FullName;
        var shipped = Path.Combine(RunBuilder.Repository, "experiments");
        foreach (var name in new[] { "schema.sql", "claims.yaml", "userlands.yaml", "metrics.yaml" })
            File.Copy(Path.Combine(shipped, name), Path.Combine(_root, "experiments", name));
        Directory.CreateSymbolicLink(Path.Combine(probes, "bin"), Path.Combine(shipped, "probes", "bin"));
        var own = Directory.CreateDirectory(Path.Combine(_root, "experiments", "own")).FullName;
        File.WriteAllText(Path.Combine(own, "experiment.yaml"), Own);
        File.WriteAllText(Path.Combine(own, "verdict.sql"),
            "CREATE VIEW verdict AS SELECT 'C1' AS claim, '' AS scope, 'not tested' AS verdict, 'real' AS basis, 'Nothing.' AS summary, 0 AS trials;\n"
            + "CREATE VIEW evidence AS SELECT 'C1' AS claim, '' AS scope, trial_id FROM trial;\n");
    }

    private string Results => Path.Combine(_root, "results");

    private string Script => Path.Combine(_root, "experiments", "probes", "words.sh");

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public async Task A_script_that_is_not_there_is_one_line_and_the_run_id_stays_free()
    {
        var (code, _, error) = await HarnessProcess.RunAsync(_root, "run", "own", "--run-id", "r");
        Assert.Equal(ExitCode.Usage, code);
        Assert.Equal($"harness: {_root}/experiments/own/experiment.yaml:10: probes.words: command: there is no script {Script}\n", error);
        Assert.False(Directory.Exists(Path.Combine(Results, "r")));

        File.WriteAllText(Script, "echo words=hello\n");
        (code, _, error) = await HarnessProcess.RunAsync(_root, "run", "own", "--run-id", "r");
        Assert.True(code == ExitCode.Ok, error);
    }

    [Fact]
    public async Task A_mistake_in_the_sql_is_found_by_plan_and_before_a_run()
    {
        File.WriteAllText(Script, "echo words=hello\n");
        File.AppendAllText(Path.Combine(_root, "experiments", "own", "verdict.sql"), "nonsense;\n");
        foreach (var command in new[] { "plan", "run" })
        {
            var (code, output, error) = await HarnessProcess.RunAsync(_root, command, "own");
            Assert.Equal(ExitCode.Usage, code);
            Assert.StartsWith($"harness: {_root}/experiments/own/verdict.sql: ", error, StringComparison.Ordinal);
            Assert.Single(error.TrimEnd().Split('\n'));
            Assert.Empty(output);
        }

        Assert.False(Directory.Exists(Results) && Directory.EnumerateFileSystemEntries(Results).Any());
    }

    [Fact]
    public async Task The_same_command_with_resume_starts_and_continues_and_another_one_is_refused()
    {
        File.WriteAllText(Script, "echo words=hello\n");
        var (code, _, error) = await HarnessProcess.RunAsync(_root, "run", "own", "--resume", "--run-id", "r", "--repeat", "2");
        Assert.True(code == ExitCode.Ok, error);
        var trials = await File.ReadAllTextAsync(Path.Combine(Results, "r", "trials.csv"), TestContext.Current.CancellationToken);
        Assert.Equal(3, trials.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);

        (code, _, error) = await HarnessProcess.RunAsync(_root, "run", "own", "--resume", "--run-id", "r", "--repeat", "2", "--parallel", "1");
        Assert.True(code == ExitCode.Ok, error);
        Assert.Contains("2 of 2 trials are already done", error, StringComparison.Ordinal);
        Assert.Equal(trials, await File.ReadAllTextAsync(Path.Combine(Results, "r", "trials.csv"), TestContext.Current.CancellationToken));

        (code, _, error) = await HarnessProcess.RunAsync(_root, "run", "own", "--resume", "--run-id", "r", "--quick");
        Assert.Equal(ExitCode.Usage, code);
        Assert.Contains("began with '--repeat 2', began without '--quick'", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("unix:///nowhere/docker.sock")]
    [InlineData("ssh://somewhere")]
    public async Task An_engine_that_does_not_answer_leaves_no_run(string engine)
    {
        File.WriteAllText(Script, "echo words=hello\n");
        var definition = Path.Combine(_root, "experiments", "own", "experiment.yaml");
        File.WriteAllText(definition, Own.Replace("runtimes: [host]", "runtimes: [host, runc]", StringComparison.Ordinal));
        var (code, _, error) = await HarnessProcess.RunAsync(_root, "run", "own", "--run-id", "r", "--engine", engine);
        Assert.True(code == ExitCode.Usage, error);
        Assert.False(Directory.Exists(Path.Combine(Results, "r")));
    }

    [Fact]
    public async Task A_folder_that_cannot_be_written_is_one_line_with_the_remedy()
    {
        File.WriteAllText(Script, "echo words=hello\n");
        var (code, _, error) = await HarnessProcess.RunAsync(_root, "run", "own", "--out", Path.Combine(Script, "below"));
        Assert.Equal(ExitCode.Usage, code);
        Assert.Contains("--out DIR", error, StringComparison.Ordinal);
        Assert.Single(error.TrimEnd().Split('\n'));
    }
}
