using System.Globalization;
using Harness.Analysis.Judging;

namespace Harness.Reporting.Model;

/// <summary>How often an aspect of a treatment came out how, under one runtime.</summary>
/// <param name="RanBy">Engine and runtime: <c>docker/runc</c>.</param>
/// <param name="Aspect">What was looked at.</param>
/// <param name="State">proven, engine's word, only asked or contradicted.</param>
/// <param name="Witness">Who said so; empty where nobody did.</param>
/// <param name="Count">Sandboxes.</param>
public sealed record TreatmentCount(string RanBy, string Aspect, string State, string Witness, int Count);

/// <summary>Treatments and their proof of a run, from the view <c>treatment</c> of its schema.</summary>
public static class TreatmentTable
{
    private const string Sql = """
        SELECT if(engine = '', runtime, engine || '/' || runtime) AS ran_by, aspect, state, witness, count(*) AS n
        FROM treatment
        WHERE experiment = '{0}'
        GROUP BY ALL
        ORDER BY ALL
        """;

    /// <summary>Of one experiment. A run of an earlier version has no such view, and nothing to be counted.</summary>
    internal static ImmutableArray<TreatmentCount> Read(RunDatabase database, string experiment)
    {
        const string Source = "definitions/schema.sql";
        return database.Query("SELECT view_name FROM duckdb_views() WHERE view_name = 'treatment'", Source).Rows.IsEmpty
            ? []
            : [.. database.Query(Sql.Replace("{0}", experiment.Replace("'", "''", StringComparison.Ordinal), StringComparison.Ordinal), Source).Rows
                .Select(row => new TreatmentCount(row[0] ?? "", row[1] ?? "", row[2] ?? "", row[3] ?? "", int.Parse(row[4] ?? "0", CultureInfo.InvariantCulture)))];
    }

    /// <summary>Over experiments.</summary>
    internal static ImmutableArray<TreatmentCount> Sum(IEnumerable<TreatmentCount> counts) =>
    [
        .. counts.GroupBy(count => (count.RanBy, count.Aspect, count.State, count.Witness))
            .Select(group => new TreatmentCount(group.Key.RanBy, group.Key.Aspect, group.Key.State, group.Key.Witness, group.Sum(count => count.Count)))
            .OrderBy(count => count.RanBy, StringComparer.Ordinal).ThenBy(count => count.Aspect, StringComparer.Ordinal).ThenBy(count => count.State, StringComparer.Ordinal).ThenBy(count => count.Witness, StringComparer.Ordinal),
    ];
}
