namespace Harness.Reporting.Figures;

/// <summary>
/// Totals over orders of magnitude and the phases they are made of (see <see cref="LadderDrawing"/>). Columns of the query, one row of the
/// answer a phase: <c>row, phase, value, total, low, high, unit, n</c>, and optionally <c>slot</c>, the phase's place in the palette from 1,
/// and <c>note</c>, said of a row without a total.
/// </summary>
public sealed class LadderFigure : IFigureKind
{
    private static readonly LadderWords Words = new("ladder", "phase", "median and range, log scale", "its phases, share of their sum", IsInNumbers: false);

    /// <inheritdoc/>
    public string Id => Words.Kind;

    /// <inheritdoc/>
    public FigureImages Draw(FigureInput input) => LadderDrawing.Draw(input, Words);
}
