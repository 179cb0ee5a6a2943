using Harness.Analysis.Checking;
using Harness.Core;
using Harness.Core.Journaling;
using Harness.Core.Model;
using Harness.Reporting;
using Harness.Tests.Analysis;

namespace Harness.Tests.Reporting;

public sealed class DerivationTests : IDisposable
{
    private readonly RunBuilder _run = new();

    public void Dispose() => _run.Dispose();

    [Fact]
    public void The_report_is_the_approved_one()
    {
        var folder = _run.Usual().Unmeasured(Outcome.Unavailable, "the image debian:12 is not available", block: 3).NotRun("runsc", 3).Build();
        Derivation.Regenerate(folder);
        Golden.Equal("report.md", File.ReadAllText(folder.ReportMd));
    }

    [Fact]
    public void Made_twice_everything_derived_is_the_same_byte_for_byte()
    {
        var folder = _run.Usual().Build();
        Derivation.Regenerate(folder);
        var first = Bytes(folder);
        Assert.Contains("evidence/C1.csv", first.Keys);
        Assert.Contains("report.html", first.Keys);
        Assert.Contains("  report.html\n", File.ReadAllText(folder.Sums), StringComparison.Ordinal);
        Assert.Contains("figures/kernel-identity.png", first.Keys);
        Derivation.Regenerate(folder);
        Assert.Equal(first, Bytes(folder));
        Assert.Empty(Directory.EnumerateDirectories(folder.Root, ".*"));
    }

    [Fact]
    public void A_run_that_was_moved_and_renamed_keeps_its_bytes()
    {
        var folder = _run.Usual().Build();
        Derivation.Regenerate(folder);
        var first = Bytes(folder);
        var moved = new RunFolder(folder.Root + "-downloaded");
        Directory.Move(folder.Root, moved.Root);
        Derivation.Regenerate(moved);
        Assert.Equal(first, Bytes(moved));
        Assert.Equal([WithoutKeys], Verification.Verify(moved, Here()));
    }

    [Fact]
    public void A_reading_that_was_changed_is_never_blessed()
    {
        var folder = _run.Usual().Build();
        Derivation.Regenerate(folder);
        var before = Bytes(folder);
        Change(folder.ObservationsCsv, "4.4.0", "4.4.1");
        var message = Assert.Throws<HarnessException>(() => Derivation.Regenerate(folder)).Message;
        Assert.Contains("observations.csv: was changed after the run", message, StringComparison.Ordinal);
        Change(folder.ObservationsCsv, "4.4.1", "4.4.0");
        Assert.Equal(before, Bytes(folder));
    }

    // Its rows are written by a test and not read from any sandbox.
    private static Finding WithoutKeys => Finding.Remark("raw", "holds no keys (a run of an earlier version): its rows cannot be proved from its frames");

    [Fact]
    public void A_claim_cannot_name_a_file_outside_the_run()
    {
        var report = Derived(
            "CREATE OR REPLACE VIEW verdict AS SELECT '../../escaped' AS claim, '' AS scope, 'refuted' AS verdict, 'real' AS basis, '' AS summary, 0 AS trials;");
        Assert.Contains("'../../escaped' is not a claim's id", report, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFiles(Path.GetDirectoryName(_run.Folder.Root)!, "escaped*"));
    }

