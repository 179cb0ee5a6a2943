using Harness.Analysis.Judging;
using Harness.Core;
using Harness.Core.Journaling;
using Harness.Core.Planning;

namespace Harness.Analysis;

/// <summary>
/// What two userlands of a run read differently under the same kernel, runtime and settings: every probing trial's outcome and readings. Readings of
/// clocks and addresses of one boot differ between any two trials and are left out.
/// </summary>
/// <param name="First">The first userland.</param>
/// <param name="Second">The second userland.</param>
/// <param name="Places">Kernel, runtime and settings under which both were tried, as cells have them after the userland.</param>
/// <param name="Compared">How many readings both have.</param>
/// <param name="Rows">Those that differ, and those that one of them lacks.</param>
public sealed record UserlandComparison(string First, string Second, ImmutableArray<string> Places, int Compared, ImmutableArray<UserlandDifference> Rows)
{
    // A trial's reading: over several blocks each value once. What a sandbox was given anew each time is no property of a userland.
    private const string Readings = """
        SELECT experiment, substr(cell, length(userland) + 2) AS place, probe, metric, subject, userland, string_agg(DISTINCT reading, ' / ' ORDER BY reading) AS reading
        FROM (
          SELECT experiment, cell, userland, probe, '' AS metric, '' AS subject,
            outcome || CASE WHEN signal IS NOT NULL THEN ' (signal ' || signal || ')' WHEN exit_code > 0 THEN ' (status ' || exit_code || ')' ELSE '' END
              || if(outcome = 'ok' OR detail = '', '', ': ' || one_line(without_name(detail))) AS reading
          FROM trial
          WHERE NOT warmup
          UNION ALL
          SELECT experiment, cell, userland, probe, metric, subject, coalesce(one_line(text), rtrim(rtrim(value::VARCHAR, '0'), '.') || if(unit = '', '', ' ' || unit))
          FROM reading
          WHERE NOT warmup AND unit <> 'ns' AND metric <> 'pid'
        )
        GROUP BY ALL
        ORDER BY experiment, place, probe, metric, subject, userland
        """;

    /// <summary>Compares two userlands.</summary>
    /// <param name="folder">The run.</param>
    /// <param name="first">The first userland's id.</param>
    /// <param name="second">The second one's.</param>
    /// <exception cref="HarnessException">The run has no rows of one of them, or none of both under the same kernel and runtime.</exception>
    public static UserlandComparison Of(RunFolder folder, string first, string second)
    {
        var definitions = DefinitionsCopy.Read(folder);
        var probing = PlanFile.Read(folder).Experiments.Where(experiment => !definitions.Find(experiment).Timed).ToHashSet(StringComparer.Ordinal);
        using var database = RunDatabase.Open(folder);
        var all = database.Query(Readings, "definitions/schema.sql").Rows
            .Where(row => probing.Contains(row[0] ?? ""))
            .Select(row => (Key: new Key(row[0] ?? "", row[1] ?? "", row[2] ?? "", row[3] ?? "", row[4] ?? ""), Userland: row[5] ?? "", Reading: row[6] ?? ""))
            .ToImmutableArray();
        var userlands = all.Select(row => row.Userland).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToImmutableArray();
        foreach (var userland in new[] { first, second }.Where(userland => !userlands.Contains(userland)))
        {
            throw new HarnessException($"{folder.RunId}: no probing experiment has trials of the userland '{userland}'; there are {(userlands.IsEmpty ? "none" : string.Join(", ", userlands))}");
        }

        var (a, b) = (ReadingsOf(first), ReadingsOf(second));
        var places = a.Keys.Select(key => (key.Experiment, key.Place)).Intersect(b.Keys.Select(key => (key.Experiment, key.Place))).ToHashSet();
        if (places.Count == 0)
        {
            throw new HarnessException($"{folder.RunId}: '{first}' and '{second}' were not tried under the same kernel and runtime: {first} under {Said(a)}; {second} under {Said(b)}");
        }

        ImmutableArray<Key> keys = [.. all.Where(row => row.Userland == first || row.Userland == second).Select(row => row.Key).Distinct().Where(key => places.Contains((key.Experiment, key.Place)))];
        return new UserlandComparison(
            first, second, [.. places.Select(place => place.Place).Distinct().Order(StringComparer.Ordinal)], keys.Count(key => a.ContainsKey(key) && b.ContainsKey(key)),
            [.. keys
                .Select(key => new UserlandDifference(key.Experiment, key.Place, key.Probe, key.Metric, key.Subject, a.GetValueOrDefault(key), b.GetValueOrDefault(key)))
                .Where(difference => difference.First != difference.Second)]);

        Dictionary<Key, string> ReadingsOf(string userland) => all.Where(row => row.Userland == userland).ToDictionary(row => row.Key, row => row.Reading);
    }

    private static string Said(Dictionary<Key, string> readings) => string.Join(", ", readings.Keys.Select(key => $"'{key.Place}'").Distinct().Order(StringComparer.Ordinal));

    private sealed record Key(string Experiment, string Place, string Probe, string Metric, string Subject);
}

/// <summary>A reading in which two userlands differ.</summary>
/// <param name="Experiment">The experiment.</param>
/// <param name="Place">Kernel, runtime and settings.</param>
/// <param name="Probe">The probe.</param>
/// <param name="Metric">The metric; empty: the trial's outcome.</param>
/// <param name="Subject">The metric's subject.</param>
/// <param name="First">The first userland's reading; null where it has none.</param>
/// <param name="Second">The second one's.</param>
public sealed record UserlandDifference(string Experiment, string Place, string Probe, string Metric, string Subject, string? First, string? Second);
