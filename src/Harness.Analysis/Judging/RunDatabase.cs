using System.Data;
using System.Globalization;
using System.Runtime.InteropServices;
using DuckDB.NET.Data;
using DuckDB.NET.Native;
using Harness.Core;
using Harness.Core.Journaling;

namespace Harness.Analysis.Judging;

/// <summary>
/// A run's tables as DuckDB views, in memory. What a run's folder says in SQL is not trusted with the machine: it sees a copy of the run's
/// tables and nothing else, loads no extension and changes no setting. A copy, since a path that DuckDB may read it may also write:
/// <c>COPY … TO</c> would replace the readings that are to be judged. What memory does not hold goes to a folder beside the copy, which that
/// SQL could write to as well; both are removed in the end. Nor may it hold up a reader for ever: it has a limit of time and of memory.
/// </summary>
public sealed class RunDatabase : IDisposable
{
    // Until the statement has ended: DuckDB forgets an interruption that comes between two statements.
    private static readonly TimeSpan _insistence = TimeSpan.FromMilliseconds(50);

    private const string Source = "DataSource=:memory:";

    private readonly ScratchFolder _scratch = ScratchFolder.Create("judge");
    private readonly string _copies;
    private readonly ImmutableArray<string> _definitions;
    private readonly CancellationToken _interruption;
    private readonly CancellationTokenSource _end;
    private readonly CancellationTokenRegistration _stop;
    private readonly RunLimits _limits;
    private Timer? _insisting;
    private volatile DuckDBCommand? _running;
    private DuckDBConnection _connection = new(Source);

    private RunDatabase(RunFolder folder, ImmutableArray<string> definitions, RunLimits limits, CancellationToken interruption)
    {
        (Folder, _definitions, Memory, _limits, _interruption) = (folder, definitions, limits.Memory, limits, interruption);
        _copies = Directory.CreateDirectory(Path.Combine(_scratch.Path, "copies")).FullName;
        _end = CancellationTokenSource.CreateLinkedTokenSource(interruption);
        _stop = _end.Token.Register(() => _insisting = new Timer(_ => Interrupt(), null, TimeSpan.Zero, _insistence));
        _end.CancelAfter(limits.Patience);
    }

    /// <summary>The run.</summary>
    public RunFolder Folder { get; }

    /// <summary>The limit of memory in DuckDB's spelling: the one it began with, or the most where the SQL asked for more.</summary>
    internal string Memory { get; private set; }

    /// <summary>A fresh database with the views of <c>definitions/schema.sql</c>.</summary>
    /// <exception cref="HarnessException">The file is missing or wrong.</exception>
    public static RunDatabase Open(RunFolder folder) => Open(folder, ["schema.sql"], RunLimits.Usual, CancellationToken.None);

    /// <summary>A fresh database with the views of <c>definitions/schema.sql</c> and the experiment's <c>verdict.sql</c>.</summary>
    /// <param name="folder">The run.</param>
    /// <param name="experiment">The experiment's id.</param>
    /// <param name="interruption">Ends whatever the SQL is doing, now and as long as the database is open.</param>
    /// <exception cref="HarnessException">A file is missing or wrong, or the SQL goes beyond its limits.</exception>
    /// <exception cref="OperationCanceledException">It was interrupted.</exception>
    public static RunDatabase Open(RunFolder folder, string experiment, CancellationToken interruption = default) =>
        Open(folder, experiment, RunLimits.Usual, interruption);

    /// <summary>The same, with limits of one's own.</summary>
    internal static RunDatabase Open(RunFolder folder, string experiment, RunLimits limits, CancellationToken interruption = default) =>
        Open(folder, ["schema.sql", $"{experiment}/verdict.sql"], limits, interruption);

