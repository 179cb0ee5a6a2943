using Harness.Core;
using Harness.Tests.Analysis;
using Harness.Tests.Supply;

namespace Harness.Tests.Cli;

/// <summary>A run that is continued without the engines that it began with.</summary>
public sealed class NamedEngineResumeTests : IDisposable
{
    private const string Own =
        """
        schema: 1
        id: own
        title: My own
        claims: [C1]
        timeout: 5s
        matrix: {userlands: [busybox:static], runtimes: [host, runc]}
        probes:
          - id: words
            kind: script
            command: probes/words.sh
            about: Says something
        metrics:
          - {id: words, type: text, meaning: What it says}

        """;

    private readonly string _root = Directory.CreateTempSubdirectory("harness-test-").FullName;

    public NamedEngineResumeTests()
    {
        File.WriteAllText(Path.Combine(_root, "Harness.sln"), "");
        var probes = Directory.CreateDirectory(Path.Combine(_root, "experiments", "probes")).FullName;
        var shipped = Path.Combine(RunBuilder.Repository, "experiments");
        foreach (var name in new[] { "schema.sql", "claims.yaml", "userlands.yaml", "metrics.yaml" })
            File.Copy(Path.Combine(shipped, name), Path.Combine(_root, "experiments", name));
        Directory.CreateSymbolicLink(Path.Combine(probes, "bin"), Path.Combine(shipped, "probes", "bin"));
        File.WriteAllText(Path.Combine(probes, "words.sh"), "echo words=hello\n");
        var own = Directory.CreateDirectory(Path.Combine(_root, "experiments", "own")).FullName;
        File.WriteAllText(Path.Combine(own, "experiment.yaml"), Own);
        File.WriteAllText(Path.Combine(own, "verdict.sql"),
            "CREATE VIEW verdict AS SELECT 'C1' AS claim, '' AS scope, 'not tested' AS verdict, 'real' AS basis, 'Nothing.' AS summary, 0 AS trials;\n"
            + "CREATE VIEW evidence AS SELECT 'C1' AS claim, '' AS scope, trial_id FROM trial;\n");
    }

    private string Trials => Path.Combine(_root, "results", "r", "trials.csv");

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public async Task It_is_refused_where_none_answers_that_its_open_trials_need_and_loses_no_trial()
    {
        await BeginAsync(interrupted: line => line.Contains("elsewhere", StringComparison.Ordinal));
        var rows = File.ReadAllText(Trials);

        var (code, _, error) = await HarnessProcess.RunAsync(_root, "run", "--resume", "--run-id", "r");

        Assert.True(code == ExitCode.Usage, error);
        Assert.Contains("harness: elsewhere: the engine at tcp://127.0.0.1:", error, StringComparison.Ordinal);
        Assert.Equal(rows, File.ReadAllText(Trials));
    }

    [Fact]
    public async Task It_goes_on_where_what_is_left_needs_no_engine()
    {
        await BeginAsync(interrupted: line => line.Contains(",host,", StringComparison.Ordinal) && !line.Contains("elsewhere", StringComparison.Ordinal));
        var rows = File.ReadAllLines(Trials).Length;

        var (code, _, error) = await HarnessProcess.RunAsync(_root, "run", "--resume", "--run-id", "r");

        Assert.True(code == ExitCode.Ok, error);
        Assert.True(File.ReadAllLines(Trials).Length > rows, error);
    }

    // A run whose engine is gone, without some of its rows.
    private async Task BeginAsync(Func<string, bool> interrupted)
    {
        await using (var engine = new TlsEngine(certificate: null, []))
        {
            var (_, _, error) = await HarnessProcess.RunAsync(_root, "run", "own", "--repeat", "1", "--run-id", "r", "--engine", $"elsewhere=tcp://127.0.0.1:{engine.Port}");
            Assert.True(File.Exists(Trials), error);
        }

        var lines = File.ReadAllLines(Trials);
        var left = lines.Where((line, place) => place == 0 || !interrupted(line)).ToList();
        Assert.InRange(left.Count, 2, lines.Length - 1);
        File.WriteAllLines(Trials, left);
    }
}
