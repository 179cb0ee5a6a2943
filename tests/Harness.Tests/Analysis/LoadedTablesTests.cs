using Harness.Analysis.Judging;
using Harness.Core;
using Harness.Core.Journaling;

namespace Harness.Tests.Analysis;

/// <summary>What is asked of tables that were read before is answered as by the views over the files.</summary>
public sealed class LoadedTablesTests : IDisposable
{
    private const string Experiment = "kernel-identity";

    private static readonly string[] _questions =
    [
        "FROM verdict", "FROM evidence", "FROM method_check", "FROM trial", "FROM observation_row", "FROM reading", "FROM treatment", "FROM userland", "FROM userland_file", "FROM listed_image", "FROM kernel_option",
        "SELECT column_name, data_type FROM (DESCRIBE FROM reading)", "SELECT column_name, data_type FROM (DESCRIBE FROM image_file)",
    ];

    private readonly RunBuilder _run = new();

    public void Dispose() => _run.Dispose();

    [Fact]
    public void Every_answer_is_that_of_the_views()
    {
        var folder = Usual();
        using var loaded = LoadedTables.Of(folder, interruption: TestContext.Current.CancellationToken);
        using var read = RunDatabase.Open(folder, Experiment, TestContext.Current.CancellationToken);
        using var other = RunDatabase.Open(folder, Experiment, loaded, TestContext.Current.CancellationToken);

        Assert.Equal(0, Tables(read));
        Assert.Equal(5, Tables(other));
        Assert.All(_questions, question => Assert.Equal(Answer(read, question), Answer(other, question)));
        Assert.NotEmpty(Answer(other, "FROM reading"));
        Assert.NotEmpty(Answer(other, "FROM image_file"));
    }

    [Fact]
    public void The_tables_are_read_once_however_the_files_change()
    {
        var folder = Usual();
        using var loaded = LoadedTables.Of(folder, interruption: TestContext.Current.CancellationToken);
        File.AppendAllText(folder.ObservationsCsv, "sample,ffffffffffffffff,other,,12,,\n");
        using var other = RunDatabase.Open(folder, Experiment, loaded, TestContext.Current.CancellationToken);
        Assert.Equal("0", other.Query("SELECT count(*) FROM observation_row WHERE metric = 'other'", "test").Rows[0][0]);
    }

    [Fact]
    public void Of_a_run_beyond_the_limit_the_views_stay()
    {
        var folder = Usual();
        using var loaded = LoadedTables.Of(folder, 100, TestContext.Current.CancellationToken);
        using var other = RunDatabase.Open(folder, Experiment, loaded, TestContext.Current.CancellationToken);
        Assert.Equal(0, Tables(other));
        Assert.NotEmpty(Answer(other, "FROM verdict"));
    }

    [Fact]
    public void A_value_that_is_no_number_costs_only_what_reads_it()
    {
        var folder = Usual();
        File.AppendAllText(folder.ObservationsCsv, "sample,ffffffffffffffff,other,,12x,,\n");
        using var loaded = LoadedTables.Of(folder, interruption: TestContext.Current.CancellationToken);
        using var other = RunDatabase.Open(folder, "kernel-identity", loaded, TestContext.Current.CancellationToken);
        Assert.Contains("12x", Assert.Throws<HarnessException>(() => other.Query("SELECT value FROM observation_row", "test")).Message, StringComparison.Ordinal);
        Assert.NotEmpty(Answer(other, "FROM trial"));
    }

    // Else the SQL of one experiment would make the readings that the next one judges.
    [Theory]
    [InlineData("DELETE FROM loaded.main.trial")]
    [InlineData("CREATE OR REPLACE TABLE loaded.main.trial AS SELECT 1 AS n")]
    [InlineData("DETACH loaded; ATTACH '{0}' AS loaded")]
    [InlineData("COPY (SELECT 1) TO '{0}' (USE_TMP_FILE false)")]
    public void The_sql_of_a_run_cannot_change_them(string sql)
    {
        var folder = Usual();
        using var loaded = LoadedTables.Of(folder, interruption: TestContext.Current.CancellationToken);
        string path;
        using (var other = RunDatabase.Open(folder, Experiment, loaded, TestContext.Current.CancellationToken))
        {
            path = other.Query("SELECT path FROM duckdb_databases() WHERE database_name = 'loaded'", "test").Rows[0][0]!;
        }

        var before = File.ReadAllBytes(path);
        File.AppendAllText(Path.Combine(folder.Definitions, Experiment, "verdict.sql"), string.Format(System.Globalization.CultureInfo.InvariantCulture, sql, path) + ";\n");
        Assert.Throws<HarnessException>(() => RunDatabase.Open(folder, Experiment, loaded, TestContext.Current.CancellationToken).Dispose());
        Assert.Equal(before, File.ReadAllBytes(path));
    }

    private static int Tables(RunDatabase database) =>
        int.Parse(database.Query("SELECT count(*) FROM duckdb_tables() WHERE database_name = 'loaded'", "test").Rows[0][0]!, System.Globalization.CultureInfo.InvariantCulture);

    private static string[] Answer(RunDatabase database, string question) => [.. database.Query(question, "test").Rows.Select(row => string.Join('|', row.Select(value => value ?? "NULL")))];

    private RunFolder Usual()
    {
        var folder = _run.Usual().Build();
        Directory.CreateDirectory(folder.Filesystems);
        FilesystemTable.Write(Path.Combine(folder.Filesystems, "00aa.csv"), [new FilesystemEntry("/etc", FilesystemEntryType.Directory, 0, 0x1ED, "", "")]);
        Directory.CreateDirectory(folder.KernelOptions);
        KernelOptionTable.Write(Path.Combine(folder.KernelOptions, KernelOptionTable.FileName("debian-bookworm")), "CONFIG_X86=y\n# CONFIG_X32 is not set\n");
        return folder;
    }
}
