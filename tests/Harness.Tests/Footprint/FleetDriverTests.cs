using System.Buffers;
using System.Collections.Immutable;
using Harness.Core.Definitions;
using Harness.Core.Model;
using Harness.Core.Protocol;
using Harness.Core.Running;
using Harness.Instruments.Footprint;
using Harness.Tests.Pipeline;

namespace Harness.Tests.Footprint;

/// <summary>The driver of fleets on a runtime that only holds, through the real planner, runner and journal.</summary>
public sealed class FleetDriverTests
{
    private static readonly MachineRoom _plenty = new(1L << 40, 1 << 20, 1L << 40);

    [Fact]
    public async Task A_fleet_grows_step_by_step_and_nothing_of_it_is_left()
    {
        var runtime = new HoldingRuntime();
        var results = await RunAsync(runtime, ["hold", "grow", "n=1,2,5", "seconds=60"]);

        var result = Assert.Single(results);
        Assert.Equal(Outcome.Ok, result.Outcome);
        Assert.Equal(["i=1", "i=2", "i=3", "i=4", "i=5"], result.Observations.Where(reading => reading.Metric == "start_ns").Select(reading => reading.Subject));
        Assert.Equal(["n=1 MemFree", "n=2 MemFree", "n=5 MemFree"], result.Observations.Where(reading => reading.Metric == "guest_memory_bytes").Select(reading => reading.Subject));
        Assert.Equal(5 * 7, result.Observations.Last(reading => reading.Metric == "guest_memory_bytes").Value);
        Assert.Equal("n=5 plan", Assert.Single(result.Observations, reading => reading.Metric == "limit").Subject);
        Assert.Equal((5, 5, 0), (runtime.Started, runtime.Most, runtime.Running));
    }

    [Fact]
    public async Task A_storm_ends_each_step_before_the_next()
    {
        var runtime = new HoldingRuntime();
        var result = Assert.Single(await RunAsync(runtime, ["hold", "storm", "n=2,3", "seconds=60"]));

        Assert.Equal(Outcome.Ok, result.Outcome);
        Assert.Equal(["n=2", "n=3"], result.Observations.Where(reading => reading.Metric == "storm_ns").Select(reading => reading.Subject));
        Assert.All(result.Observations.Where(reading => reading.Metric == "storm_failures"), reading => Assert.Equal(0, reading.Value));
        Assert.Equal((5, 3, 0), (runtime.Started, runtime.Most, runtime.Running));
    }

    [Fact]
    public async Task One_that_does_not_start_ends_the_growth_with_its_reason_and_keeps_what_was_read()
    {
        var runtime = new HoldingRuntime { FailsFrom = 3 };
        var result = Assert.Single(await RunAsync(runtime, ["hold", "grow", "n=1,2,4", "seconds=60"]));

        Assert.Equal(Outcome.Ok, result.Outcome);
        var limit = Assert.Single(result.Observations, reading => reading.Metric == "limit");
        Assert.Equal(("n=2 failure", "no more"), (limit.Subject, limit.Text));
        Assert.Equal(2, result.Observations.Count(reading => reading.Metric == "start_ns"));
        Assert.Equal(0, runtime.Running);
    }

    [Fact]
    public async Task Failures_of_a_storm_are_counted_and_the_others_start_times_kept()
    {
        var result = Assert.Single(await RunAsync(new HoldingRuntime { FailsFrom = 3 }, ["hold", "storm", "n=4", "seconds=60"]));

        Assert.Equal(2, Assert.Single(result.Observations, reading => reading.Metric == "storm_failures").Value);
        Assert.Equal("no more", Assert.Single(result.Observations, reading => reading.Metric == "storm_failure").Text);
        Assert.Equal(2, result.Observations.Count(reading => reading.Metric == "start_ns"));
    }

    [Fact]
    public async Task A_cell_of_which_not_even_one_starts_is_a_row_with_the_reason()
    {
        var result = Assert.Single(await RunAsync(new HoldingRuntime { FailsFrom = 1 }, ["hold", "grow", "n=1"]));

        Assert.Equal((Outcome.Broken, "no more"), (result.Outcome, result.Detail));
        Assert.Empty(result.Observations);
    }

    [Fact]
    public async Task A_machine_that_is_too_small_is_told_so_before_anything_starts()
    {
        var runtime = new HoldingRuntime();
        var result = Assert.Single(await RunAsync(runtime, ["hold", "grow", "n=1"], new MachineRoom(1 << 20, 1 << 20, 1L << 40)));

        Assert.Equal(Outcome.Unavailable, result.Outcome);
        Assert.StartsWith("the host is too small for one sandbox: memory: ", result.Detail, StringComparison.Ordinal);
        Assert.Equal(0, runtime.Started);
    }

    [Fact]
    public async Task A_fleet_stops_where_the_budget_would_be_crossed_and_names_the_resource()
    {
        // One may take 1 MiB and 32 for its helpers, two may not.
        var runtime = new HoldingRuntime();
        var result = Assert.Single(await RunAsync(runtime, ["hold", "storm", "n=1,2"], new MachineRoom(70 << 20, 1 << 20, 1L << 40)));

        Assert.Equal("n=1 memory", Assert.Single(result.Observations, reading => reading.Metric == "limit").Subject);
        Assert.Equal(1, runtime.Started);
    }

