using Harness.Core;

namespace Harness.Reporting.Figures;

/// <summary>The kinds of figure there are.</summary>
public static class FigureKinds
{
    /// <summary>All of them, ordered by id.</summary>
    public static ImmutableArray<IFigureKind> All { get; } =
    [
        new AgesFigure(), new CurveFigure(), new EcdfFigure(), new ForestFigure(), new HeatFigure(), new LadderFigure(), new MatrixFigure(),
        new OutcomesFigure(), new SimilarityFigure(), new SplitFigure(), new StackFigure(),
    ];

    /// <summary>The kind with that id.</summary>
    /// <exception cref="HarnessException">There is none.</exception>
    public static IFigureKind Find(string id) =>
        All.FirstOrDefault(kind => string.Equals(kind.Id, id, StringComparison.Ordinal))
        ?? throw new HarnessException($"figure kind '{FigureText.Printable(id)}' is not known; known kinds: {string.Join(", ", All.Select(kind => kind.Id))}");
}
