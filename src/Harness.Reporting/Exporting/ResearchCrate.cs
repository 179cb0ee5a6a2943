using System.Globalization;
using System.Text.Json.Nodes;
using Harness.Core.Journaling;
using Harness.Core.Model;
using Harness.Reporting.Model;

namespace Harness.Reporting.Exporting;

/// <summary>
/// <c>ro-crate-metadata.json</c>: who ran what with which software, from what, and what came of it, as RO-Crate 1.2 and the profile of process runs (Process Run
/// Crate 0.5, https://w3id.org/ro/wfrun/process/0.5) have it. One action a host that measured, and one that judged.
/// </summary>
internal static class ResearchCrate
{
    private const string Profile = "https://w3id.org/ro/wfrun/process/0.5";
    private const string Specification = "https://w3id.org/ro/crate/1.2";

    private static readonly ImmutableArray<string> _inputs = ["plan.json", "userlands.lock.json", "kernels.lock.json"];

    /// <summary>The whole document.</summary>
    internal static string Write(RunFolder folder, ReportInput input, ExportRequest request)
    {
        var files = Directory.EnumerateFiles(folder.Root, "*", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(folder.Root, file).Replace('\\', '/'))
            .Where(file => file is not ("ro-crate-metadata.json" or "SHA256SUMS" or "datapackage.json"))
            .Order(StringComparer.Ordinal)
            .ToImmutableArray();
        var graph = new JsonArray
        {
            Entity("ro-crate-metadata.json", "CreativeWork", ("conformsTo", Id(Specification)), ("about", Id("./"))),
            Root(input, request, files),
            Entity(Profile, "CreativeWork", ("name", "Process Run Crate"), ("version", "0.5")),
        };
        if (request.Author is not null)
        {
            graph.Add(Entity("#author", "Person", ("name", request.Author)));
        }

        if (request.License is { } license)
        {
            graph.Add(Entity(License(license), "CreativeWork", ("name", license), ("identifier", license), ("description", $"The licence of the data, {license}")));
        }

        foreach (var host in input.Hosts)
        {
            graph.Add(Measured(host, files, request));
            foreach (var software in Software(host).DistinctBy(software => (string)software["@id"]!))
            {
                if (graph.All(entity => (string?)entity!["@id"] != (string?)software["@id"]))
                {
                    graph.Add(software);
                }
            }
        }

        graph.Add(Judged(input, files, request));
        foreach (var file in files)
        {
            graph.Add(Entity(Address(file), "File", ("name", file), ("encodingFormat", MediaType(file)), ("contentSize", new FileInfo(Path.Combine(folder.Root, file)).Length.ToString(CultureInfo.InvariantCulture))));
        }

        return new JsonObject { ["@context"] = $"{Specification}/context", ["@graph"] = graph }.ToJsonString(DataPackage.Options) + "\n";
    }

    private static JsonObject Root(ReportInput input, ExportRequest request, ImmutableArray<string> files)
    {
        var root = Entity(
            "./", "Dataset",
            ("conformsTo", Id(Profile)),
            ("name", $"Harness run {input.Plan.RunId}"),
            ("description", $"{CoverageText.Sentence(input.Coverage)}{(input.Plan.Quick ? " A quick run." : "")} Claims about containers, judged by what was measured: {string.Join(", ", input.Verdicts.Where(row => row.Scope.Length == 0).Select(row => $"{row.Claim} {row.Verdict}"))}."),
            ("datePublished", Time(input.Plan.CreatedAtUtc)[..10]),
            ("license", request.License is { } license ? Id(License(license)) : "No licence is stated: ask whoever published this."),
            ("hasPart", Ids(files.Select(Address))),
            ("mentions", Ids(input.Hosts.Select(Action).Append("#judging"))));
        if (request.Author is not null)
        {
            root["author"] = Id("#author");
        }

        return root;
    }

