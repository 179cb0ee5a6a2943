using Harness.Analysis.Judging;
using Harness.Core;
using Harness.Core.Journaling;
using Harness.Core.Model;

namespace Harness.Tests.Analysis;

public sealed class RunDatabaseTests : IDisposable
{
    private static readonly RunLimits Little = RunLimits.Usual with { Memory = "96MiB" };

    private readonly RunBuilder _run = new();

    public void Dispose() => _run.Dispose();

    [Fact]
    public void An_empty_text_is_a_reading_and_a_missing_one_is_none()
    {
        using var database = RunDatabase.Open(_run.HostCell(readings: KernelReadings.Host with { Release = "" }).Build());
        var table = database.Query("SELECT metric, value, text FROM observation WHERE metric IN ('release', 'btime') ORDER BY metric", "test");
        Assert.Equal(["btime", "1700000000.000000000", null], table.Rows[0]);
        Assert.Equal(["release", null, ""], table.Rows[1]);
    }

    [Fact]
    public void Columns_that_can_be_missing_are_null_and_all_others_are_not()
    {
        using var database = RunDatabase.Open(_run.Unmeasured(Outcome.Unavailable, "no").Build());
        var table = database.Query("SELECT exit_code, signal, duration_ns, sandbox, image_digest, accelerator, warmup FROM trial", "test");
        Assert.Equal([null, null, null, "", "", "", "false"], Assert.Single(table.Rows));
    }

    [Fact]
    public void Nanoseconds_beyond_the_precision_of_a_double_stay_exact()
    {
        using var database = RunDatabase.Open(_run.HostCell(readings: KernelReadings.Host with { Boottime = 9_007_199_254_740_993 }).Build());
        Assert.Equal("9007199254740993.000000000", Assert.Single(database.Query("SELECT value FROM reading WHERE metric = 'boottime_ns'", "test").Rows)[0]);
    }

    [Theory]
    [InlineData("-9007199254740993", "-9007199254740993.000000000", "-9007199254740993")]
    [InlineData("999999999999999999", "999999999999999999.000000000", "999999999999999999")]
    [InlineData("9223372036854775808", "9223372036854775808.000000000", null)]
    [InlineData("0.0000000015", "0.000000002", "0")]
    [InlineData("-0.25", "-0.250000000", "0")]
    [InlineData("123456789.123456789", "123456789.123456789", "123456789")]
    [InlineData("9007199254740993.125", "9007199254740993.125000000", "9007199254740993")]
    [InlineData("", null, null)]
    public void A_number_is_read_exactly_whatever_its_length(string written, string? value, string? whole)
    {
        var folder = _run.HostCell().Build();
        using (var writer = File.AppendText(folder.ObservationsCsv))
            writer.Write($"sample,ffffffffffffffff,other,,{written},,\n");
        using var database = RunDatabase.Open(folder);
        Assert.Equal([value, whole], Assert.Single(database.Query("SELECT value, whole FROM observation_row WHERE metric = 'other'", "test").Rows));
    }

