namespace Harness.Analysis.Judging;

/// <summary>One row of <c>verdicts.csv</c>.</summary>
/// <param name="RunId">The run, as its plan names it.</param>
/// <param name="Experiment">The experiment whose SQL judged.</param>
/// <param name="Claim">The claim's id.</param>
/// <param name="Scope">Where the verdict holds (<c>runtime=runc</c>); empty for the claim as it stands.</param>
/// <param name="Verdict">One of <see cref="Verdicts.All"/>.</param>
/// <param name="Basis"><c>real</c>, <c>synthetic</c> or <c>mixed</c>.</param>
/// <param name="Summary">One quotable passage.</param>
/// <param name="Trials">How many trials it rests on.</param>
public sealed record VerdictRow(string RunId, string Experiment, string Claim, string Scope, string Verdict, string Basis, string Summary, long Trials);

/// <summary>The spelling of verdicts.</summary>
public static class Verdicts
{
    /// <summary>What was measured agrees with the claim.</summary>
    public const string Supported = "supported";

    /// <summary>A real counterexample was measured.</summary>
    public const string Refuted = "refuted";

    /// <summary>What was measured does not decide.</summary>
    public const string Inconclusive = "inconclusive";

    /// <summary>Nothing was measured that could decide; the summary names the remedy.</summary>
    public const string NotTested = "not tested";

    /// <summary>All of them.</summary>
    public static ImmutableArray<string> All { get; } = [Supported, Refuted, Inconclusive, NotTested];

    /// <summary>What a verdict can rest on.</summary>
    public static ImmutableArray<string> Bases { get; } = ["real", "synthetic", "mixed"];
}