    [Theory]
    [InlineData("nonsense;", "The SQL of this experiment failed, so its verdicts, statistics and figures are missing:** definitions/kernel-identity/verdict.sql: ")]
    [InlineData(
        "CREATE OR REPLACE VIEW verdict AS SELECT 'C1' AS claim, '' AS scope, 'refuted' AS verdict, 'real' AS basis, NULL AS summary, 0 AS trials;",
        "The verdicts of this experiment are missing:** definitions/kernel-identity/verdict.sql: column summary of a verdict is NULL")]
    [InlineData(
        "CREATE OR REPLACE VIEW verdict AS SELECT 'C1' AS claim, '' AS scope, 'refuted' AS verdict, 'real' AS basis, '' AS summary, -1 AS trials;",
        "The verdicts of this experiment are missing:** definitions/kernel-identity/verdict.sql: '-1' is not a number of trials")]
    [InlineData(
        "CREATE OR REPLACE VIEW evidence AS SELECT 'C1' AS claim, '' AS scope, if(range < 90000, '' || range, error('too late')) AS trial_id FROM range(100000);",
        "This experiment's rows are missing from the files in evidence/:** definitions/kernel-identity/verdict.sql: ")]
    public void What_cannot_be_derived_costs_itself_and_says_so_in_its_place(string sql, string words)
    {
        var folder = _run.Usual().Build();
        File.AppendAllText(Path.Combine(folder.Definitions, "kernel-identity", "verdict.sql"), sql + "\n");
        RunChecksums.Seal(folder);
        var input = Derivation.Regenerate(folder);
        var failure = Assert.Single(input.Failures);
        Assert.DoesNotContain(folder.Root, failure.ToString(), StringComparison.Ordinal);
        Assert.Contains(words, File.ReadAllText(folder.ReportMd), StringComparison.Ordinal);
        Assert.All(new[] { folder.VerdictsCsv, folder.ReportMd, folder.Sums }, file => Assert.True(File.Exists(file), file));
        Assert.Empty(Directory.EnumerateFiles(folder.Root, "*.part", SearchOption.AllDirectories));
        Assert.DoesNotContain("90000", string.Concat(Directory.EnumerateFiles(folder.Evidence).Select(File.ReadAllText)), StringComparison.Ordinal);
        Assert.Equal(ExitCode.Internal, Harness.Runs.RunExit.Code(input, input.Coverage, [], []));
        var findings = Verification.Verify(folder, Here());
        Assert.Contains(findings, finding => finding.Message == failure.ToString());
        Assert.All(findings, finding => Assert.False(finding.IsFault));
    }

    [Fact]
    public void An_experiment_that_fails_leaves_the_others_their_results()
    {
        // The same experiment twice in the plan, under two names: one of them with broken SQL.
        var folder = _run.Usual().Build();
        var (whole, broken) = (Path.Combine(folder.Definitions, "kernel-identity"), Path.Combine(folder.Definitions, "broken"));
        Directory.CreateDirectory(broken);
        File.WriteAllText(
            Path.Combine(broken, "experiment.yaml"),
            File.ReadAllText(Path.Combine(whole, "experiment.yaml")).Replace("id: kernel-identity", "id: broken", StringComparison.Ordinal));
        File.WriteAllText(Path.Combine(broken, "verdict.sql"), "nonsense;\n");
        (Core.Journaling.PlanFile.Read(folder) with { Experiments = ["broken", "kernel-identity"] }).Write(folder);
        RunChecksums.Seal(folder);
        var input = Derivation.Regenerate(folder);
        Assert.Equal("broken", Assert.Single(input.Failures).Experiment);
        Assert.Contains(input.Verdicts, verdict => verdict is { Experiment: "kernel-identity", Verdict: "qualified" });
        Assert.True(File.Exists(Path.Combine(folder.Figures, "kernel-identity.svg")));
    }

