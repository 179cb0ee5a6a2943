using System.Data;
using System.Globalization;
using System.Runtime.InteropServices;
using DuckDB.NET.Data;
using DuckDB.NET.Native;
using Harness.Core;
using Harness.Core.Journaling;

namespace Harness.Analysis.Judging;

/// <summary>
/// A run's tables as DuckDB views. What a run's folder says in SQL is not trusted with the machine: it sees a copy of the run's tables and
/// nothing else (<see cref="TableCopies"/>), loads no extension, changes no setting, and has a limit of time and of memory.
/// </summary>
public sealed class RunDatabase : IDisposable
{
    private const string Source = "DataSource=:memory:";
    private const string Schema = "schema.sql";

    private readonly TableCopies _copies;
    private readonly ImmutableArray<string> _definitions;
    private readonly LoadedTables? _loaded;
    private readonly SqlDeadline _deadline;
    private readonly RunLimits _limits;
    private DuckDBConnection _connection = new(Source);

    private RunDatabase(RunFolder folder, ImmutableArray<string> definitions, LoadedTables? loaded, RunLimits limits, CancellationToken interruption)
    {
        (Folder, _definitions, _loaded, Memory, _limits) = (folder, definitions, loaded, limits.Memory, limits);
        _copies = new TableCopies(folder);
        _deadline = new SqlDeadline(limits.Patience, interruption);
    }

    /// <summary>The run.</summary>
    public RunFolder Folder { get; }

    /// <summary>The limit of memory in DuckDB's spelling: the one it began with, or the most where the SQL asked for more.</summary>
    internal string Memory { get; private set; }

    /// <summary>A fresh database with the views of <c>definitions/schema.sql</c>.</summary>
    /// <exception cref="HarnessException">The file is missing or wrong.</exception>
    public static RunDatabase Open(RunFolder folder) => Open(folder, [Schema], null, RunLimits.Usual, CancellationToken.None);

    /// <summary>A fresh database with the views of <c>definitions/schema.sql</c> and the experiment's <c>verdict.sql</c>.</summary>
    /// <param name="folder">The run.</param>
    /// <param name="experiment">The experiment's id.</param>
    /// <param name="interruption">Ends whatever the SQL is doing, now and as long as the database is open.</param>
    /// <exception cref="HarnessException">A file is missing or wrong, or the SQL goes beyond its limits.</exception>
    /// <exception cref="OperationCanceledException">It was interrupted.</exception>
    public static RunDatabase Open(RunFolder folder, string experiment, CancellationToken interruption = default) => Open(folder, experiment, RunLimits.Usual, interruption);

    /// <summary>The same, with limits of one's own.</summary>
    internal static RunDatabase Open(RunFolder folder, string experiment, RunLimits limits, CancellationToken interruption = default) =>
        Open(folder, [Schema, $"{experiment}/verdict.sql"], null, limits, interruption);

    /// <summary>The same, with the run's tables as they were read before. The answers are the same too.</summary>
    internal static RunDatabase Open(RunFolder folder, string experiment, LoadedTables loaded, CancellationToken interruption = default) =>
        Open(folder, [Schema, $"{experiment}/verdict.sql"], loaded, RunLimits.Usual, interruption);

    /// <summary>The views of <c>definitions/schema.sql</c> alone, over a file that tables are to be written to.</summary>
    internal static RunDatabase OpenToLoad(RunFolder folder, LoadedTables target, CancellationToken interruption) =>
        Open(folder, [Schema], target, RunLimits.Usual, interruption);

    private static RunDatabase Open(RunFolder folder, ImmutableArray<string> definitions, LoadedTables? loaded, RunLimits limits, CancellationToken interruption)
    {
        var database = new RunDatabase(folder, definitions, loaded, limits, interruption);
        try
        {
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
            _deadline.Watch(command);
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
        _deadline.Dispose();
        _connection.Dispose();
        _copies.Dispose();
    }

    /// <summary>Carries out statements of the harness's own.</summary>
    /// <exception cref="HarnessException">DuckDB refuses them.</exception>
    internal void Execute(string source, string sql) => Guard(source, () =>
    {
        using var command = Command(sql);
        _deadline.Watch(command);
        return command.ExecuteNonQuery();
    });

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
            (file == Schema ? _loaded : null)?.Replace(this);
        }
    }

    private void Confine() => Execute("the settings", $"""
        {_loaded?.Attach(_copies.Root)}
        SET autoinstall_known_extensions = false;
        SET autoload_known_extensions = false;
        SET threads = 1;
        SET temp_directory = {Literal(_copies.Spilled)};
        SET max_temp_directory_size = '16GiB';
        SET memory_limit = {Literal(Memory)};
        SET allowed_paths = [{string.Join(", ", _copies.Readable.Concat(_loaded?.Writable ?? []).Select(Literal))}];
        SET enable_external_access = false;
        SET VARIABLE run_folder = {Literal(_copies.Root)};
        SET lock_configuration = true;
        """);

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
            throw new HarnessException($"{Path.Combine(Folder.Root, source)}: {OneLine(e.Message.Replace(_copies.Root, Folder.Root, StringComparison.Ordinal))}", e);
        }
    }

    private void RefuseAfterEnd(string source, Exception? inner)
    {
        if (_deadline.IsOver())
        {
            throw new HarnessException($"{Path.Combine(Folder.Root, source)}: the SQL of an experiment may take {_limits.Patience.TotalMinutes.ToString("0.##", CultureInfo.InvariantCulture)} minutes altogether and was stopped; make its views cheaper, tables of what is read often first", inner);
        }
    }

    /// <summary>A text in SQL.</summary>
    internal static string Literal(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";

    private static string OneLine(string text) => string.Join(' ', text.Split((char[])['\r', '\n', '\t', ' '], StringSplitOptions.RemoveEmptyEntries));
}
