using Harness.Core.Definitions;
using Harness.Core.Model;
using Harness.Core.Running;
using Harness.Instruments;

namespace Harness.Tests.Pipeline;

/// <summary>BenchmarkDotNet as the second instrument, on runtimes that start nothing.</summary>
public sealed class BenchmarkDriverTests
{
    [Fact]
    public async Task Every_planned_trial_is_one_iteration_and_one_more_warms_up()
    {
        using var scenario = new Scenario { Experiment = Experiment(blocks: 3), Drivers = [new BenchmarkDriver()] };
        var runc = new FakeRuntime("docker", "runc");
        await scenario.RunAsync(new FakeRuntime("", "host"), runc);

        Assert.Equal(4, runc.Starts);
        Assert.Equal(1, runc.MostAtOnce);
        Assert.Equal([1, 2, 3], scenario.Results.Select(result => result.Trial.Block));
        Assert.All(scenario.Results, result => Assert.Equal(Outcome.Ok, result.Outcome));
        Assert.Equal(3, scenario.Results.Select(result => result.Sandbox).Distinct().Count());
        Assert.All(scenario.Results, result => Assert.True(Assert.Single(result.Observations, reading => reading.Metric == "wall_ns").Value > 0));
    }

    [Fact]
    public async Task What_is_measured_ends_with_the_first_frame_and_the_sandbox_is_waited_for_outside_it()
    {
        var end = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var runtime = new FakeRuntime("docker", "runc")
        {
            OnRun = async sandbox =>
            {
                sandbox.Hello().Probe(0).Bye();
                await end.Task;
                return new SandboxEnd.Exited(0, false);
            },
        };
        using var session = new StartSession(Work(runtime, blocks: 1), warmup: 0, TestContext.Current.CancellationToken);

        session.Prepare();
        await session.StartAsync();
        Assert.False(end.Task.IsCompleted);
        end.SetResult();
        session.Finish();

        var result = Assert.Single(session.Results([5_000.4], "none"));
        Assert.Equal(Outcome.Ok, result.Outcome);
        Assert.Equal([Observation.Number("wall_ns", "", 5_000)], result.Observations);
    }

    [Fact]
    public void An_iteration_that_was_not_measured_is_broken_with_what_the_library_said()
    {
        using var session = new StartSession(Work(new FakeRuntime("docker", "runc"), blocks: 2), warmup: 1, TestContext.Current.CancellationToken);

        Assert.All(
            session.Results([], "it has no iterations"),
            result => Assert.Equal((Outcome.Broken, "BenchmarkDotNet did not measure this iteration: it has no iterations"), (result.Outcome, result.Detail)));
    }

    [Fact]
    public async Task A_start_without_a_word_is_a_row_with_its_reason_and_has_no_time()
    {
        using var scenario = new Scenario { Experiment = Experiment(blocks: 2), Drivers = [new BenchmarkDriver()] };
        var runc = new FakeRuntime("docker", "runc") { OnRun = _ => Task.FromResult<SandboxEnd>(new SandboxEnd.Failed("the engine went away")) };
        await scenario.RunAsync(new FakeRuntime("", "host"), runc);

        Assert.Equal(2, scenario.Results.Count);
        Assert.All(scenario.Results, result => Assert.Equal((Outcome.Broken, "the engine went away"), (result.Outcome, result.Detail)));
        Assert.All(scenario.Results, result => Assert.Empty(result.Observations));
    }

    [Fact]
    public async Task A_cancelled_run_throws_and_leaves_no_sandbox_running()
    {
        using var stop = new CancellationTokenSource();
        var running = 0;
        var runtime = new Hanging(stop, () => Interlocked.Increment(ref running), () => Interlocked.Decrement(ref running));
        var work = Work(runtime, blocks: 3);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => new BenchmarkDriver().RunAsync(work, stop.Token));
        Assert.Equal(0, running);
    }

    private static DrivenTrials Work(IRuntime runtime, int blocks)
    {
        var experiment = Experiment(blocks);
        return new DrivenTrials
        {
            Trials = [.. Enumerable.Range(1, blocks).Select(block => new PlannedTrial("sample", new Cell("a:1", "host", "docker", "runc", "", ""), "wall", block, 1, false))],
            Experiment = experiment,
            Probe = experiment.Probes[0],
            Runtime = runtime,
            Ready = new Preparation.Ready(""),
            Files = new ProbeFiles("/"),
            Options = new RunnerOptions(1, null, TimeProvider.System),
            Message = _ => { },
        };
    }

    private static ExperimentDefinition Experiment(int blocks) => Scenario.Definition(timed: true, blocks: blocks) with
    {
        Matrix = new MatrixDefinition(["a:1"], ["host"], ["runc"], [""], []),
        Probes = [new ProbeDefinition("wall", ProbeKind.Benchmark, ["start"], null, "measures from outside")],
        Metrics = [new MetricDefinition("wall_ns", MetricType.Number, "ns", "time"), ExperimentReader.Unavailable],
    };

    private sealed class Hanging(CancellationTokenSource stop, Action begins, Action ends) : IRuntime
    {
        public string Engine => "docker";

        public string Runtime => "runc";

        public Task<Preparation> PrepareAsync(Cell cell, IProgress<string> messages, CancellationToken cancellation) => Task.FromResult<Preparation>(new Preparation.Ready(""));

        public async Task<SandboxEnd> RunAsync(SandboxRequest request, IChannelSink channel, CancellationToken cancellation)
        {
            begins();
            try
            {
                await stop.CancelAsync();
                await Task.Delay(Timeout.Infinite, cancellation);
                return new SandboxEnd.Exited(0, false);
            }
            finally
            {
                ends();
            }
        }
    }
}
