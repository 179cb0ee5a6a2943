using System.Text.Json;
using DuckDB.NET.Data;
using Harness.Core.Journaling;
using Harness.Reporting.Exporting;
using Harness.Tests.Analysis;

namespace Harness.Tests.Exporting;

/// <summary><c>datapackage.json</c> as another program would use it: DuckDB reads every table by the described columns and types, and holds it to its keys.</summary>
public sealed class DataPackageTests : IDisposable
{
    private readonly RunBuilder _run = new();
    private readonly string _target = Directory.CreateTempSubdirectory("harness-test-").FullName;

    public void Dispose()
    {
        _run.Dispose();
        Directory.Delete(_target, recursive: true);
    }

    [Fact]
    public void Every_table_can_be_read_by_its_description_and_keeps_its_keys()
    {
        var folder = Package(PlantedRun.Write(_run));
        using var package = JsonDocument.Parse(File.ReadAllText(folder.DataPackage));
        var resources = package.RootElement.GetProperty("resources").EnumerateArray().ToList();
        var files = Directory.GetFiles(folder.Root, "*.csv", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(folder.Root, file).Replace('\\', '/')).Where(file => !file.StartsWith("definitions/probes/", StringComparison.Ordinal));
        Assert.Equal(files.Order(StringComparer.Ordinal), resources.Select(resource => Text(resource, "path")));
        using var connection = new DuckDBConnection("DataSource=:memory:");
        connection.Open();
        foreach (var resource in resources)
        {
            var schema = resource.GetProperty("schema");
            var columns = string.Join(", ", schema.GetProperty("fields").EnumerateArray().Select(field => $"'{Text(field, "name")}': '{Sql(Text(field, "type"))}'"));
            var missing = schema.TryGetProperty("missingValues", out _) ? "" : ", nullstr = ''";
            Execute(connection, $"CREATE TABLE \"{Text(resource, "name")}\" AS FROM read_csv('{Path.Combine(folder.Root, Text(resource, "path"))}', auto_detect = false, header = true, delim = ',', quote = '\"', escape = '\"'{missing}, columns = {{{columns}}})");
            if (schema.TryGetProperty("primaryKey", out var key))
            {
                var names = string.Join(", ", key.EnumerateArray().Select(name => name.GetString()));
                Assert.Equal(0, Number(connection, $"SELECT count(*) FROM (SELECT {names} FROM \"{Text(resource, "name")}\" GROUP BY ALL HAVING count(*) > 1)"));
            }
        }

        foreach (var resource in resources.Where(resource => resource.GetProperty("schema").TryGetProperty("foreignKeys", out _)))
        {
            Assert.Equal(0, Number(connection, $"SELECT count(*) FROM \"{Text(resource, "name")}\" AS t WHERE trial_id IS NOT NULL AND NOT EXISTS (FROM trials WHERE trials.trial_id = t.trial_id)"));
        }

        Assert.True(Number(connection, "SELECT count(value) FROM observations WHERE typeof(value) = 'DOUBLE'") > 0);
    }

    [Fact]
    public void Types_are_those_that_the_runs_own_sql_declares()
    {
        var folder = Package(_run.Usual().Build());
        using var package = JsonDocument.Parse(File.ReadAllText(folder.DataPackage));
        Assert.Equal("integer", Type(package, "trials.csv", "exit_code"));
        Assert.Equal("boolean", Type(package, "trials.csv", "warmup"));
        Assert.Equal("datetime", Type(package, "trials.csv", "started_at_utc"));
        Assert.Equal("number", Type(package, "observations.csv", "value"));
        Assert.Equal("string", Type(package, "observations.csv", "text"));
        Assert.Equal("integer", Type(package, "verdicts.csv", "trials"));
        Assert.Equal("boolean", Type(package, "definitions/runtimes.csv", "own_kernel"));
        Assert.Contains("\"unit\": \"ns\"", File.ReadAllText(folder.DataPackage), StringComparison.Ordinal);
    }

    [Fact]
    public void The_descriptions_are_sealed_with_the_rest_and_the_same_for_the_same_run()
    {
        var run = _run.Usual().Build();
        var (first, second) = (Package(run, "a"), Package(run, "b"));
        Assert.Equal(File.ReadAllText(first.DataPackage), File.ReadAllText(second.DataPackage));
        Assert.Equal(File.ReadAllText(first.Sums), File.ReadAllText(second.Sums));
        File.AppendAllText(first.DataPackage, " ");
        Assert.Contains(Harness.Analysis.Checking.RunChecksums.CheckDerived(first), finding => finding.File == "datapackage.json");
    }

    private RunFolder Package(RunFolder run, string name = "package")
    {
        var target = new RunFolder(Path.Combine(_target, name));
        PlantedRun.Export(run, target.Root, ExportKind.DataPackage, ExportKind.RoCrate);
        return target;
    }

    private static string Type(JsonDocument package, string file, string column) => Text(
        package.RootElement.GetProperty("resources").EnumerateArray().Single(resource => Text(resource, "path") == file)
            .GetProperty("schema").GetProperty("fields").EnumerateArray().Single(field => Text(field, "name") == column), "type");

    private static string Sql(string type) => type switch
    {
        "integer" => "HUGEINT",
        "number" => "DOUBLE",
        "boolean" => "BOOLEAN",
        "date" => "DATE",
        "datetime" => "TIMESTAMP",
        _ => "VARCHAR",
    };

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;

    private static void Execute(DuckDBConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // The test's own words, and columns as the package describes them.
        command.CommandText = sql;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }

    private static long Number(DuckDBConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // As above.
        command.CommandText = sql;
#pragma warning restore CA2100
        return Convert.ToInt64(command.ExecuteScalar(), System.Globalization.CultureInfo.InvariantCulture);
    }
}
