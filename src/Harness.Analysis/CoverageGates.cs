using System.Globalization;
using Harness.Core;
using Harness.Core.Model;
using Harness.Core.Planning;

namespace Harness.Analysis;

/// <summary>What the user asks of a run's coverage, so that a scheduled run cannot be green with nothing measured.</summary>
/// <param name="Require">Globs over cells that must be measured.</param>
/// <param name="MinCoverage">Measured of planned trials, percent; null asks for nothing.</param>
public sealed record CoverageGates(ImmutableArray<string> Require, decimal? MinCoverage)
{
    /// <summary>Nothing is asked.</summary>
    public static CoverageGates None { get; } = new([], null);

    /// <summary>A glob that can never hold is a mistake to be told before anything is run.</summary>
    /// <exception cref="HarnessException">A glob matches no cell of the plan.</exception>
    public void Check(IEnumerable<Cell> planned)
    {
        var cells = planned.Distinct().ToList();
        foreach (var glob in Require.Where(glob => !cells.Any(cell => Planner.Matches(glob, cell))))
            throw new HarnessException($"--require '{glob}' matches no cell that is planned: see the cells with 'harness plan'");
    }

    /// <summary>What does not hold, one line each; empty where all does.</summary>
    public ImmutableArray<string> Failures(Coverage coverage) => [.. Required(coverage), .. TooLittle(coverage)];

    private IEnumerable<string> Required(Coverage coverage) =>
        from glob in Require
        let gaps = coverage.Gaps.Where(gap => gap.Cells.Any(cell => Matches(glob, cell))).ToList()
        where gaps.Count > 0
        let cells = gaps.SelectMany(gap => gap.Cells).Where(cell => Matches(glob, cell)).Distinct().Order(StringComparer.Ordinal).ToList()
        select $"--require '{glob}' does not hold: {cells[0]}{(cells.Count > 1 ? string.Create(CultureInfo.InvariantCulture, $" and {cells.Count - 1} more") : "")} not measured ({gaps[0].Kind}: {gaps[0].Reason})";

    private IEnumerable<string> TooLittle(Coverage coverage)
    {
        if (MinCoverage is not { } least || (decimal)coverage.Measured * 100 >= least * coverage.Planned)
            yield break;
        var first = coverage.Gaps is [var gap, ..] ? $" ({gap.Kind}: {gap.Reason})" : "";
        // Rounded down, as the report does it: what is below the least must not look like it.
        yield return string.Create(
            CultureInfo.InvariantCulture,
            $"--min-coverage {least} does not hold: {coverage.Measured} of {coverage.Planned} trials measured ({Math.Floor(100 * coverage.Share)} %){first}");
    }

    private static bool Matches(string glob, string cell) => Planner.Matches(glob, Cell.Parse(cell));
}
