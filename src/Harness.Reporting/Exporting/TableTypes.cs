using System.Text.RegularExpressions;
using Harness.Analysis.Judging;
using Harness.Analysis.Statistics;
using Harness.Core.Journaling;
using Harness.Reporting.Model;

namespace Harness.Reporting.Exporting;

/// <summary>
/// The types of the columns of a run's tables, from where the run itself has them: <c>definitions/schema.sql</c> declares those of what was recorded, and the
/// experiments' SQL gives those of what was derived. Types are Frictionless's: string, integer, number, boolean, date, datetime.
/// </summary>
internal sealed partial class TableTypes
{
    private const string Text = "string";

    // By file, or a pattern of files: the types of its columns.
    private readonly Dictionary<string, Dictionary<string, string>> _declared = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _evidence = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, Dictionary<string, string>> _tables = new(StringComparer.Ordinal);

    /// <summary>Reads them. An experiment whose SQL does not run gives none: what cannot be told is a string.</summary>
    internal static TableTypes Of(RunFolder folder, ReportInput input, CancellationToken interruption)
    {
        var types = new TableTypes();
        types.Declare(File.ReadAllText(Path.Combine(folder.Definitions, "schema.sql")));
        foreach (var experiment in input.Experiments.Where(experiment => input.Failures.All(failure => failure.Experiment != experiment.Id)))
        {
            using var database = RunDatabase.Open(folder, experiment.Id, interruption);
            types.Observed(database);
            Add(types._evidence, Describe(database, "SELECT * FROM evidence"));
            foreach (var table in experiment.Tables)
            {
                types._tables[table.Id] = Describe(database, table.Sql).ToDictionary(StringComparer.OrdinalIgnoreCase);
            }
        }

        return types;
    }

    /// <summary>The type of a column.</summary>
    /// <param name="file">The table, relative to the run's folder.</param>
    /// <param name="column">The column.</param>
    internal string Of(string file, string column)
    {
        var folder = file.Contains('/', StringComparison.Ordinal) ? file[..file.LastIndexOf('/')] : "";
        return _declared.TryGetValue(file, out var declared) || _declared.TryGetValue($"{folder}/*.csv", out declared) ? declared.GetValueOrDefault(column, Text) : folder switch
        {
            "statistics" => StatisticsFiles.Counts.Contains(column) ? "integer" : StatisticsFiles.Measures.Contains(column) ? "number" : Text,
            "evidence" => _evidence.GetValueOrDefault(column, Text),
            "tables" => _tables.GetValueOrDefault(Path.GetFileNameWithoutExtension(file))?.GetValueOrDefault(column, Text) ?? Text,
            _ => Csv.Counts.Contains(column) ? "integer" : Text,
        };
    }

    // What read_csv is told of each file stands behind the file's name.
    private void Declare(string sql)
    {
        foreach (Match match in Declaration().Matches(sql))
        {
            var (file, view) = (Last(TableFile(), sql[..match.Index]), Last(View(), sql[..match.Index]));
            var columns = Column().Matches(match.Groups[1].Value).ToDictionary(column => column.Groups[1].Value, column => Type(column.Groups[2].Value), StringComparer.OrdinalIgnoreCase);
            _declared[view switch
            {
                "image_file" => "raw/filesystems/*.csv",
                "kernel_option" => "raw/kernels/*.csv",
                _ => file,
            }] = columns;
        }
    }

    // A reading's value is read as text and made a number by the view: the table holds numbers.
    private void Observed(RunDatabase database)
    {
        if (_declared.TryGetValue("observations.csv", out var columns))
        {
            foreach (var (column, type) in Describe(database, "SELECT * FROM observation_row").Where(column => column.Value == "number" && columns.ContainsKey(column.Key)))
            {
                columns[column] = type;
            }
        }
    }

    private static string Last(Regex pattern, string text) => pattern.Matches(text) is { Count: > 0 } found ? found[^1].Groups[1].Value : "";

    private static void Add(Dictionary<string, string> all, IEnumerable<KeyValuePair<string, string>> more)
    {
        foreach (var (column, type) in more)
        {
            // Experiments that judge one claim may mean different things by a column: then it is a text.
            all[column] = all.TryGetValue(column, out var other) && other != type ? (other, type) is ("integer", "number") or ("number", "integer") ? "number" : Text : type;
        }
    }

    private static IEnumerable<KeyValuePair<string, string>> Describe(RunDatabase database, string sql) =>
        database.Query($"SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM (\n{sql}\n))", "datapackage.json").Rows.Select(row => KeyValuePair.Create(row[0]!, Derived(Type(row[1]!))));

    // Derived tables spell a moment as DuckDB does, with a space.
    private static string Derived(string type) => type == "datetime" ? Text : type;

    private static string Type(string sql) => sql.Split('(')[0].ToUpperInvariant() switch
    {
        _ when sql.EndsWith(']') => Text,
        "TINYINT" or "SMALLINT" or "INTEGER" or "BIGINT" or "HUGEINT" or "UTINYINT" or "USMALLINT" or "UINTEGER" or "UBIGINT" or "UHUGEINT" => "integer",
        "DECIMAL" or "DOUBLE" or "FLOAT" => "number",
        "BOOLEAN" => "boolean",
        "DATE" => "date",
        "TIMESTAMP" => "datetime",
        _ => Text,
    };

    [GeneratedRegex("columns = \\{([^}]*)\\}")]
    private static partial Regex Declaration();

    [GeneratedRegex("(\\w+): '{1,2}([A-Z]+)'{1,2}")]
    private static partial Regex Column();

    [GeneratedRegex("'([a-z_]+(?:/[a-z_]+)*\\.csv)'")]
    private static partial Regex TableFile();

    [GeneratedRegex("VIEW (\\w+) AS")]
    private static partial Regex View();
}
