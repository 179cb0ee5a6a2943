using Harness.Core;

namespace Harness.Reporting.Figures;

/// <summary>A kind of figure: draws the rows of a query. Stateless; the same input gives the same bytes on one platform.</summary>
public interface IFigureKind
{
    /// <summary>The word that an <c>experiment.yaml</c> names it by.</summary>
    string Id { get; }

    /// <summary>Draws it; a table without rows becomes a figure that says so.</summary>
    /// <exception cref="HarnessException">The table lacks a column that the kind needs, or a value is not what the kind takes.</exception>
    FigureImages Draw(FigureInput input);
}