    private static RunDatabase Open(RunFolder folder, ImmutableArray<string> definitions, RunLimits limits, CancellationToken interruption)
    {
        var database = new RunDatabase(folder, definitions, limits, interruption);
        try
        {
            database.CopyTables();
            try
            {
                database.Begin();
            }
            catch (HarnessException e) when (database.IsShortOfMemory(e))
            {
                database.BeginAgain();
            }

            return database;
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    /// <summary>The rows of a query in its own order, each value in DuckDB's spelling, null where there is none.</summary>
    /// <param name="sql">A SELECT without a semicolon.</param>
    /// <param name="source">The file that the query stands in, relative to the run's folder, for the message of an error.</param>
    /// <exception cref="HarnessException">DuckDB refuses it.</exception>
    public Table Query(string sql, string source)
    {
        ImmutableArray<string> names = [];
        var rows = ImmutableArray.CreateBuilder<ImmutableArray<string?>>();
        Read(sql, source, columns =>
        {
            names = columns;
            return rows.Add;
        });
        return new Table(names, rows.ToImmutable());
    }

    /// <summary>Hands on the same rows one by one: a view may have more than memory should hold.</summary>
    /// <param name="sql">A SELECT without a semicolon.</param>
    /// <param name="source">The file that the query stands in, relative to the run's folder, for the message of an error.</param>
    /// <param name="begin">Of the columns, what takes the rows. May be asked twice, the second time before any row was taken.</param>
    /// <exception cref="HarnessException">DuckDB refuses it.</exception>
    public void Read(string sql, string source, Func<ImmutableArray<string>, Action<ImmutableArray<string?>>> begin)
    {
        var taken = false;
        try
        {
            ReadOnce();
        }
        catch (HarnessException e) when (!taken && IsShortOfMemory(e))
        {
            BeginAgain();
            ReadOnce();
        }

        void ReadOnce()
        {
            // Read as text: DuckDB's own spelling of numbers is the same on every platform.
            using var command = Command($"SELECT CAST(COLUMNS(*) AS VARCHAR) FROM (\n{sql}\n)");
            command.UseStreamingMode = true;
            _running = command;
            using var reader = Guard(source, command.ExecuteReader);
            var columns = Enumerable.Range(0, reader.FieldCount).Select(reader.GetName).ToImmutableArray();
            var take = begin(columns);
            while (Guard(source, reader.Read))
            {
                taken = true;
                var row = new string?[columns.Length];
                for (var i = 0; i < row.Length; i++)
                {
                    row[i] = reader.IsDBNull(i) ? null : reader.GetString(i);
                }

                take(ImmutableCollectionsMarshal.AsImmutableArray(row));
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // First of all: from here on nothing may be interrupted that is not there any more.
        _running = null;
        _stop.Dispose();
        _insisting?.Dispose();
        _end.Dispose();
        _connection.Dispose();
        _scratch.Dispose();
    }

    private void Interrupt()
    {
        try
        {
            _running?.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It has ended by itself.
        }
    }

    // Some of what SQL may ask for goes to no file, long lists and medians among it.
    private bool IsShortOfMemory(HarnessException e) => Memory != _limits.Most && e.InnerException is DuckDBException { ErrorType: DuckDBErrorType.OutOfMemory };

    private void BeginAgain()
    {
        Memory = _limits.Most;
        _connection.Dispose();
        _connection = new DuckDBConnection(Source);
        Begin();
    }

    private void Begin()
    {
        _connection.Open();
        Confine();
        foreach (var file in _definitions)
        {
            ExecuteFile(file);
        }
    }

    private void CopyTables()
    {
        var copies = new RunFolder(_copies);
        Directory.CreateDirectory(copies.Definitions);
        // A run from before such a table: nothing is known but names, and its SQL asks for no more.
        foreach (var (name, columns) in DefinitionTables.All)
        {
            File.WriteAllText(Path.Combine(copies.Definitions, name), string.Join(',', columns) + "\n");
        }

        foreach (var path in Tables())
        {
            PlainFolder.RequireFile(Folder.Root, path);
            try
            {
                var copy = Path.Combine(_copies, Path.GetRelativePath(Folder.Root, path));
                Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
                File.Copy(path, copy, overwrite: true);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new HarnessException($"{path}: cannot be read; the run's folder is incomplete ({e.Message})", e);
            }
        }
    }

    private IEnumerable<string> Tables() =>
    [
        Folder.TrialsCsv, Folder.ObservationsCsv, .. Folder.DefinitionsCsv.Where(File.Exists),
        .. Files(Folder.Filesystems, FilesystemTable.Files), .. Files(Folder.KernelOptions, KernelOptionTable.Files),
    ];

    private static string[] Files(string folder, string pattern) => Directory.Exists(folder) ? Directory.GetFiles(folder, pattern) : [];

    private void Confine()
    {
        // The patterns too: without them DuckDB may not look which files there are.
        var copies = new RunFolder(_copies);
        string[] patterns = [Path.Combine(copies.Filesystems, FilesystemTable.Files), Path.Combine(copies.KernelOptions, KernelOptionTable.Files)];
        var tables = string.Join(", ", Directory.EnumerateFiles(_copies, "*", SearchOption.AllDirectories).Concat(patterns).Order(StringComparer.Ordinal).Select(Literal));
        Execute("the settings", $"""
            SET autoinstall_known_extensions = false;
            SET autoload_known_extensions = false;
            SET threads = 1;
            SET temp_directory = {Literal(Path.Combine(_copies, "spilled"))};
            SET max_temp_directory_size = '16GiB';
            SET memory_limit = {Literal(Memory)};
            SET allowed_paths = [{tables}];
            SET enable_external_access = false;
            SET VARIABLE run_folder = {Literal(_copies)};
            SET lock_configuration = true;
            """);
    }

    private void ExecuteFile(string name)
    {
        var path = Path.Combine(Folder.Definitions, name);
        string sql;
        try
        {
            sql = File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new HarnessException($"{path}: cannot be read; the run's folder is incomplete ({e.Message})", e);
        }

        Execute($"definitions/{name}", sql);
    }

    private void Execute(string source, string sql) => Guard(source, () =>
    {
        using var command = Command(sql);
        _running = command;
        return command.ExecuteNonQuery();
    });

    private DuckDBCommand Command(string sql)
    {
        var command = _connection.CreateCommand();
#pragma warning disable CA2100 // The run's own SQL is what is to be run, and this class's settings: Confine says what it may do.
        command.CommandText = sql;
#pragma warning restore CA2100
        return command;
    }

    private T Guard<T>(string source, Func<T> work)
    {
        RefuseAfterEnd(source, null);
        try
        {
            return work();
        }
        catch (Exception e) when (e is DuckDBException or InvalidOperationException or DataException or OperationCanceledException)
        {
            RefuseAfterEnd(source, e);
            throw new HarnessException($"{Path.Combine(Folder.Root, source)}: {OneLine(e.Message.Replace(_copies, Folder.Root, StringComparison.Ordinal))}", e);
        }
    }

    private void RefuseAfterEnd(string source, Exception? inner)
    {
        _interruption.ThrowIfCancellationRequested();
        if (_end.IsCancellationRequested)
        {
            throw new HarnessException($"{Path.Combine(Folder.Root, source)}: the SQL of an experiment may take {_limits.Patience.TotalMinutes.ToString("0.##", CultureInfo.InvariantCulture)} minutes altogether and was stopped; make its views cheaper, tables of what is read often first", inner);
        }
    }

    private static string Literal(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";

    private static string OneLine(string text) =>
        string.Join(' ', text.Split((char[])['\r', '\n', '\t', ' '], StringSplitOptions.RemoveEmptyEntries));
}

/// <summary>The rows of a query.</summary>
/// <param name="Columns">Names, in order.</param>
/// <param name="Rows">One value a column, null where there is none.</param>
public sealed record Table(ImmutableArray<string> Columns, ImmutableArray<ImmutableArray<string?>> Rows)
{
    /// <summary>Where the column stands, or -1.</summary>
    public int IndexOf(string column) => Columns.IndexOf(column, StringComparer.OrdinalIgnoreCase);
}
