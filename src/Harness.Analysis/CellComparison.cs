using Harness.Analysis.Judging;
using Harness.Core;
using Harness.Core.Journaling;
using Harness.Core.Model;
using Harness.Core.Planning;

namespace Harness.Analysis;

/// <summary>What two cells of a run read differently, from the view <c>comparable(cell, subject, name, reading)</c> of an experiment's SQL.</summary>
/// <param name="First">The first cell's name.</param>
/// <param name="Second">The second cell's name.</param>
/// <param name="Compared">How many subjects both cells have.</param>
/// <param name="Rows">Those that differ, and those that one of them lacks, in the view's order.</param>
public sealed record CellComparison(string First, string Second, int Compared, ImmutableArray<CellDifference> Rows)
{
    /// <summary>Compares the cells that two globs name.</summary>
    /// <exception cref="HarnessException">No experiment of the run can be compared, or a glob does not name one cell.</exception>
    public static CellComparison Of(RunFolder folder, string first, string second)
    {
        foreach (var experiment in PlanFile.Read(folder).Experiments)
        {
            using var database = RunDatabase.Open(folder, experiment);
            var source = $"definitions/{experiment}/verdict.sql";
            if (database.Query("SELECT view_name FROM duckdb_views() WHERE view_name = 'comparable'", source).Rows.IsEmpty)
                continue;
            var table = database.Query("SELECT cell, subject, name, reading FROM comparable ORDER BY subject, cell", source);
            var readings = table.Rows.Select(row => (Cell: row[0] ?? "", Subject: row[1] ?? "", Name: row[2] ?? "", Reading: row[3] ?? "")).ToImmutableArray();
            var cells = readings.Select(reading => reading.Cell).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToImmutableArray();
            return Between(One(cells, first), One(cells, second), readings);
        }

        throw new HarnessException($"{folder.RunId}: none of its experiments defines the view 'comparable'; cells of syscall-surface can be compared");
    }

    private static CellComparison Between(string first, string second, ImmutableArray<(string Cell, string Subject, string Name, string Reading)> readings)
    {
        var (a, b) = (Of(first), Of(second));
        var subjects = readings.Where(reading => reading.Cell == first || reading.Cell == second).Select(reading => (reading.Subject, reading.Name)).Distinct().ToImmutableArray();
        return new CellComparison(
            first, second, subjects.Count(subject => a.ContainsKey(subject.Subject) && b.ContainsKey(subject.Subject)),
            [.. subjects
                .Select(subject => new CellDifference(subject.Subject, subject.Name, a.GetValueOrDefault(subject.Subject, ""), b.GetValueOrDefault(subject.Subject, "")))
                .Where(difference => difference.First != difference.Second)]);

        Dictionary<string, string> Of(string cell) =>
            readings.Where(reading => reading.Cell == cell).ToDictionary(reading => reading.Subject, reading => reading.Reading, StringComparer.Ordinal);
    }

    private static string One(ImmutableArray<string> cells, string glob)
    {
        var found = cells.Where(cell => cell == glob || Planner.Matches(glob, Cell.Parse(cell))).ToImmutableArray();
        return found.Length == 1
            ? found[0]
            : throw new HarnessException($"'{glob}' names {(found.IsEmpty ? "no cell" : $"{found.Length} cells")} with readings; there are {string.Join(", ", found.IsEmpty ? cells : found)}");
    }
}

/// <summary>A subject on which two cells differ.</summary>
/// <param name="Subject">What was read, as a system call's number.</param>
/// <param name="Name">Its name.</param>
/// <param name="First">The first cell's reading; empty where it has none.</param>
/// <param name="Second">The second cell's.</param>
public sealed record CellDifference(string Subject, string Name, string First, string Second);
