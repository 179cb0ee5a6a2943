namespace Harness.Reporting.Figures;

/// <summary>
/// Sizes over orders of magnitude and who holds how much of each (see <see cref="LadderDrawing"/>), with the numbers. Columns of the query,
/// one row of the answer a part: <c>row, part, value, total, low, high, unit, n</c>, and optionally <c>slot</c>, the part's place in the
/// palette from 1, and <c>note</c>, said of a row without a total.
/// </summary>
public sealed class StackFigure : IFigureKind
{
    private static readonly LadderWords Words = new("stack", "part", "one more, with its interval, log scale", "who holds it, share of the sum", IsInNumbers: true);

    /// <inheritdoc/>
    public string Id => Words.Kind;

    /// <inheritdoc/>
    public FigureImages Draw(FigureInput input) => LadderDrawing.Draw(input, Words);
}
