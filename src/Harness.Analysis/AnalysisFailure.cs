using Harness.Core;
using Harness.Core.Journaling;

namespace Harness.Analysis;

/// <summary>What of an experiment could not be derived.</summary>
public enum DerivedPart
{
    /// <summary>Anything: its SQL does not run.</summary>
    Everything,

    /// <summary>Its verdicts.</summary>
    Verdicts,

    /// <summary>Its checks of the method.</summary>
    Checks,

    /// <summary>What of its trials counts for no claim, and why.</summary>
    NotCounted,

    /// <summary>The rows behind them.</summary>
    Evidence,

    /// <summary>Its statistics.</summary>
    Statistics,

    /// <summary>One of its tables.</summary>
    Table,

    /// <summary>One of its figures.</summary>
    Figure,

    /// <summary>The page <c>report.html</c>, of all experiments together.</summary>
    Page,
}

/// <summary>A part of an experiment's results that could not be derived: it is missing, and nothing else is.</summary>
/// <param name="Experiment">The experiment's id.</param>
/// <param name="Part">What is missing.</param>
/// <param name="Figure">The figure's or the table's id; empty for other parts.</param>
/// <param name="Reason">One line, without the path of the run's folder, so that it is the same wherever the folder lies.</param>
public sealed record AnalysisFailure(string Experiment, DerivedPart Part, string Figure, string Reason)
{
    /// <summary>Does a piece of work, and answers what of it failed, or null.</summary>
    /// <param name="folder">The run.</param>
    /// <param name="experiment">The experiment's id.</param>
    /// <param name="part">What is missing where it fails.</param>
    /// <param name="work">The work.</param>
    /// <param name="figure">The figure's id.</param>
    /// <exception cref="OperationCanceledException">The work was interrupted.</exception>
    public static AnalysisFailure? Of(RunFolder folder, string experiment, DerivedPart part, Action work, string figure = "")
    {
        try
        {
            work();
            return null;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            var said = e is HarnessException ? e.Message : $"internal error (please report): {e.GetType().Name}: {e.Message}";
            return new AnalysisFailure(
                experiment, part, figure,
                said.Replace(folder.Root + Path.DirectorySeparatorChar, "", StringComparison.Ordinal).Replace(folder.Root + ": ", "", StringComparison.Ordinal).ReplaceLineEndings(" "));
        }
    }

    /// <summary>What is missing, as the subject of a sentence in the plural or singular that follows it.</summary>
    public string What => Part switch
    {
        DerivedPart.Everything => "verdicts, statistics and figures",
        DerivedPart.Verdicts => "verdicts",
        DerivedPart.Checks => "checks of the method",
        DerivedPart.NotCounted => "reasons why trials do not count",
        DerivedPart.Evidence => "the rows behind its verdicts",
        DerivedPart.Statistics => "statistics",
        DerivedPart.Table => $"table {Figure}",
        DerivedPart.Figure => $"figure {Figure}",
        DerivedPart.Page => "the page report.html",
        _ => throw new InvalidOperationException($"{Part}"),
    };

    /// <inheritdoc/>
    public override string ToString() => Experiment.Length > 0 ? $"{Experiment}: {What} missing: {Reason}" : $"{What} missing: {Reason}";
}
