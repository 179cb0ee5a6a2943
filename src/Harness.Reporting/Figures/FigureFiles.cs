namespace Harness.Reporting.Figures;

/// <summary>What a figure's files in <c>figures/</c> are called.</summary>
public static class FigureFiles
{
    /// <summary>Names without extension, in order: the figure's id, and for what goes on in further images <c>&lt;id&gt;-2</c>, ….</summary>
    /// <param name="figure">The figure's id.</param>
    /// <param name="parts">How many images figures have, by id; one where it says nothing.</param>
    public static IEnumerable<string> Names(string figure, IReadOnlyDictionary<string, int> parts) =>
        Enumerable.Range(1, parts.GetValueOrDefault(figure, 1)).Select(part => Name(figure, part));

    /// <summary>That of one image, counted from 1.</summary>
    public static string Name(string figure, int part) => part == 1 ? figure : FormattableString.Invariant($"{figure}-{part}");
}
