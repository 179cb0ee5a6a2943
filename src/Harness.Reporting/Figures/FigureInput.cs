using Harness.Analysis.Judging;

namespace Harness.Reporting.Figures;

/// <summary>What a figure is drawn from. The texts may hold anything; they are cleaned when drawn.</summary>
/// <param name="Title">What a reader sees first; wrapped.</param>
/// <param name="Caption">What it shows, with n, machine and date; wrapped.</param>
/// <param name="Table">The rows of the figure's query; its columns are fixed by the kind.</param>
public sealed record FigureInput(string Title, string Caption, Table Table)
{
    /// <summary>The figure's id, with which the ids in its SVG begin, so that several can stand in one page; lower-case words joined by <c>-</c>, or empty.</summary>
    public string Id { get; init; } = "";
}
