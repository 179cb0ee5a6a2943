using System.Globalization;
using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using CsvHelper;
using Harness.Analysis.Judging;
using Harness.Core.Journaling;
using Harness.Reporting.Model;

namespace Harness.Reporting.Exporting;

/// <summary>
/// <c>datapackage.json</c>: every table of a run described for other programs, with types, units and keys, as Data Package v2 has it
/// (https://datapackage.org). Columns are those of the files themselves, types those of <see cref="TableTypes"/>.
/// </summary>
internal static partial class DataPackage
{
    private const string Profiles = "https://datapackage.org/profiles/2.0/";

    /// <summary>How these files are written: two spaces, <c>\n</c>, letters as they are.</summary>
    internal static readonly JsonSerializerOptions Options = new() { WriteIndented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    // A trial's id is unique within a run; what names a trial by it refers there.
    private static readonly ImmutableDictionary<string, ImmutableArray<string>> _keys = ImmutableDictionary.CreateRange<string, ImmutableArray<string>>(
    [
        new("trials.csv", ["trial_id"]), new("verdicts.csv", ["experiment", "claim", "scope"]), new("checks.csv", ["experiment", "name"]),
        new("definitions/runtimes.csv", ["name"]), new("definitions/userlands.csv", ["id"]), new("definitions/kernels.csv", ["id"]),
    ]);

    /// <summary>The whole document.</summary>
    internal static string Write(RunFolder folder, ReportInput input, ExportRequest request, CancellationToken interruption)
    {
        var types = TableTypes.Of(folder, input, interruption);
        var metrics = Metrics(folder, input);
        var package = new JsonObject
        {
            ["$schema"] = Profiles + "datapackage.json",
            ["name"] = Name(input.Plan.RunId),
            ["title"] = $"Harness run {input.Plan.RunId}",
            ["description"] = CoverageText.Sentence(input.Coverage) + (input.Plan.Quick ? " A quick run." : ""),
            ["version"] = RunFolder.SchemaVersion.ToString(CultureInfo.InvariantCulture),
            ["created"] = input.Plan.CreatedAtUtc.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
        };
        if (request.License is { } license)
        {
            package["licenses"] = new JsonArray(new JsonObject { ["name"] = license, ["path"] = $"https://spdx.org/licenses/{license}.html" });
        }

        if (request.Author is { } author)
        {
            package["contributors"] = new JsonArray(new JsonObject { ["title"] = author, ["roles"] = new JsonArray("creator") });
        }

        package["resources"] = new JsonArray([.. Tables(folder).Select(file => (JsonNode)Resource(folder, file, types, metrics))]);
        return package.ToJsonString(Options) + "\n";
    }

    /// <summary>Every CSV of the folder, relative to it, sorted.</summary>
    internal static IEnumerable<string> Tables(RunFolder folder) => Directory.EnumerateFiles(folder.Root, "*.csv", SearchOption.AllDirectories)
        .Select(file => Path.GetRelativePath(folder.Root, file).Replace('\\', '/'))
        // Tables of system calls are the sources of probes, and no results.
        .Where(file => !file.StartsWith("definitions/probes/", StringComparison.Ordinal))
        .Order(StringComparer.Ordinal);

    private static JsonObject Resource(RunFolder folder, string file, TableTypes types, JsonArray metrics)
    {
        var path = Path.Combine(folder.Root, file);
        var columns = Header(path);
        var schema = new JsonObject
        {
            ["$schema"] = Profiles + "tableschema.json",
            ["fields"] = new JsonArray([.. columns.Select(column => (JsonNode)Field(file, column, types.Of(file, column), metrics))]),
        };
        var keys = _keys.GetValueOrDefault(file, []);
        if (!keys.IsEmpty && keys.All(columns.Contains))
        {
            schema["primaryKey"] = Strings(keys);
            // A scope of no letters is the claim as it stands, and nothing that is missing.
            if (keys.Contains("scope"))
            {
                schema["missingValues"] = new JsonArray();
            }
        }

        if (file != "trials.csv" && columns.Contains("trial_id"))
        {
            schema["foreignKeys"] = new JsonArray(new JsonObject
            {
                ["fields"] = Strings(["trial_id"]),
                ["reference"] = new JsonObject { ["resource"] = "trials", ["fields"] = Strings(["trial_id"]) },
            });
        }

        using var stream = File.OpenRead(path);
        return new JsonObject
        {
            ["name"] = Name(file[..^".csv".Length]),
            ["path"] = file,
            ["type"] = "table",
            ["format"] = "csv",
            ["mediatype"] = "text/csv",
            ["encoding"] = "utf-8",
            ["bytes"] = stream.Length,
            ["hash"] = "sha256:" + Convert.ToHexStringLower(SHA256.HashData(stream)),
            ["dialect"] = new JsonObject { ["$schema"] = Profiles + "tabledialect.json", ["delimiter"] = ",", ["lineTerminator"] = "\n", ["quoteChar"] = "\"", ["doubleQuote"] = true, ["header"] = true },
            ["schema"] = schema,
        };
    }

    private static JsonObject Field(string file, string column, string type, JsonArray metrics)
    {
        var field = new JsonObject { ["name"] = column, ["type"] = type };
        // Seven digits of a second: 'default' of version 1 had none.
        if (type == "datetime")
        {
            field["format"] = "any";
        }

        if (Unit(column) is { } unit && type is "integer" or "number")
        {
            field["unit"] = unit;
        }

        if (file == "observations.csv" && column == "metric" && metrics.Count > 0)
        {
            field["categories"] = metrics.DeepClone();
        }

        if (file == "observations.csv" && column == "value")
        {
            field["description"] = "In the row's unit; missing where the reading is a text.";
        }

        return field;
    }

    private static string? Unit(string column) => column.EndsWith("_ns", StringComparison.Ordinal) ? "ns" : column.EndsWith("bytes", StringComparison.Ordinal) || column == "size" ? "bytes" : null;

    // What a reading is, with its unit, as the experiments declare it.
    private static JsonArray Metrics(RunFolder folder, ReportInput input)
    {
        var declared = input.Experiments.SelectMany(experiment => experiment.Metrics).GroupBy(metric => metric.Id, StringComparer.Ordinal).ToDictionary(group => group.Key, group => group.First(), StringComparer.Ordinal);
        using var database = RunDatabase.Open(folder);
        return new JsonArray([.. database.Query("SELECT DISTINCT metric FROM observation_row ORDER BY metric", "observations.csv").Rows.Select(row => (JsonNode)new JsonObject
        {
            ["value"] = row[0],
            ["label"] = declared.TryGetValue(row[0]!, out var metric) ? metric.Meaning + (metric.Unit is { Length: > 0 } unit ? $" ({unit})" : "") : row[0],
        })]);
    }

    private static ImmutableArray<string> Header(string path)
    {
        using var reader = CsvReader.FromFile(path, Csv.ReaderOptions);
        reader.ReadHeader();
        return [.. reader.Headers ?? []];
    }

    private static JsonArray Strings(ImmutableArray<string> texts) => new([.. texts.Select(text => (JsonNode)text)]);

    // Version 1 allowed no others, and its readers go on to ask for that.
    private static string Name(string text) => Other().Replace(text.ToLowerInvariant(), "-");

    [GeneratedRegex("[^a-z0-9._-]+")]
    private static partial Regex Other();
}