    [Fact]
    public void A_value_that_is_no_number_is_a_mistake()
    {
        var folder = _run.HostCell().Build();
        File.AppendAllText(folder.ObservationsCsv, "sample,ffffffffffffffff,other,,12x,,\n");
        using var database = RunDatabase.Open(folder);
        Assert.Contains("12x", Assert.Throws<HarnessException>(() => database.Query("SELECT value FROM observation_row", "test")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Readings_without_a_committed_trial_are_ignored()
    {
        var folder = _run.HostCell().Build();
        File.AppendAllText(folder.ObservationsCsv, "sample,ffffffffffffffff,release,,,,9.9\n");
        using var database = RunDatabase.Open(folder);
        Assert.Equal("0", database.Query("SELECT count(*) FROM observation WHERE text = '9.9'", "test").Rows[0][0]);
    }

    [Fact]
    public async Task The_run_that_is_named_is_judged_wherever_the_process_stands()
    {
        // By a process of its own: others of this one must not find themselves in another folder.
        var folder = _run.HostCell().Container().Build();
        using var other = new RunBuilder();
        var elsewhere = other.HostCell().Build();
        var (code, output, _) = await HarnessProcess.RunAsync(elsewhere.Root, "report", folder.Root);
        Assert.Equal(0, code);
        Assert.Matches("(?m)^C1  \\S supported +Holds in 1 of 1 trial", output);
    }

    [Theory]
    [InlineData("COPY (SELECT 1) TO '{0}/trials.csv' (USE_TMP_FILE false)")]
    [InlineData("SET VARIABLE target = (SELECT content FROM read_text('/etc/passwd'))")]
    [InlineData("ATTACH '{0}/new.db'")]
    [InlineData("INSTALL httpfs")]
    [InlineData("SET enable_external_access = true")]
    public void The_sql_of_a_run_reaches_nothing_but_a_copy_of_its_tables(string sql)
    {
        var folder = _run.HostCell().Build();
        var before = File.ReadAllBytes(folder.TrialsCsv);
        AppendToVerdict(folder, string.Format(System.Globalization.CultureInfo.InvariantCulture, sql, folder.Root) + ";");
        Assert.Throws<HarnessException>(() => Judged.Verdicts(folder));
        Assert.Equal(before, File.ReadAllBytes(folder.TrialsCsv));
    }

    [Fact]
    public void A_mistake_in_sql_is_one_line_that_names_the_file()
    {
        var folder = _run.HostCell().Build();
        AppendToVerdict(folder, "SELECT nothing_like_it\n  FROM\n trial;");
        var message = Assert.Throws<HarnessException>(() => Judged.Verdicts(folder)).Message;
        Assert.StartsWith(Path.Combine(folder.Root, "definitions/kernel-identity/verdict.sql") + ": ", message, StringComparison.Ordinal);
        Assert.Contains("nothing_like_it", message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
    }

    [Fact]
    public void A_verdict_that_is_no_verdict_is_refused()
    {
        var folder = _run.HostCell().Build();
        AppendToVerdict(folder, "CREATE OR REPLACE VIEW verdict AS SELECT 'C1' AS claim, '' AS scope, 'maybe' AS verdict, 'real' AS basis, '' AS summary, 0 AS trials;");
        Assert.Contains("'maybe'", Assert.Throws<HarnessException>(() => Judged.Verdicts(folder)).Message, StringComparison.Ordinal);
    }

    // A list goes to no temporary file.
    [Theory]
    [InlineData("TABLE")]
    [InlineData("VIEW")]
    public void Sql_that_asks_for_more_memory_than_is_usual_gets_it(string kind)
    {
        var folder = _run.HostCell().Build();
        AppendToVerdict(folder, $"CREATE {kind} much AS SELECT sum(len(numbers)) AS n FROM (SELECT list(0::HUGEINT) AS numbers FROM range(6000000));");
        using var database = RunDatabase.Open(folder, "kernel-identity", Little);
        Assert.Equal("6000000", database.Query("SELECT n FROM much", "test").Rows[0][0]);
        Assert.Equal(RunLimits.Usual.Most, database.Memory);
        Assert.NotEmpty(database.Query("SELECT * FROM verdict", "test").Rows);
    }

    [Fact]
    public void Sql_that_holds_more_than_memory_does_goes_on_in_a_file()
    {
        var folder = _run.HostCell().Build();
        AppendToVerdict(folder, "CREATE TABLE much AS SELECT range AS number, 'a text of some length ' || range AS said FROM range(3000000);");
        using var database = RunDatabase.Open(folder, "kernel-identity", Little);
        Assert.Equal("3000000", database.Query("SELECT count(said) FROM much", "test").Rows[0][0]);
        Assert.NotEmpty(database.Query("SELECT * FROM duckdb_temporary_files()", "test").Rows);
        Assert.Equal("96MiB", database.Memory);
    }

    [Fact]
    public void Sql_that_asks_for_more_than_the_most_is_refused()
    {
        var folder = _run.HostCell().Build();
        AppendToVerdict(folder, "CREATE VIEW much AS SELECT sum(len(numbers)) AS n FROM (SELECT list(0::HUGEINT) AS numbers FROM range(20000000));");
        using var database = RunDatabase.Open(folder, "kernel-identity", Little with { Most = "128MiB" });
        Assert.Contains("memory", Assert.Throws<HarnessException>(() => database.Query("SELECT n FROM much", "test")).Message, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("TABLE")]
    [InlineData("VIEW")]
    public void Sql_that_does_not_end_is_stopped(string kind)
    {
        var folder = _run.HostCell().Build();
        AppendToVerdict(folder, $"CREATE {kind} endless AS SELECT sum(a.range * b.range) AS n FROM range(10000000) AS a, range(10000000) AS b;");
        var limits = RunLimits.Usual with { Patience = TimeSpan.FromSeconds(3) };
        var message = Assert.Throws<HarnessException>(() =>
        {
            using var database = RunDatabase.Open(folder, "kernel-identity", limits);
            database.Query("SELECT n FROM endless", "definitions/kernel-identity/verdict.sql");
        }).Message;
        Assert.Contains("definitions/kernel-identity/verdict.sql: the SQL of an experiment may take 0.05 minutes", message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_interruption_ends_sql_that_does_not()
    {
        var folder = _run.HostCell().Build();
        AppendToVerdict(folder, "CREATE TABLE endless AS SELECT sum(a.range * b.range) AS n FROM range(10000000) AS a, range(10000000) AS b;");
        using var interrupt = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        Assert.ThrowsAny<OperationCanceledException>(() => RunDatabase.Open(folder, "kernel-identity", interrupt.Token));
    }

    [Fact]
    public void A_mistake_that_comes_after_many_rows_is_one_all_the_same()
    {
        using var database = RunDatabase.Open(_run.HostCell().Build());
        var rows = 0;
        var message = Assert.Throws<HarnessException>(() => database.Read("SELECT if(range = 900000, error('late'), range) FROM range(1000000)", "test", _ => _ => rows++)).Message;
        Assert.Contains("late", message, StringComparison.Ordinal);
        Assert.InRange(rows, 1, 900_000);
    }

    private static void AppendToVerdict(RunFolder folder, string sql) =>
        File.AppendAllText(Path.Combine(folder.Definitions, "kernel-identity", "verdict.sql"), sql + "\n");
}
