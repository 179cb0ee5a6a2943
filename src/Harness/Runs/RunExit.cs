using Harness.Analysis;
using Harness.Core;
using Harness.Core.Model;
using Harness.Reporting;
using Harness.Reporting.Model;

namespace Harness.Runs;

/// <summary>What a finished run's exit code says.</summary>
public static class RunExit
{
    /// <summary>What could not be derived wins over nothing measured, that over broken trials, these over a gate.
    /// Of verdicts those without a scope count: the exception that qualifies a claim is refuted in its own scope.</summary>
    public static int Code(ReportInput report, Coverage coverage, ImmutableArray<string> failOn, ImmutableArray<string> failures) =>
        !report.Failures.IsEmpty ? ExitCode.Internal
        : coverage.Measured == 0 ? ExitCode.NothingMeasured
        : coverage.Missing(Outcome.Broken.Text()) > 0 ? ExitCode.SomeBroken
        : failures.Length > 0 || report.Verdicts.Any(row => row.Scope.Length == 0 && failOn.Contains(row.Verdict)) ? ExitCode.GateFailed
        : ExitCode.Ok;
}
