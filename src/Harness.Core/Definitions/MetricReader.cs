using System.Text.RegularExpressions;

namespace Harness.Core.Definitions;

/// <summary>Reads the metrics that an experiment declares, those of the groups that it includes among them.</summary>
internal static partial class MetricReader
{
    /// <summary>The file of the groups, beside the experiments' folders.</summary>
    internal const string GroupsFile = "metrics.yaml";

    /// <summary>Every metric once: those of the groups, in the order in which they are named, then the experiment's own.</summary>
    /// <param name="yaml">What the experiment says.</param>
    /// <param name="root">The folder with the groups' file.</param>
    /// <param name="check">Takes what is wrong with the experiment's file.</param>
    /// <exception cref="HarnessException">The groups' file is needed, and cannot be read or is wrong.</exception>
    internal static ImmutableArray<MetricDefinition> Read(MetricsYaml? yaml, string root, Check check)
    {
        var names = check.Entries(yaml?.Include, "metrics.include");
        check.Unique(names, "metrics.include");
        var groups = names.IsEmpty ? [] : Groups(Path.Combine(root, GroupsFile));
        foreach (var name in names.Where(name => !groups.ContainsKey(name)))
        {
            check.That(false, $"metrics.include: there is no group '{name}' in {GroupsFile}; choose one of: {string.Join(", ", groups.Keys.Order(StringComparer.Ordinal))}", near: name);
        }

        // Two builtins may read the same fact.
        return [.. names.SelectMany(name => groups.GetValueOrDefault(name, [])).DistinctBy(metric => metric.Id), .. Metrics(yaml?.Own, "metrics", check)];
    }

    /// <summary>The groups of a file, by name.</summary>
    /// <exception cref="HarnessException">It cannot be read or is wrong.</exception>
    internal static Dictionary<string, ImmutableArray<MetricDefinition>> Groups(string path)
    {
        var yaml = YamlFile.Read<MetricGroupsYaml>(path);
        var check = new Check(path);
        check.That(yaml.Schema == 1, "schema: must be 1");
        var groups = (yaml.Groups ?? []).ToDictionary(group => group.Key, group => Metrics(group.Value, $"groups.{group.Key}", check), StringComparer.Ordinal);
        foreach (var (name, metrics) in groups)
        {
            check.Unique(metrics.Select(metric => metric.Id), $"groups.{name}");
        }

        foreach (var several in groups.Values.SelectMany(metrics => metrics).Distinct().GroupBy(metric => metric.Id, StringComparer.Ordinal).Where(same => same.Count() > 1))
        {
            check.That(false, $"groups: '{several.Key}' is declared in two ways: one metric has one type, unit and meaning");
        }

        check.Done();
        return groups;
    }

    private static ImmutableArray<MetricDefinition> Metrics(List<MetricYaml>? list, string key, Check check) =>
        [.. (list ?? []).Select(metric => Metric(metric ?? new MetricYaml(), key, check))];

    private static MetricDefinition Metric(MetricYaml yaml, string key, Check check)
    {
        var where = $"{key}.{yaml.Id ?? "?"}";
        check.That(yaml.Id is not null && MetricPattern().IsMatch(yaml.Id), $"{where}: id: lower-case words joined by '_' are needed");
        check.That(
            Check.IsName<MetricType>(yaml.Type, out var type),
            $"{where}: type: must be number or text");
        return new MetricDefinition(yaml.Id ?? "", type, yaml.Unit ?? "", check.Text(yaml.Meaning, $"{where}: meaning"));
    }

    [GeneratedRegex("^[a-z0-9]+(_[a-z0-9]+)*$")]
    private static partial Regex MetricPattern();
}
