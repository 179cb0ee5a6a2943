using System.Globalization;
using Harness.Core.Model;
using Harness.Core.Running;

namespace Harness.Sandboxes.Treatments;

/// <summary>What a sandbox that was started to prove its runtime came to.</summary>
/// <param name="Failure">Why the runtime is none to rely on; null where it is.</param>
/// <param name="Readings">What was done to the sandbox.</param>
internal sealed record RuntimeProof(string? Failure, ImmutableArray<TreatmentReading> Readings)
{
    /// <summary>Whether something else than was asked for took effect.</summary>
    internal bool IsContradicted => Core.Model.Treatments.Contradiction(Readings) is not null;

    /// <summary>How much was proven and how the runtime was, to follow a sentence.</summary>
    internal string Said
    {
        get
        {
            var runtime = Readings.FirstOrDefault(reading => reading.Aspect == "runtime");
            var proven = Readings.Count(reading => reading.State == TreatmentState.Proven);
            return Readings.IsEmpty ? ""
                : string.Create(CultureInfo.InvariantCulture, $"; {proven} of {Readings.Length} aspects of its treatment proven{(runtime is null ? "" : $", the runtime {(runtime.State == TreatmentState.Proven ? "" : "not: ")}{runtime.State switch { TreatmentState.OnlyAsked => "only asked for", _ => $"by {runtime.Witness}" }}")}");
        }
    }

    /// <summary>What an end says.</summary>
    internal static RuntimeProof Of(SandboxEnd end, TreatmentFacts facts)
    {
        var readings = end.Treatment?.Invoke(facts) ?? [];
        return new RuntimeProof(Core.Model.Treatments.Contradiction(readings) ?? FailureOf(end), readings);
    }

    private static string? FailureOf(SandboxEnd end) => end switch
    {
        SandboxEnd.Exited { ExitCode: 0 } => null,
        SandboxEnd.Exited exited => $"the agent ended with status {exited.ExitCode}",
        SandboxEnd.Refused refused => refused.Reason,
        SandboxEnd.Failed failed => failed.Reason,
        _ => "a sandbox did not end in time",
    };
}
