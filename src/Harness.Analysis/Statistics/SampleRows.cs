using System.Globalization;
using Harness.Analysis.Judging;
using Harness.Core;

namespace Harness.Analysis.Statistics;

/// <summary>What a number is of: numbers with different keys are never in one sample.</summary>
/// <param name="HostId">The host.</param>
/// <param name="Measure">What was measured.</param>
/// <param name="Unit">The unit.</param>
/// <param name="Probe">The probe: which instrument.</param>
/// <param name="Cell">The cell.</param>
public sealed record SampleKey(string HostId, string Measure, string Unit, string Probe, string Cell);

/// <summary>A row of the view <c>sample</c>: a trial that was asked for, warm-ups excepted.</summary>
/// <param name="Key">What it is of.</param>
/// <param name="Label">The cell's name for readers.</param>
/// <param name="Reference">The cell that this one is compared with, or null.</param>
/// <param name="Block">From 1.</param>
/// <param name="Value">The number; null where the trial is left out.</param>
public sealed record SampleRow(SampleKey Key, string Label, string? Reference, int Block, double? Value);

/// <summary>Reads the view <c>sample</c> of an experiment's SQL.</summary>
public static class SampleRows
{
    private static readonly ImmutableArray<string> _columns = ["host_id", "measure", "unit", "probe", "cell", "label", "reference", "block", "value"];

    /// <summary>Its rows in an order of their own; null where the experiment has no such view.</summary>
    /// <param name="database">With the experiment's views.</param>
    /// <param name="source">Where they are written, for messages.</param>
    /// <exception cref="HarnessException">A column is missing, or holds what it must not.</exception>
    public static ImmutableArray<SampleRow>? Read(RunDatabase database, string source)
    {
        if (database.Query("SELECT 1 FROM duckdb_views() WHERE view_name = 'sample' AND NOT internal", source).Rows.IsEmpty)
        {
            return null;
        }

        var places = ImmutableArray<int>.Empty;
        var rows = ImmutableArray.CreateBuilder<SampleRow>();
        // Of very many rows there are few cells: each name is kept once.
        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        var keys = new Dictionary<SampleKey, SampleKey>();
        database.Read("SELECT * FROM \"sample\"", source, columns =>
        {
            if (_columns.Where(column => !columns.Contains(column, StringComparer.OrdinalIgnoreCase)).ToList() is [_, ..] missing)
            {
                throw new HarnessException($"{database.Folder.Root}: {source}: the view sample lacks {string.Join(", ", missing)}");
            }

            places = [.. _columns.Select(column => columns.IndexOf(column, StringComparer.OrdinalIgnoreCase))];
            return row => rows.Add(Row(row));
        });
        return
        [
            .. rows
                .OrderBy(row => row.Key.HostId, StringComparer.Ordinal).ThenBy(row => row.Key.Measure, StringComparer.Ordinal)
                .ThenBy(row => row.Key.Probe, StringComparer.Ordinal).ThenBy(row => row.Key.Cell, StringComparer.Ordinal)
                .ThenBy(row => row.Block).ThenBy(row => row.Value),
        ];

        SampleRow Row(ImmutableArray<string?> row)
        {
            var key = new SampleKey(Text(row, 0), Text(row, 1), Text(row, 2), Text(row, 3), Text(row, 4));
            return new SampleRow(
                keys.TryAdd(key, key) ? key : keys[key], Text(row, 5), row[places[6]] is null ? null : Text(row, 6),
                (int)Number(row, 7)!.Value, row[places[8]] is null ? null : Number(row, 8));
        }

        string Text(ImmutableArray<string?> row, int column)
        {
            var text = row[places[column]] ?? throw Wrong(column, "NULL");
            return names.TryAdd(text, text) ? text : names[text];
        }

        double? Number(ImmutableArray<string?> row, int column) =>
            double.TryParse(row[places[column]], NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number)
                ? number
                : throw Wrong(column, row[places[column]] ?? "NULL");

        HarnessException Wrong(int column, string what) =>
            new($"{database.Folder.Root}: {source}: the view sample has '{what}' in the column {_columns[column]}");
    }
}
