using Harness.Core;
using Harness.Core.Journaling;

namespace Harness.Analysis.Judging;

/// <summary>
/// A run's tables, read once into a file of DuckDB's own, for the databases that are opened for it one after the other: a view over CSV reads
/// all of it again for each query. Each database attaches a copy of its own. Only the views of
/// <c>schema.sql</c> that read files are replaced, each by a table of the same rows; all that stands on them stays as the run has it.
/// </summary>
internal sealed class LoadedTables : IDisposable
{
    /// <summary>Above so many bytes of CSV the views stay as they are: what is read from a file needs no disk, and memory does not grow with it.</summary>
    internal const long MostBytes = 256L << 20;

    private const string Catalogue = "loaded";

    private readonly ScratchFolder _scratch = ScratchFolder.Create("judge");
    private ImmutableArray<string> _views = [];
    private bool _isLoading;

    private LoadedTables()
    {
    }

    /// <summary>What the file is written to by, while it is made.</summary>
    internal IEnumerable<string> Writable => _isLoading ? [File, File + ".wal"] : [];

    private string File => Path.Combine(_scratch.Path, "tables.duckdb");

    /// <summary>Reads a run's tables. If that fails, nothing is replaced, and each database says what is wrong with the table that it reads.</summary>
    /// <exception cref="OperationCanceledException">It was interrupted.</exception>
    internal static LoadedTables Of(RunFolder folder, long mostBytes = MostBytes, CancellationToken interruption = default)
    {
        var tables = new LoadedTables();
        try
        {
            if (TableCopies.Tables(folder).Sum(path => System.IO.File.Exists(path) ? new FileInfo(path).Length : 0) <= mostBytes)
            {
                tables.Load(folder, interruption);
            }

            return tables;
        }
        catch
        {
            tables.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _scratch.Dispose();

    /// <summary>
    /// The statement that makes the tables part of a database. Each database gets a copy of the file: DuckDB lets SQL write to whatever is attached, read-only
    /// or not (<c>COPY … TO</c>), and what one experiment's SQL did to it must not be what the next one reads.
    /// </summary>
    /// <param name="folder">Where the copy goes, and with which it is removed.</param>
    internal string Attach(string folder)
    {
        if (_isLoading)
            return $"ATTACH {RunDatabase.Literal(File)} AS {Catalogue};";
        if (_views.IsEmpty)
            return "";
        var copy = Path.Combine(folder, "loaded.duckdb");
        System.IO.File.Copy(File, copy, overwrite: true);
        return $"ATTACH {RunDatabase.Literal(copy)} AS {Catalogue} (READ_ONLY);";
    }

    /// <summary>Puts the tables in the place of the views.</summary>
    internal void Replace(RunDatabase database)
    {
        foreach (var view in _isLoading ? [] : _views)
        {
            database.Execute("definitions/schema.sql", $"CREATE OR REPLACE VIEW main.{Quoted(view)} AS FROM {Catalogue}.main.{Quoted(view)};");
        }
    }

    private static string Quoted(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    private void Load(RunFolder folder, CancellationToken interruption)
    {
        const string Views = "SELECT view_name FROM duckdb_views() WHERE NOT internal AND schema_name = 'main' AND contains(sql, 'read_csv(') ORDER BY view_name";
        _isLoading = true;
        try
        {
            using var database = RunDatabase.OpenToLoad(folder, this, interruption);
            ImmutableArray<string> views = [.. database.Query(Views, "definitions/schema.sql").Rows.Select(row => row[0]!)];
            foreach (var view in views)
            {
                database.Execute("definitions/schema.sql", $"CREATE TABLE {Catalogue}.main.{Quoted(view)} AS FROM main.{Quoted(view)};");
            }

            database.Execute("definitions/schema.sql", $"CHECKPOINT {Catalogue}; DETACH {Catalogue};");
            _views = views;
        }
        catch (HarnessException)
        {
            // A value that is no number, an older schema, no space: the views say so where they are asked.
        }
        finally
        {
            _isLoading = false;
        }
    }
}
