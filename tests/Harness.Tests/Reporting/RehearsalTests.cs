using Harness.Core;
using Harness.Core.Definitions;
using Harness.Reporting;
using Harness.Runtimes;
using Harness.Tests.Analysis;

namespace Harness.Tests.Reporting;

/// <summary>A mistake in an experiment is found before it costs a run.</summary>
public sealed class RehearsalTests : IDisposable
{
    private const string Smallest =
        """
        schema: 1
        id: own
        title: My own
        claims: [C1]
        timeout: 5s
        matrix: {userlands: [busybox:static], runtimes: [runc]}
        probes:
          - {id: kernel, kind: builtin, command: kernel, about: asks the kernel}

        """;

    private const string Verdict =
        """
        CREATE VIEW verdict AS SELECT 'C1' AS claim, '' AS scope, 'not tested' AS verdict, 'real' AS basis, count(*) || ' trials.' AS summary, count(*) AS trials FROM trial;
        CREATE VIEW evidence AS SELECT 'C1' AS claim, '' AS scope, trial_id FROM trial;

        """;

    private readonly string _root = Directory.CreateTempSubdirectory("harness-test-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void Every_shipped_experiment_passes()
    {
        var folder = ExperimentsFolder.Read(Path.Combine(RunBuilder.Repository, "experiments"));
        Assert.Empty(Rehearsal.Mistakes(folder, folder.Experiments, TestContext.Current.CancellationToken));
        Assert.All(folder.Experiments.SelectMany(experiment => experiment.Matrix.Variants), variant => Assert.Null(RuntimeSet.VariantMistake(variant)));
    }

    [Fact]
    public void The_smallest_experiment_passes() => Assert.Empty(Mistakes(Smallest, Verdict));

    [Theory]
    [InlineData("", "", "own/verdict.sql: cannot be read")]
    [InlineData("", "nonsense;", "own/verdict.sql: Parser Error")]
    [InlineData("", "CREATE VIEW verdict AS SELECT 1 AS claim; CREATE VIEW evidence AS SELECT 1 AS trial_id;", "own/verdict.sql: the view verdict lacks scope, verdict, basis, summary, trials")]
    [InlineData("claims: [C1] -> claims: [C99]", Verdict, "own/experiment.yaml: claims: there is no claim 'C99'")]
    [InlineData("claims: [C1] -> claims: [C2]", Verdict, "own/verdict.sql: judges 'C1', which is not among the claims")]
    [InlineData("figures: [{id: f, kind: pie, title: t, caption: c, sql: SELECT 1}]", Verdict, "own/experiment.yaml: figure f: figure kind 'pie' is not known")]
    [InlineData("figures: [{id: f, kind: matrix, title: t, caption: c, sql: SELECT 1 AS n}]", Verdict, "own/experiment.yaml: figure f: a matrix figure needs the columns row")]
    [InlineData("figures: [{id: f, kind: matrix, title: t, caption: c, sql: SELECT nothing FROM trial}]", Verdict, "own/experiment.yaml, figure f: Binder Error")]
    public void A_mistake_is_one_line_with_file_and_reason(string change, string sql, string mistake)
    {
        var yaml = change.Split(" -> ") is [var from, var to] ? Smallest.Replace(from, to, StringComparison.Ordinal) : Smallest + change + "\n";
        var found = Mistakes(yaml, sql);
        Assert.Contains(found, line => line.StartsWith(Path.Combine(_root, mistake), StringComparison.Ordinal));
        Assert.All(found, line => Assert.DoesNotContain('\n', line));
    }

    [Theory]
    [InlineData("vsyscall=sometimes")]
    [InlineData("path=cli;net=carrier-pigeon")]
    public void A_variant_that_no_runtime_knows_is_a_mistake(string variant)
    {
        Assert.Contains(variant.Split(';')[^1], RuntimeSet.VariantMistake(variant), StringComparison.Ordinal);
        Assert.Null(RuntimeSet.VariantMistake("cache=cold"));
        Assert.Null(RuntimeSet.VariantMistake("shape=q35;image=bzimage"));
    }

    private System.Collections.Immutable.ImmutableArray<string> Mistakes(string yaml, string sql)
    {
        var own = Directory.CreateDirectory(Path.Combine(_root, "own")).FullName;
        var shipped = Path.Combine(RunBuilder.Repository, "experiments");
        foreach (var name in new[] { "schema.sql", "claims.yaml", "userlands.yaml", "metrics.yaml" })
            File.Copy(Path.Combine(shipped, name), Path.Combine(_root, name), overwrite: true);
        File.WriteAllText(Path.Combine(own, "experiment.yaml"), yaml);
        if (sql.Length > 0)
            File.WriteAllText(Path.Combine(own, "verdict.sql"), sql);
        var folder = ExperimentsFolder.Read(_root);
        return Rehearsal.Mistakes(folder, folder.Experiments, TestContext.Current.CancellationToken);
    }
}
