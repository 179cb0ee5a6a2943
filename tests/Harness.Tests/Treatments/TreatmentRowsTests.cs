using System.Collections.Immutable;
using Harness.Core.Definitions;
using Harness.Core.Model;
using Harness.Core.Protocol;
using Harness.Core.Running;

namespace Harness.Tests.Treatments;

public sealed class TreatmentRowsTests
{
    private static readonly Cell _cell = new("busybox:static", "host", "docker", "runc", "", "");

    private static readonly TreatmentReading _agrees = new("init", "none", "none", TreatmentState.Proven, "the agent's process id");
    private static readonly TreatmentReading _differs = new("runtime", "runc", "runsc", TreatmentState.Contradicted, "the shim's command line");

    [Fact]
    public void A_sandbox_is_told_of_once_with_its_first_trial()
    {
        var results = Finish(timed: false, _agrees);
        Assert.All(results, result => Assert.Equal(Outcome.Ok, result.Outcome));
        Assert.Equal(["treatment_asked", "treatment_seen", "treatment_proof"], results[0].Observations.Select(row => row.Metric));
        Assert.Equal("proven: the agent's process id", results[0].Observations[2].Text);
        Assert.Empty(results[1].Observations);
    }

    [Fact]
    public void A_contradicted_sandbox_has_broken_trials_without_readings_of_its_own_that_say_what_ran()
    {
        var results = Finish(timed: false, _agrees, _differs);
        Assert.All(results, result => Assert.Equal((Outcome.Broken, "asked for runtime runc, ran under runsc (by the shim's command line)"), (result.Outcome, result.Detail)));
        Assert.All(results, result => Assert.Null(result.ExitCode));
        Assert.DoesNotContain(results.SelectMany(result => result.Observations), row => row.Metric == "says");
        Assert.Contains(results[0].Observations, row => row is { Metric: "treatment_proof", Subject: "runtime", Text: "contradicted: the shim's command line" });
    }

    [Fact]
    public void A_timed_sandbox_is_not_looked_at() => Assert.DoesNotContain(Finish(timed: true, _differs).SelectMany(result => result.Observations), row => row.Metric.StartsWith("treatment", StringComparison.Ordinal));

    private static ImmutableArray<TrialResult> Finish(bool timed, params ImmutableArray<TreatmentReading> readings)
    {
        ImmutableArray<PlannedTrial> trials = [new("x", _cell, "one", 1, 1, Warmup: false), new("x", _cell, "two", 1, 1, Warmup: false)];
        var assembler = new TrialAssembler(trials, Experiment(timed), TimeProvider.System);
        for (ushort index = 0; index < trials.Length; index++)
        {
            assembler.Take(new ProbeStartedFrame(index, 1));
            assembler.Take(new ProbeEndedFrame(index, EndKind.Exited, 0, 1, 2, ""));
        }

        return assembler.Finish(new SandboxEnd.Exited(0, OutOfMemory: false) { Treatment = _ => readings }, null, "b001-0", "");
    }

    private static ExperimentDefinition Experiment(bool timed) => new()
    {
        Id = "x",
        Title = "x",
        Claims = ["C1"],
        Timed = timed,
        Matrix = new MatrixDefinition(["busybox:static"], ["host"], ["runc"], [""], []),
        Probes = [new ProbeDefinition("one", ProbeKind.Builtin, ["start"], null, "x"), new ProbeDefinition("two", ProbeKind.Builtin, ["start"], null, "x")],
        Metrics = ExperimentReader.Builtin,
        Blocks = 1,
        Repeat = 1,
        Warmup = 0,
        Timeout = TimeSpan.FromSeconds(1),
        Limits = new Limits(1 << 28, 64, 4096),
        Quick = new QuickDefinition(null, null, null, null, null, null, null),
        Image = new QuickDefinition(null, null, null, null, null, null, null),
        Figures = [],
        Folder = "",
    };
}