    [Fact]
    public void Interrupted_while_it_derives_what_was_there_before_stays_and_nothing_else_is_left()
    {
        var folder = _run.Usual().Build();
        Derivation.Regenerate(folder);
        var before = Everything();
        File.AppendAllText(
            Path.Combine(folder.Definitions, "kernel-identity", "verdict.sql"),
            "CREATE TABLE endless AS SELECT sum(a.range * b.range) AS n FROM range(10000000) AS a, range(10000000) AS b;\n");
        RunChecksums.Seal(folder);
        using var interrupt = new CancellationTokenSource(TimeSpan.FromSeconds(2));
        Assert.ThrowsAny<OperationCanceledException>(() => Derivation.Regenerate(folder, interrupt.Token));
        Assert.Equal(before, Everything());

        string[] Everything() => [.. Directory.EnumerateFileSystemEntries(folder.Root, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];
    }

    [Fact]
    public async Task The_first_interruption_ends_report()
    {
        var folder = _run.Usual().Build();
        File.AppendAllText(
            Path.Combine(folder.Definitions, "kernel-identity", "verdict.sql"),
            "CREATE TABLE endless AS SELECT sum(a.range * b.range) AS n FROM range(10000000) AS a, range(10000000) AS b;\n");
        RunChecksums.Seal(folder);
        using var process = HarnessProcess.Start(folder.Root, "report", folder.Root);
        var derived = Path.Combine(folder.Root, ".derived");
        while (!Directory.Exists(derived) && !process.HasExited)
            await Task.Delay(50, TestContext.Current.CancellationToken);
        await Task.Delay(1000, TestContext.Current.CancellationToken);
        using (var kill = System.Diagnostics.Process.Start("kill", ["-INT", $"{process.Id}"]))
            await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        Assert.Equal(ExitCode.Interrupted, process.ExitCode);
        Assert.False(Directory.Exists(derived));
    }

    [Fact]
    public void A_figure_with_more_rows_than_stay_readable_is_a_page_that_says_so()
    {
        var folder = _run.Usual().Build();
        var definition = Path.Combine(folder.Definitions, "kernel-identity", "experiment.yaml");
        File.WriteAllText(definition, File.ReadAllText(definition) + """
              - id: wide
                kind: matrix
                title: Wide
                caption: Too many rows.
                sql: SELECT 'row ' || range AS "row", 'a' AS "column", 'x' AS category, '' AS label, 1 AS n FROM range(151)

            """);
        RunChecksums.Seal(folder);
        Assert.Empty(Derivation.Regenerate(folder).Failures);
        Assert.Contains("Not drawn: a figure of kind 'matrix' takes 150 rows and 15 columns; its query gives 151 and 1.", File.ReadAllText(Path.Combine(folder.Figures, "wide.svg")).Replace("&#39;", "'", StringComparison.Ordinal).Replace("&apos;", "'", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("SELECT 'r' AS \"row\"", "a matrix figure needs the columns row, column, category, label, n")]
    [InlineData("SELECT nothing_like_it", "definitions/kernel-identity/experiment.yaml, figure wrong: ")]
    public void A_figure_that_fails_costs_itself_and_says_so_in_its_place(string sql, string reason)
    {
        var folder = _run.Usual().Build();
        var definition = Path.Combine(folder.Definitions, "kernel-identity", "experiment.yaml");
        File.AppendAllText(definition, $"  - {{id: wrong, kind: matrix, title: Wrong, caption: Wrong., sql: '{sql.Replace("'", "''", StringComparison.Ordinal)}'}}\n");
        RunChecksums.Seal(folder);
        Assert.Equal("wrong", Assert.Single(Derivation.Regenerate(folder).Failures).Figure);
        var report = File.ReadAllText(folder.ReportMd);
        Assert.Contains("**The figure 'Wrong' is missing:**", report, StringComparison.Ordinal);
        Assert.Contains(reason.Replace("_", "\\_", StringComparison.Ordinal), report, StringComparison.Ordinal);
        Assert.DoesNotContain("figures/wrong.svg", report, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(folder.Figures, "kernel-identity.svg")));
    }

    private string Derived(string sql)
    {
        var folder = _run.Usual().Build();
        File.AppendAllText(Path.Combine(folder.Definitions, "kernel-identity", "verdict.sql"), sql + "\n");
        RunChecksums.Seal(folder);
        Derivation.Regenerate(folder);
        return File.ReadAllText(folder.ReportMd);
    }

    private HostEnvironment Here() => Harness.Analysis.EnvironmentFiles.Read(Directory.Exists(_run.Folder.Root) ? _run.Folder : new RunFolder(_run.Folder.Root + "-downloaded"))[0];

    private static void Change(string path, string before, string after)
    {
        var text = File.ReadAllText(path);
        Assert.Contains(before, text, StringComparison.Ordinal);
        File.WriteAllText(path, text.Replace(before, after, StringComparison.Ordinal));
    }

    private static SortedDictionary<string, string> Bytes(RunFolder folder) => new(
        RunChecksums.Derived(folder).Append("SHA256SUMS").ToDictionary(file => file, file => Convert.ToHexString(File.ReadAllBytes(Path.Combine(folder.Root, file)))),
        StringComparer.Ordinal);
}
