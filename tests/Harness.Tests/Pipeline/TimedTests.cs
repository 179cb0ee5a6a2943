using System.Collections.Immutable;
using Harness.Core.Definitions;
using Harness.Core.Journaling;
using Harness.Core.Model;
using Harness.Core.Planning;
using Harness.Core.Protocol;
using Harness.Core.Running;

namespace Harness.Tests.Pipeline;

/// <summary>Timed experiments and driven probes, from the plan to the rows.</summary>
public sealed class TimedTests
{
    private static readonly MetricDefinition _first = new("first_monotonic_ns", MetricType.Number, "ns", "first instruction");
    private static readonly MetricDefinition _disturbance = new("disturbance", MetricType.Text, "", "what disturbed");
    private static readonly ProbeDefinition _second = new("second", ProbeKind.Benchmark, ["start"], null, "another instrument") { Cells = ["*|docker/*"] };

    private static readonly ProbeDefinition _pull = new("pull", ProbeKind.Pull, [], null, "gets the image") { Cells = ["*|docker/*"] };

    private static ExperimentDefinition Timed(params ProbeDefinition[] more)
    {
        var definition = Scenario.Definition(timed: true, blocks: 3, warmup: 1);
        return definition with { Metrics = [.. definition.Metrics, _first, _disturbance], Probes = [.. definition.Probes, .. more] };
    }

    [Fact]
    public void Where_starting_is_measured_every_trial_has_a_sandbox_of_its_own_in_the_block_s_order()
    {
        var plan = Planner.Make([Timed()], Scenario.Catalogue, new PlanOptions { Seed = 5 });

        Assert.All(plan.Sandboxes, sandbox => Assert.Single(sandbox.Trials));
        Assert.All(plan.Sandboxes, sandbox => Assert.True(sandbox.Exclusive));
        Assert.Equal(4 * 3 * 2, plan.Sandboxes.Length);
        Assert.Equal(plan.Sandboxes.Select(sandbox => sandbox.Block).Order(), plan.Sandboxes.Select(sandbox => sandbox.Block));
        Assert.True(plan.Sandboxes.GroupBy(sandbox => sandbox.Block).Select(block => string.Join(' ', block.Select(sandbox => sandbox.Trials[0].Probe))).Distinct().Count() > 1);
    }

    [Fact]
    public void A_second_instrument_s_trials_follow_the_blocks_case_by_case_and_only_in_its_cells()
    {
        var plan = Planner.Make([Timed(_second)], Scenario.Catalogue, new PlanOptions { Seed = 5 });
        var own = plan.Sandboxes.Where(sandbox => sandbox.Trials[0].Probe == "second").ToList();

        Assert.Equal(["a:1", "b:2"], own.Select(sandbox => sandbox.Cell.Userland).Order(StringComparer.Ordinal));
        Assert.All(own, sandbox => Assert.Equal([2, 3, 4], sandbox.Trials.Select(trial => trial.Block)));
        Assert.Equal(own, plan.Sandboxes[^2..]);
    }

    [Fact]
    public void Pulls_come_after_every_start_of_both_instruments_one_a_block_and_alone()
    {
        var without = Planner.Make([Timed(_second)], Scenario.Catalogue, new PlanOptions { Seed = 5 });
        var plan = Planner.Make([Timed(_pull, _second)], Scenario.Catalogue, new PlanOptions { Seed = 5 });
        var pulls = plan.Sandboxes[^2..];

        Assert.Equal(["a:1", "b:2"], pulls.Select(sandbox => sandbox.Cell.Userland).Order(StringComparer.Ordinal));
        Assert.All(pulls, sandbox => Assert.Equal([2, 3, 4], sandbox.Trials.Where(trial => trial is { Probe: "pull", Warmup: false }).Select(trial => trial.Block)));
        Assert.All(pulls, sandbox => Assert.True(sandbox.Exclusive));
        // Nothing else of the plan is another for them.
        Assert.Equal(without.Trials, plan.Sandboxes[..^2].SelectMany(sandbox => sandbox.Trials));
    }

    [Fact]
    public void A_plan_that_was_written_is_grouped_as_it_was_made()
    {
        var experiment = Timed(_second, _pull);
        var plan = Planner.Make([experiment, Scenario.Definition(blocks: 2) with { Id = "other" }], Scenario.Catalogue, new PlanOptions { Seed = 5 });
        var file = new PlanFile
        {
            RunId = "r",
            HostId = "h",
            Seed = 5,
            Quick = false,
            CreatedAtUtc = DateTimeOffset.UnixEpoch,
            ToolVersion = "0",
            Arguments = [],
            Experiments = ["sample", "other"],
            Trials = PlanFile.Rows(plan, "h"),
        };
        var again = file.ToPlan([experiment, Scenario.Definition(blocks: 2) with { Id = "other" }]);

        Assert.Equal(plan.Sandboxes.Select(Describe), again.Sandboxes.Select(Describe));

        static string Describe(PlannedSandbox sandbox) =>
            $"{sandbox.Experiment} {sandbox.Cell} {sandbox.Block} {sandbox.Warmup} {sandbox.Exclusive} {string.Join(' ', sandbox.Trials)}";
    }