    // Who ran it is told where somebody is named; else the program that did.
    private static JsonObject Measured(HostEnvironment host, ImmutableArray<string> files, ExportRequest request)
    {
        var action = Entity(
            Action(host), "CreateAction",
            ("name", $"Measuring on host {host.HostId}"),
            ("description", $"harness {string.Join(' ', host.Tool.Arguments)}; {host.Os.PrettyName}, Linux {host.Kernel.Release}, {host.Hardware.CpuModel ?? host.Os.Architecture}"),
            ("instrument", Id(Tool(host))),
            ("startTime", Time(host.Tool.StartedAt)),
            ("actionStatus", Id("http://schema.org/CompletedActionStatus")),
            ("object", Ids(files.Where(file => _inputs.Contains(file) || file.StartsWith("definitions/", StringComparison.Ordinal)).Select(Address))),
            ("result", Ids(files.Where(file => file is "trials.csv" or "observations.csv" || file.StartsWith("raw/", StringComparison.Ordinal) || file == $"environments/{host.HostId}.json").Select(Address))));
        if (request.Author is not null)
        {
            action["agent"] = Id("#author");
        }

        return action;
    }

    private static JsonObject Judged(ReportInput input, ImmutableArray<string> files, ExportRequest request)
    {
        var action = Entity(
            "#judging", "CreateAction",
            ("name", "Judging the claims"),
            ("description", "The SQL in definitions/ over the rows, by DuckDB; figures and reports of what it says"),
            ("instrument", Id(Tool(input.Hosts[0]))),
            ("actionStatus", Id("http://schema.org/CompletedActionStatus")),
            ("object", Ids(files.Where(file => file is "trials.csv" or "observations.csv" || file.StartsWith("definitions/", StringComparison.Ordinal)).Select(Address))),
            ("result", Ids(files.Where(file => file is "verdicts.csv" or "checks.csv" or "not_counted.csv" or "report.md" or "report.html" || file.Split('/')[0] is "evidence" or "figures" or "statistics" or "tables").Select(Address))));
        if (request.Author is not null)
        {
            action["agent"] = Id("#author");
        }

        return action;
    }

    private static IEnumerable<JsonObject> Software(HostEnvironment host)
    {
        List<JsonObject> needed = [Entity($"#linux-{host.HostId}", "SoftwareApplication", ("name", "Linux"), ("softwareVersion", host.Kernel.Release), ("description", $"The kernel of host {host.HostId}"))];
        foreach (var engine in host.AllEngines)
        {
            needed.Add(Entity($"#{Slug(engine.Name)}-{Slug(engine.Version)}", "SoftwareApplication", ("name", engine.Name), ("softwareVersion", engine.Version)));
            needed.AddRange(engine.Components.Where(part => part.Key != engine.Name).Select(part => Entity($"#{Slug(part.Key)}-{Slug(part.Value)}", "SoftwareApplication", ("name", part.Key), ("softwareVersion", part.Value))));
        }

        yield return Entity(
            Tool(host), "SoftwareApplication", ("name", "Harness"), ("softwareVersion", host.Tool.Version),
            ("softwareRequirements", Ids(needed.Select(software => (string)software["@id"]!))));
        foreach (var software in needed)
        {
            yield return software;
        }
    }

    private static string Action(HostEnvironment host) => $"#measuring-{host.HostId}";

    // Of its own for each host: what it needs there is another kernel and another engine.
    private static string Tool(HostEnvironment host) => $"#harness-{Slug(host.Tool.Version)}-{host.HostId}";

    private static string License(string license) => $"https://spdx.org/licenses/{license}";

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static string Slug(string text) => string.Concat(text.Select(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' ? c : '-'));

    private static string Address(string file) => string.Join('/', file.Split('/').Select(Uri.EscapeDataString));

    private static JsonObject Id(string id) => new() { ["@id"] = id };

    private static JsonArray Ids(IEnumerable<string> ids) => new([.. ids.Distinct(StringComparer.Ordinal).Select(id => (JsonNode)Id(id))]);

    private static JsonObject Entity(string id, string type, params ReadOnlySpan<(string Name, JsonNode Value)> properties)
    {
        var entity = new JsonObject { ["@id"] = id, ["@type"] = type };
        foreach (var (name, value) in properties)
        {
            entity[name] = value;
        }

        return entity;
    }

    private static string MediaType(string file) => Path.GetExtension(file) switch
    {
        ".csv" => "text/csv",
        ".json" => "application/json",
        ".md" => "text/markdown",
        ".html" => "text/html",
        ".svg" => "image/svg+xml",
        ".png" => "image/png",
        ".yaml" => "application/yaml",
        ".sql" => "application/sql",
        ".sh" => "application/x-sh",
        _ => "application/octet-stream",
    };
}
