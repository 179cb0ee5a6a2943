using Harness.Analysis;

namespace Harness.Reporting.Model;

/// <summary>
/// What a report says, made once from a run: <c>report.md</c> and <c>report.html</c> are two ways of writing it. A table about the whole run
/// has its place in <see cref="RunSections"/>, what belongs to an experiment or a claim in <see cref="ExperimentSections"/>.
/// </summary>
public sealed record Report
{
    /// <summary>The run's id, as its plan has it.</summary>
    public required string RunId { get; init; }

    /// <summary>How much of the matrix was covered, in one sentence.</summary>
    public required string Coverage { get; init; }

    /// <summary>A run with fewer blocks and userlands than the experiments ask for.</summary>
    public required bool Quick { get; init; }

    /// <summary>In the plan's order.</summary>
    public required ImmutableArray<ExperimentReport> Experiments { get; init; }

    /// <summary>What concerns the whole run, in reading order.</summary>
    public required ImmutableArray<Section> Sections { get; init; }

    /// <summary>What could not be derived.</summary>
    public required ImmutableArray<AnalysisFailure> Failures { get; init; }

    /// <summary>Every claim, in the experiments' order.</summary>
    public IEnumerable<ClaimReport> Claims => Experiments.SelectMany(experiment => experiment.Claims);

    /// <summary>Of a run and what its SQL says.</summary>
    public static Report Of(ReportInput input) => new()
    {
        RunId = input.Plan.RunId,
        Coverage = CoverageText.Sentence(input.Coverage),
        Quick = input.Plan.Quick,
        Experiments = ExperimentSections.Of(input),
        Sections = RunSections.Of(input),
        Failures = input.Failures,
    };
}

/// <summary>An experiment's part of a report.</summary>
public sealed record ExperimentReport
{
    /// <summary>The experiment's id.</summary>
    public required string Id { get; init; }

    /// <summary>Its question.</summary>
    public required string Title { get; init; }

    /// <summary>How much of its trials was measured, in one sentence.</summary>
    public required string Coverage { get; init; }

    /// <summary>What it judged.</summary>
    public required ImmutableArray<ClaimReport> Claims { get; init; }

    /// <summary>The tables that it asks for and that have rows.</summary>
    public required ImmutableArray<TableReport> Tables { get; init; }

    /// <summary>What timed experiments say of their samples; empty for others.</summary>
    public required ImmutableArray<Block> Statistics { get; init; }

    /// <summary>Its figures, those that could not be drawn included.</summary>
    public required ImmutableArray<FigureReport> Figures { get; init; }

    /// <summary>What could not be derived, in the place where it is missing.</summary>
    public required ImmutableArray<Loss> Losses { get; init; }

    /// <summary>The losses of one kind.</summary>
    public ImmutableArray<Loss> Lost(DerivedPart part, string figure = "") => [.. Losses.Where(loss => loss.Part == part && loss.Figure == figure)];
}

/// <summary>A part of an experiment that is missing.</summary>
/// <param name="Part">Which.</param>
/// <param name="Figure">The figure's id; empty for other parts.</param>
/// <param name="What">What is missing, a clause.</param>
/// <param name="Reason">Why, one line.</param>
public sealed record Loss(DerivedPart Part, string Figure, string What, string Reason);

/// <summary>A claim as an experiment judged it.</summary>
public sealed record ClaimReport
{
    /// <summary>The claim's id.</summary>
    public required string Id { get; init; }

    /// <summary>The claim, as people state it; empty where the run's claims have no such id.</summary>
    public required string Text { get; init; }

    /// <summary>What those who state it mean; empty where nothing is known of it.</summary>
    public required string OrdinaryScope { get; init; }

    /// <summary>The experiment that judged it.</summary>
    public required string Experiment { get; init; }

    /// <summary>The verdict on the claim as it stands: one row, or none where an experiment judges scopes only.</summary>
    public required ImmutableArray<VerdictReport> Whole { get; init; }

    /// <summary>The verdicts on parts of it.</summary>
    public required ImmutableArray<VerdictReport> Scopes { get; init; }

    /// <summary>The file of the rows behind it, relative to the run's folder.</summary>
    public string Evidence => $"evidence/{Id}.csv";
}

/// <summary>A verdict.</summary>
/// <param name="Scope">Where it holds; empty for the claim as it stands.</param>
/// <param name="Verdict">The word.</param>
/// <param name="Basis">What it rests on, or empty where that is what it should be: real things.</param>
/// <param name="Headline">At most a line.</param>
/// <param name="Summary">The whole passage.</param>
/// <param name="Trials">How many trials it rests on.</param>
public sealed record VerdictReport(string Scope, string Verdict, string Basis, string Headline, string Summary, long Trials)
{
    /// <summary>The headline as the run's SQL states it; empty where that is from before there were headlines.</summary>
    public required string Stated { get; init; }

    /// <summary>The headline, else the whole passage.</summary>
    public string Lead => Stated.Length > 0 ? Stated : Summary;

    /// <summary>What the passage says beyond the headline; empty where that is all.</summary>
    public string Details => Summary.StartsWith(Headline, StringComparison.Ordinal) ? Summary[Headline.Length..].TrimStart() : Summary;
}

/// <summary>A figure's place.</summary>
/// <param name="Id">The file's name without extension.</param>
/// <param name="Title">What a reader sees first.</param>
/// <param name="Caption">What it shows.</param>
/// <param name="Claim">The claim that it stands with.</param>
/// <param name="Files">Its images in <c>figures/</c>, in order, without extension.</param>
public sealed record FigureReport(string Id, string Title, string Caption, string Claim, ImmutableArray<string> Files);

/// <summary>A table of an experiment.</summary>
/// <param name="Id">Its anchor.</param>
/// <param name="Title">What a reader sees first.</param>
/// <param name="Caption">What it shows, and what its words mean.</param>
/// <param name="Content">Its first rows.</param>
/// <param name="More">How many rows stand in the file alone.</param>
public sealed record TableReport(string Id, string Title, string Caption, Block.Grid Content, int More)
{
    /// <summary>All of it, relative to the run's folder.</summary>
    public string File => $"tables/{Id}.csv";
}