    [Fact]
    public async Task Cancelling_ends_the_whole_fleet()
    {
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var runtime = new HoldingRuntime { HoldsFrom = 3 };
        var experiment = Experiment(["hold", "grow", "n=1,2,3", "seconds=60"]);
        var running = Driver(_plenty).RunAsync(Work(experiment, runtime), cancellation.Token);
        await runtime.Silent.Task;
        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        Assert.Equal(0, runtime.Running);
    }

    [Fact]
    public async Task A_storm_that_would_not_end_in_its_time_is_not_begun()
    {
        // Three seconds a start: after one and two of them nine are gone, and four more would take twelve.
        var time = new ManualTime();
        var runtime = new HoldingRuntime { Starting = () => time.Advance(TimeSpan.FromSeconds(3)) };
        var result = Assert.Single(await Driver(_plenty).RunAsync(Work(Experiment(["hold", "storm", "n=1,2,4,8", "seconds=16"]), runtime, time), TestContext.Current.CancellationToken));

        Assert.Equal("n=2 start time", Assert.Single(result.Observations, reading => reading.Metric == "limit").Subject);
        Assert.Equal((3, 2, 0), (runtime.Started, runtime.Most, runtime.Running));
    }

    [Fact]
    public async Task A_storm_with_a_start_that_never_comes_ends_at_the_trial_s_timeout_and_keeps_the_steps_before_it()
    {
        var time = new ManualTime();
        var runtime = new HoldingRuntime { HoldsFrom = 7 };
        var running = Driver(_plenty).RunAsync(Work(Experiment(["hold", "storm", "n=1,2,4,8", "seconds=16"]), runtime, time), TestContext.Current.CancellationToken);
        await runtime.Silent.Task;
        time.Advance(TimeSpan.FromHours(1));
        var result = Assert.Single(await running);

        Assert.Equal(Outcome.Ok, result.Outcome);
        Assert.Equal("n=2 timeout", Assert.Single(result.Observations, reading => reading.Metric == "limit").Subject);
        Assert.Equal(["n=1", "n=2"], result.Observations.Where(reading => reading.Metric == "storm_ns").Select(reading => reading.Subject));
        Assert.Equal((7, 4, 0), (runtime.Started, runtime.Most, runtime.Running));
    }

    [Theory]
    [InlineData("storm")]
    [InlineData("grow")]
    [InlineData("disk")]
    public async Task A_cell_whose_first_never_comes_is_a_timeout_with_the_reason(string shape)
    {
        var time = new ManualTime();
        var runtime = new HoldingRuntime { HoldsFrom = 1 };
        var running = Driver(_plenty).RunAsync(Work(Experiment(["hold", shape]), runtime, time), TestContext.Current.CancellationToken);
        await runtime.Silent.Task;
        time.Advance(TimeSpan.FromHours(1));
        var result = Assert.Single(await running);

        Assert.Equal(Outcome.Timeout, result.Outcome);
        Assert.StartsWith("1 of 1 did not start within the ", result.Detail, StringComparison.Ordinal);
        Assert.Empty(result.Observations);
        Assert.Equal((1, 0), (runtime.Started, runtime.Running));
    }

    private static async Task<List<TrialResult>> RunAsync(HoldingRuntime runtime, ImmutableArray<string> command, MachineRoom? room = null)
    {
        using var scenario = new Scenario
        {
            Experiment = Experiment(command),
            Drivers = [Driver(room ?? _plenty)],
        };
        await scenario.RunAsync(runtime);
        return scenario.Results;
    }

    private static FleetDriver Driver(MachineRoom room) => new(_ => new NoProcesses(), Path.GetTempPath(), isQuick: false, _ => room);

    private static DrivenTrials Work(ExperimentDefinition experiment, HoldingRuntime runtime, TimeProvider? time = null) => new()
    {
        Trials = [new PlannedTrial(experiment.Id, new Cell("a:1", "host", "docker", "runc", "", ""), "fleet", 1, 1, false)],
        Experiment = experiment,
        Probe = experiment.Probes[0],
        Runtime = runtime,
        Ready = new Preparation.Ready("sha256:fake"),
        Files = new ProbeFiles(""),
        Options = new RunnerOptions(1, TimeSpan.FromMinutes(1), time ?? TimeProvider.System),
        Message = _ => { },
    };

    private static ExperimentDefinition Experiment(ImmutableArray<string> command)
    {
        var definition = Scenario.Definition(timed: true);
        return definition with
        {
            Matrix = definition.Matrix with { Userlands = ["a:1"], Runtimes = ["runc"] },
            Probes = [new ProbeDefinition("fleet", ProbeKind.Fleet, command, null, "many")],
            Metrics = [.. ExperimentReader.Read(Path.Combine(Analysis.RunBuilder.Repository, "experiments", "footprint")).Metrics],
        };
    }

    /// <summary>A witness of sandboxes that have no processes on this machine.</summary>
    private sealed class NoProcesses : ISandboxWitness
    {
        public Task<ImmutableArray<SandboxPart>> FindAsync(string sandboxId, int firstProcess, CancellationToken cancellation) =>
            Task.FromException<ImmutableArray<SandboxPart>>(new IOException("there are none"));

        public ValueTask<ImmutableArray<int>> ServantsAsync(CancellationToken cancellation) => ValueTask.FromResult<ImmutableArray<int>>([]);

        public Task<ImmutableArray<Observation>> DiskAsync(string sandboxId, int firstProcess, CancellationToken cancellation) => Task.FromResult<ImmutableArray<Observation>>([]);
    }
}
