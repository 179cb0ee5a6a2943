using Harness.Analysis.Judging;
using Harness.Core;
using Harness.Core.Definitions;

namespace Harness.Reporting.Figures;

/// <summary>One figure, drawn twice from the same geometry.</summary>
/// <param name="Svg">UTF-8 XML, 700 px wide, without references to fonts or to anything outside it.</param>
/// <param name="Png">The same at two pixels to one, 1400 px wide.</param>
public sealed record FigureImages(ImmutableArray<byte> Svg, ImmutableArray<byte> Png)
{
    /// <summary>Where one image would be too tall to read: what goes on below it, in order.</summary>
    public ImmutableArray<FigureImages> More { get; init; } = [];

    /// <summary>Draws a figure of an experiment from what its query answers. One that would be too large to read is a page that says so.</summary>
    /// <param name="figure">The figure.</param>
    /// <param name="experiment">Whose it is.</param>
    /// <param name="database">With the experiment's views.</param>
    /// <param name="caption">The caption for the query's answer.</param>
    /// <exception cref="HarnessException">The kind is unknown, the query is wrong, or its answer is not what the kind takes.</exception>
    public static FigureImages Draw(FigureDefinition figure, ExperimentDefinition experiment, RunDatabase database, Func<Table, string> caption)
    {
        var kind = FigureKinds.Find(figure.Kind);
        var table = database.Query(figure.Sql, $"definitions/{experiment.Id}/experiment.yaml, figure {figure.Id}");
        var input = new FigureInput(figure.Title, caption(table), table) { Id = figure.Id };
        try
        {
            return kind.Draw(input);
        }
        catch (FigureTooLargeException e)
        {
            return FigurePage.Words(input, $"Not drawn: {e.Message}.");
        }
    }
}
