namespace Harness.Analysis.Judging;

/// <summary>One row of <c>verdicts.csv</c>.</summary>
/// <param name="RunId">The run, as its plan names it.</param>
/// <param name="Experiment">The experiment whose SQL judged.</param>
/// <param name="Claim">The claim's id.</param>
/// <param name="Scope">Where the verdict holds (<c>runtime=runc</c>); empty for the claim as it stands.</param>
/// <param name="Verdict">One of <see cref="Verdicts.All"/>.</param>
/// <param name="Basis"><c>real</c>, <c>synthetic</c> or <c>mixed</c>.</param>
/// <param name="Headline">At most <see cref="Verdicts.HeadlineLength"/> letters, numbers first; empty where the run's SQL is from before there were headlines.</param>
/// <param name="Summary">The details, as a passage that can be quoted.</param>
/// <param name="Trials">How many trials it rests on.</param>
public sealed record VerdictRow(string RunId, string Experiment, string Claim, string Scope, string Verdict, string Basis, string Headline, string Summary, long Trials)
{
    /// <summary>The headline, and of a run from before there were any its summary.</summary>
    public string Lead => Headline.Length > 0 ? Headline : Summary;
}

/// <summary>The spelling of verdicts.</summary>
public static class Verdicts
{
    /// <summary>What was measured agrees with the claim.</summary>
    public const string Supported = "supported";

    /// <summary>Supported in the claim's ordinary scope, refuted by a named exception elsewhere.</summary>
    public const string Qualified = "qualified";

    /// <summary>A real counterexample was measured, within the claim's ordinary scope.</summary>
    public const string Refuted = "refuted";

    /// <summary>What was measured does not decide.</summary>
    public const string Inconclusive = "inconclusive";

    /// <summary>Nothing was measured that could decide; the summary names the remedy.</summary>
    public const string NotTested = "not tested";

    /// <summary>All of them.</summary>
    public static ImmutableArray<string> All { get; } = [Supported, Qualified, Refuted, Inconclusive, NotTested];

    /// <summary>How many letters a headline has at most.</summary>
    public const int HeadlineLength = 100;

    /// <summary>What a verdict can rest on.</summary>
    public static ImmutableArray<string> Bases { get; } = ["real", "synthetic", "mixed"];
}
