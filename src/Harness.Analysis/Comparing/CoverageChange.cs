using Harness.Core.Model;

namespace Harness.Analysis.Comparing;

/// <summary>What was planned and measured on both sides, in trials: one cell's probe in one block is one, on whichever host and in however many runs.</summary>
/// <param name="BasePlanned">Planned in the base.</param>
/// <param name="BaseMeasured">Of these measured.</param>
/// <param name="NewPlanned">Planned on the other side.</param>
/// <param name="NewMeasured">Of these measured.</param>
/// <param name="BothPlanned">Planned in both.</param>
/// <param name="BothMeasured">Measured in both.</param>
/// <param name="Cells">Cells of which not the same was measured, by experiment and cell.</param>
public sealed record CoverageComparison(int BasePlanned, int BaseMeasured, int NewPlanned, int NewMeasured, int BothPlanned, int BothMeasured, ImmutableArray<CoverageChange> Cells)
{
    /// <summary>A loss below this share of the trials that the base has measured is what a flaky engine costs, and is reported only.</summary>
    public const double Tolerated = 0.01;

    /// <summary>Cells that were measured in the base, and not at all on the other side.</summary>
    public ImmutableArray<CoverageChange> Lost => [.. Cells.Where(cell => cell is { BaseMeasured: > 0, NewMeasured: 0 })];

    /// <summary>Trials that were measured in the base, were planned again, and are missing.</summary>
    public int Missing => Cells.Sum(cell => cell.Missing);

    /// <summary>Whether less was measured than before: a whole cell, or more than <see cref="Tolerated"/> of what the base measured.</summary>
    public bool IsShrunk => !Lost.IsEmpty || HasLost;

    /// <summary>Whether less was measured of what was planned again.</summary>
    internal bool HasLost => Lost.Any(cell => cell.NewPlanned > 0) || Missing > Tolerated * BaseMeasured;

    /// <summary>How much was planned of a cell of another comparison with the same base.</summary>
    internal int Planned(CoverageChange cell) =>
        // A cell of which as much was measured as in the base is not among those that changed.
        Cells.FirstOrDefault(one => (one.Experiment, one.Cell) == (cell.Experiment, cell.Cell)) is { } own ? own.NewPlanned : cell.BasePlanned;

    /// <summary>Compares the plans and what became of them.</summary>
    public static CoverageComparison Of(RunSide before, RunSide after)
    {
        var (a, b) = (new Side(before), new Side(after));
        return new CoverageComparison(
            a.Planned.Count, a.Measured.Count, b.Planned.Count, b.Measured.Count, a.Planned.Count(b.Planned.Contains), a.Measured.Count(b.Measured.Contains),
            [
                .. a.Planned.Union(b.Planned).GroupBy(trial => (trial.Experiment, trial.Cell))
                    .OrderBy(cell => cell.Key.Experiment, StringComparer.Ordinal).ThenBy(cell => cell.Key.Cell, StringComparer.Ordinal)
                    .Select(cell => new CoverageChange(
                        cell.Key.Experiment, cell.Key.Cell,
                        cell.Count(a.Planned.Contains), cell.Count(a.Measured.Contains), cell.Count(b.Planned.Contains), cell.Count(b.Measured.Contains),
                        cell.Count(trial => a.Measured.Contains(trial) && b.Planned.Contains(trial) && !b.Measured.Contains(trial)),
                        b.Reason(cell.Key) ?? a.Reason(cell.Key) ?? ""))
                    .Where(change => change.BaseMeasured != change.NewMeasured),
            ]);
    }

    private sealed record Trial(string Experiment, string Cell, string Probe, int Block, int Repetition);

    private sealed class Side
    {
        private readonly Dictionary<(string, string), string> _reasons = [];

        public Side(RunSide side)
        {
            foreach (var run in side.Runs)
            {
                var planned = run.Plan.Trials.Where(trial => !trial.Warmup).ToDictionary(trial => trial.TrialId, StringComparer.Ordinal);
                Planned.UnionWith(planned.Values.Select(trial => new Trial(trial.Experiment, trial.Cell, trial.Probe, trial.Block, trial.Repetition)));
                foreach (var row in run.Trials.Where(row => planned.ContainsKey(row.TrialId)))
                {
                    if (row.Outcome.IsMeasured())
                    {
                        Measured.Add(new Trial(row.Experiment, row.Cell, row.Probe, row.Block, row.Repetition));
                    }
                    else
                    {
                        _reasons.TryAdd((row.Experiment, row.Cell), row.Detail.Length > 0 ? $"{row.Outcome.Text()}: {row.Detail}" : row.Outcome.Text());
                    }
                }
            }
        }

        public HashSet<Trial> Planned { get; } = [];

        public HashSet<Trial> Measured { get; } = [];

        public string? Reason((string Experiment, string Cell) cell) => _reasons.GetValueOrDefault(cell);
    }
}

/// <summary>A cell of which not as many trials were measured as before.</summary>
/// <param name="Experiment">The experiment.</param>
/// <param name="Cell">The cell's name.</param>
/// <param name="BasePlanned">Trials planned in the base.</param>
/// <param name="BaseMeasured">Of these measured.</param>
/// <param name="NewPlanned">Planned on the other side.</param>
/// <param name="NewMeasured">Of these measured.</param>
/// <param name="Missing">Measured in the base, planned on the other side and not measured there.</param>
/// <param name="Reason">Why one was not, the other side's first; or empty.</param>
public sealed record CoverageChange(string Experiment, string Cell, int BasePlanned, int BaseMeasured, int NewPlanned, int NewMeasured, int Missing, string Reason);
