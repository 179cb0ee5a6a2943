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
        "SELECT column_name, column_type FROM (DESCRIBE FROM reading)", "SELECT column_name, column_type FROM (DESCRIBE FROM image_file)",
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
        Assert.Equal(7, Tables(other));
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
    public void A_value_that_is_no_number_is_said_to_be_one_by_whoever_reads_it()
    {
        var folder = Usual();
        File.AppendAllText(folder.ObservationsCsv, "sample,ffffffffffffffff,other,,12x,,\n");
        using var loaded = LoadedTables.Of(folder, interruption: TestContext.Current.CancellationToken);
        var said = Assert.Throws<HarnessException>(() => RunDatabase.Open(folder, Experiment, loaded, TestContext.Current.CancellationToken).Dispose()).Message;
        Assert.Contains("12x", said, StringComparison.Ordinal);
        Assert.Contains($"{Experiment}/verdict.sql", said, StringComparison.Ordinal);
    }

    // Else the SQL of one experiment would make the readings that the next one judges.
    [Theory]
    [InlineData("DELETE FROM loaded.main.trial", true)]
    [InlineData("CREATE OR REPLACE TABLE loaded.main.trial AS SELECT 1 AS n", true)]
    [InlineData("DETACH loaded", false)]
    [InlineData("COPY (SELECT 1) TO (getvariable('run_folder') || '/loaded.duckdb') (USE_TMP_FILE false)", false)]
    public void What_a_runs_SQL_does_to_them_the_next_one_does_not_see(string sql, bool isRefused)
    {
        var folder = Usual();
        using var loaded = LoadedTables.Of(folder, interruption: TestContext.Current.CancellationToken);
        var verdict = Path.Combine(folder.Definitions, Experiment, "verdict.sql");
        var text = File.ReadAllText(verdict);
        string[] before;
        using (var first = RunDatabase.Open(folder, Experiment, loaded, TestContext.Current.CancellationToken))
            before = Answer(first, "FROM trial ORDER BY ALL");

        File.WriteAllText(verdict, $"{text}{sql};\n");
        var failure = Record.Exception(() => RunDatabase.Open(folder, Experiment, loaded, TestContext.Current.CancellationToken).Dispose());
        Assert.True(!isRefused || failure is HarnessException, failure?.Message);

        File.WriteAllText(verdict, text);
        using var next = RunDatabase.Open(folder, Experiment, loaded, TestContext.Current.CancellationToken);
        Assert.NotEmpty(before);
        Assert.Equal(before, Answer(next, "FROM trial ORDER BY ALL"));
    }

    private static int Tables(RunDatabase database) =>
        int.Parse(database.Query("SELECT count(*) FROM duckdb_tables() WHERE database_name = 'loaded'", "test").Rows[0][0]!, System.Globalization.CultureInfo.InvariantCulture);

    // A view without an order of its own has none.
    private static string[] Answer(RunDatabase database, string question) => [.. database.Query(question, "test").Rows.Select(row => string.Join('|', row.Select(value => value ?? "NULL"))).Order(StringComparer.Ordinal)];

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