    [Fact]
    public async Task The_first_instruction_is_a_reading_of_every_timed_trial_and_conditions_stand_beside_it()
    {
        using var scenario = new Scenario { Experiment = Timed(), Conditions = new Disturbed() };
        await scenario.RunAsync(new FakeRuntime("", "host"), new FakeRuntime("docker", "runc"));

        Assert.Equal(24, scenario.Results.Count);
        foreach (var result in scenario.Results)
        {
            Assert.Equal(1_000, Assert.Single(result.Observations, reading => reading.Metric == "first_monotonic_ns").Value);
            Assert.Equal("someone compiled", Assert.Single(result.Observations, reading => reading.Metric == "disturbance").Text);
        }
    }

    [Theory]
    [InlineData("stamp_ns", "runtime_create")]
    [InlineData("first_monotonic_ns", "")]
    [InlineData("disturbance", "")]
    public async Task A_program_that_writes_what_the_harness_alone_reads_breaks_its_trial(string metric, string subject)
    {
        var stamp = new MetricDefinition("stamp_ns", MetricType.Number, "ns", "when");
        var timed = Timed();
        using var scenario = new Scenario { Experiment = timed with { Metrics = [.. timed.Metrics, stamp] } };
        await scenario.RunAsync(new FakeRuntime("", "host"), new FakeRuntime("docker", "runc")
        {
            OnRun = sandbox =>
            {
                sandbox.Hello().Probe(0, new OutputFrame(0, 1, RawBytes.FromText($"{metric}[{subject}]=1\n".Replace("[]", "", StringComparison.Ordinal)))).Bye();
                return Task.FromResult<SandboxEnd>(new SandboxEnd.Exited(0, false));
            },
        });

        var told = scenario.Results.Where(result => result.Trial.Probe == "shell" && result.Trial.Cell.Engine == "docker").ToList();
        Assert.NotEmpty(told);
        Assert.All(told, result => Assert.Equal((Outcome.Broken, $"it reported a metric that the experiment does not declare: '{metric}'"), (result.Outcome, result.Detail)));
    }

    [Fact]
    public async Task What_is_not_timed_has_neither()
    {
        using var scenario = new Scenario { Experiment = Timed() with { Timed = false }, Conditions = new Disturbed() };
        await scenario.RunAsync(new FakeRuntime("", "host"), new FakeRuntime("docker", "runc"));

        Assert.DoesNotContain(scenario.Results.SelectMany(result => result.Observations), reading => reading.Metric is "first_monotonic_ns" or "disturbance");
    }

    [Fact]
    public async Task A_driver_starts_its_sandboxes_through_the_cell_s_runtime_and_gives_a_result_for_every_trial()
    {
        using var scenario = new Scenario { Experiment = Timed(_second), Drivers = [new Repeating()] };
        var runc = new FakeRuntime("docker", "runc");
        await scenario.RunAsync(new FakeRuntime("", "host"), runc);

        var driven = scenario.Results.Where(result => result.Trial.Probe == "second").ToList();
        Assert.Equal(6, driven.Count);
        Assert.All(driven, result => Assert.Equal(Outcome.Ok, result.Outcome));
        Assert.Equal((2 * 2 * 4) + 6, runc.Starts);
    }

    [Fact]
    public async Task A_driver_that_throws_costs_its_trials_and_one_that_is_missing_makes_them_unavailable()
    {
        foreach (var (drivers, outcome) in new[] { (ImmutableArray.Create<ITrialDriver>(new Throwing()), Outcome.Broken), ([], Outcome.Unavailable) })
        {
            using var scenario = new Scenario { Experiment = Timed(_second), Drivers = drivers };
            await scenario.RunAsync(new FakeRuntime("", "host"), new FakeRuntime("docker", "runc"));

            Assert.Equal(24 + 6, scenario.Results.Count);
            var driven = scenario.Results.Where(result => result.Trial.Probe == "second").ToList();
            Assert.All(driven, result => Assert.Equal(outcome, result.Outcome));
            Assert.All(driven, result => Assert.NotEmpty(result.Detail));
        }
    }

    private sealed class Disturbed : IMachineConditions, IConditionsReading
    {
        public Task<IConditionsReading> BeginAsync(CancellationToken cancellation) => Task.FromResult<IConditionsReading>(this);

        public ImmutableArray<Observation> End() => [Observation.OfText("disturbance", "", "someone compiled")];
    }

    private sealed class Repeating : ITrialDriver
    {
        public ProbeKind Kind => ProbeKind.Benchmark;

        public async Task<ImmutableArray<TrialResult>> RunAsync(DrivenTrials work, CancellationToken cancellation)
        {
            var results = ImmutableArray.CreateBuilder<TrialResult>();
            foreach (var trial in work.Trials)
            {
                var sandbox = work.Sandbox(trial);
                await sandbox.RunAsync(cancellation);
                Assert.True(sandbox.Arrived.IsCompletedSuccessfully);
                results.AddRange(sandbox.Results([]));
            }

            return results.ToImmutable();
        }
    }

    private sealed class Throwing : ITrialDriver
    {
        public ProbeKind Kind => ProbeKind.Benchmark;

        public Task<ImmutableArray<TrialResult>> RunAsync(DrivenTrials work, CancellationToken cancellation) => throw new InvalidOperationException("it broke");
    }
}
