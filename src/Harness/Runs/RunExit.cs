using Harness.Analysis;
using Harness.Analysis.Judging;
using Harness.Core;
using Harness.Core.Model;

namespace Harness.Runs;

/// <summary>What a finished run's exit code says.</summary>
public static class RunExit
{
    /// <summary>Nothing measured wins over broken trials, these over a gate.</summary>
    public static int Code(Coverage coverage, ImmutableArray<VerdictRow> verdicts, ImmutableArray<string> failOn, ImmutableArray<string> failures) =>
        coverage.Measured == 0 ? ExitCode.NothingMeasured
        : coverage.Missing(Outcome.Broken.Text()) > 0 ? ExitCode.SomeBroken
        : failures.Length > 0 || verdicts.Any(row => failOn.Contains(row.Verdict)) ? ExitCode.GateFailed
        : ExitCode.Ok;
}
