using Harness.Core.Model;
using Harness.Core.Protocol;
using Harness.Core.Running;

namespace Harness.Tests.Pipeline;

public sealed class RunnerTests
{
    private static readonly FakeRuntime _host = new("", "host");

    [Fact]
    public async Task Every_planned_trial_gets_exactly_one_row()
    {
        using var scenario = new Scenario { Experiment = Scenario.Definition(blocks: 3, repeat: 2) };
        await scenario.RunAsync(_host, new FakeRuntime("docker", "runc"));
        Assert.Equal(scenario.Plan().Trials.Select(trial => trial.Id(Scenario.HostId)).Order(), Rows(scenario).Order());
        Assert.All(scenario.Results, result => Assert.Equal(Outcome.Ok, result.Outcome));
    }

    [Fact]
    public async Task One_start_serves_all_probes_of_a_cell_and_block()
    {
        using var scenario = new Scenario { Experiment = Scenario.Definition(blocks: 2) };
        var runc = new FakeRuntime("docker", "runc");
        await scenario.RunAsync(_host, runc);
        Assert.Equal(2 * 2, runc.Starts);
    }

    [Fact]
    public async Task A_cell_that_is_refused_is_neither_prepared_nor_started_and_its_rows_say_why()
    {
        using var scenario = new Scenario { Refusal = cell => cell.Runtime == "runc" && cell.Userland == "b:2" ? "not here" : null };
        var runc = new FakeRuntime("docker", "runc");

        await scenario.RunAsync(_host, runc);

        Assert.Equal(1, runc.Starts);
        Assert.Equal(scenario.Plan().Trials.Count(), scenario.Results.Count);
        var refused = scenario.Results.Where(result => result.Outcome == Outcome.Unavailable).ToList();
        Assert.Equal(2, refused.Count);
        Assert.All(refused, result => Assert.Equal("not here", result.Detail));
    }

    [Fact]
    public async Task Readings_come_out_as_the_agent_wrote_them()
    {
        using var scenario = new Scenario();
        await scenario.RunAsync(_host, Runc(sandbox => sandbox.Hello()
            .Probe(0, new TextFrame(0, "release", "", RawBytes.FromText("6.1, \"quoted\"\n")), new NumberFrame(0, "btime", "", -5))
            .Probe(1, new OutputFrame(1, 1, RawBytes.FromText("shell_says[x]=hel")), new OutputFrame(1, 1, RawBytes.FromText("lo\nshell_says=\n")))
            .Bye()));
        Assert.Equal(
            [Observation.OfText("release", "", "6.1, \"quoted\"\\n"), Observation.Number("btime", "", -5)],
            scenario.Result("kernel").Observations);
        Assert.Equal(
            [Observation.OfText("shell_says", "x", "hello"), Observation.OfText("shell_says", "", "")],
            scenario.Result("shell").Observations);
        Assert.Equal(3_000, scenario.Result("kernel").DurationNs);
    }

    [Theory]
    [InlineData(EndKind.Exited, 3, Outcome.Failed)]
    [InlineData(EndKind.Signaled, 11, Outcome.Crashed)]
    [InlineData(EndKind.TimedOut, 0, Outcome.Timeout)]
    [InlineData(EndKind.OutputLimit, 0, Outcome.Failed)]
    [InlineData(EndKind.Refused, 8, Outcome.Refused)]
    [InlineData(EndKind.AgentFailed, 12, Outcome.Broken)]
    public async Task How_a_probe_ended_decides_its_outcome(EndKind kind, int code, Outcome outcome)
    {
        using var scenario = new Scenario();
        await scenario.RunAsync(_host, Runc(sandbox => sandbox.Hello().Probe(0).Probe(1, kind, code).Bye()));
        var result = scenario.Result("shell");
        Assert.Equal(outcome, result.Outcome);
        Assert.Equal(kind == EndKind.Exited ? code : null, result.ExitCode);
        Assert.Equal(kind == EndKind.Signaled ? code : null, result.Signal);
        Assert.Equal(Outcome.Ok, scenario.Result("kernel").Outcome);
    }

    [Theory]
    [InlineData("shell_says=1\nnothing like a reading\n", "not a reading")]
    [InlineData("unheard_of=1\n", "does not declare")]
    [InlineData("btime=soon\n", "needs a number")]
    [InlineData("=x\n", "does not declare")]
    [InlineData("treatment_proof=proven: I say so\n", "does not declare")]
    public async Task Script_output_that_is_no_reading_breaks_the_trial(string output, string reason)
    {
        using var scenario = new Scenario();
        await scenario.RunAsync(_host, Runc(sandbox => sandbox.Hello().Probe(0).Probe(1, new OutputFrame(1, 1, RawBytes.FromText(output))).Bye()));
        Assert.Equal(Outcome.Broken, scenario.Result("shell").Outcome);
        Assert.Contains(reason, scenario.Result("shell").Detail, StringComparison.Ordinal);
        Assert.Empty(scenario.Result("shell").Observations);
    }

    [Fact]
    public async Task An_undeclared_metric_of_the_agent_breaks_the_trial()
    {
        using var scenario = new Scenario();
        await scenario.RunAsync(_host, Runc(sandbox => sandbox.Hello().Probe(0, new NumberFrame(0, "unheard_of", "", 1)).Probe(1).Bye()));
        Assert.Equal(Outcome.Broken, scenario.Result("kernel").Outcome);
    }

    [Fact]
    public async Task A_missing_precondition_makes_rows_that_say_why_and_starts_nothing()
    {
        using var scenario = new Scenario();
        var runc = new FakeRuntime("docker", "runc") { OnPrepare = _ => new Preparation.Unavailable("no engine;\ninstall one") };
        await scenario.RunAsync(_host, runc);
        Assert.Equal(0, runc.Starts);
        Assert.Equal(Outcome.Unavailable, scenario.Result("shell").Outcome);
        Assert.Equal("no engine; install one", scenario.Result("shell").Detail);
    }

    [Fact]
    public async Task A_preparation_that_throws_costs_its_cell_not_the_run()
    {
        using var scenario = new Scenario();
        var runc = new FakeRuntime("docker", "runc")
        {
            OnPrepare = cell => cell.Userland == "a:1" ? throw new IOException("no space left\non the device") : new Preparation.Ready("sha256:fake"),
        };
        await scenario.RunAsync(_host, runc);
        Assert.Equal((Outcome.Broken, "the preparation failed: IOException: no space left on the device"), (scenario.Result("kernel").Outcome, scenario.Result("kernel").Detail));
        Assert.Equal(Outcome.Ok, scenario.Result("kernel", userland: "b:2").Outcome);
        Assert.Equal(Outcome.Ok, scenario.Result("kernel", "host").Outcome);
        Assert.Equal(scenario.Plan().Trials.Count(), scenario.Results.Count);
    }

    [Fact]
    public async Task What_a_preparation_says_that_a_user_can_fix_makes_the_cell_unavailable()
    {
        using var scenario = new Scenario();
        await scenario.RunAsync(_host, new FakeRuntime("docker", "runc") { OnPrepare = _ => throw new Core.HarnessException("log in to the registry") });
        Assert.Equal((Outcome.Unavailable, "log in to the registry"), (scenario.Result("kernel").Outcome, scenario.Result("kernel").Detail));
    }

    [Fact]
    public async Task Interrupted_while_it_prepares_a_run_ends_without_rows()
    {
        using var scenario = new Scenario();
        using var interrupt = new CancellationTokenSource();
        var runc = new FakeRuntime("docker", "runc")
        {
            OnPrepare = _ =>
            {
                interrupt.Cancel();
                throw new OperationCanceledException(interrupt.Token);
            },
        };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => scenario.RunAsync(interrupt.Token, _host, runc));
        Assert.Empty(scenario.Results);
    }

    [Fact]
    public async Task A_runtime_that_throws_costs_its_trials_not_the_run()
    {
        using var scenario = new Scenario();
        await scenario.RunAsync(_host, new FakeRuntime("docker", "runc") { OnRun = _ => throw new InvalidOperationException("boom") });
        Assert.Equal(Outcome.Broken, scenario.Result("kernel").Outcome);
        Assert.Contains("boom", scenario.Result("kernel").Detail, StringComparison.Ordinal);
        Assert.Equal(Outcome.Ok, scenario.Result("kernel", "host").Outcome);
    }

    [Fact]
    public async Task A_sandbox_that_the_runtime_refuses_is_refused()
    {
        using var scenario = new Scenario();
        await scenario.RunAsync(_host, new FakeRuntime("docker", "runc") { OnRun = _ => Task.FromResult<SandboxEnd>(new SandboxEnd.Refused("exec format error")) });
        Assert.Equal(Outcome.Refused, scenario.Result("kernel").Outcome);
    }

    [Fact]
    public async Task A_sandbox_past_its_deadline_times_out()
    {
        using var scenario = new Scenario();
        await scenario.RunAsync(_host, new FakeRuntime("docker", "runc") { OnRun = _ => Task.FromResult<SandboxEnd>(new SandboxEnd.DeadlineExceeded()) });
        Assert.Equal(Outcome.Timeout, scenario.Result("kernel").Outcome);
    }

    [Fact]
    public async Task Reaching_the_memory_limit_is_a_crash_of_the_probe_that_ran()
    {
        using var scenario = new Scenario();
        await scenario.RunAsync(_host, new FakeRuntime("docker", "runc")
        {
            OnRun = sandbox =>
            {
                sandbox.Hello().Probe(0);
                return Task.FromResult<SandboxEnd>(new SandboxEnd.Exited(137, OutOfMemory: true));
            },
        });
        Assert.Equal(Outcome.Ok, scenario.Result("kernel").Outcome);
        Assert.Equal(Outcome.Broken, scenario.Result("shell").Outcome);
    }

    [Fact]
    public async Task Timed_sandboxes_run_one_at_a_time_and_others_in_parallel()
    {
        foreach (var timed in new[] { true, false })
        {
            using var scenario = new Scenario { Experiment = Scenario.Definition(timed, blocks: 4) };
            var runc = new FakeRuntime("docker", "runc")
            {
                OnRun = async sandbox =>
                {
                    await Task.Delay(20);
                    return sandbox.AllOk();
                },
            };
            await scenario.RunAsync(_host, runc);
            Assert.Equal(timed, runc.MostAtOnce == 1);
        }
    }

    [Fact]
    public async Task What_a_sandbox_wrote_is_kept_byte_for_byte()
    {
        using var scenario = new Scenario();
        await scenario.RunAsync(_host, new FakeRuntime("docker", "runc"));
        var sandboxes = scenario.Results.Select(result => result.Sandbox).Distinct().ToList();
        Assert.Equal(3, sandboxes.Count);
        Assert.All(sandboxes, sandbox => Assert.StartsWith("HFR1", File.ReadAllText(Path.Combine(scenario.Folder.Raw, sandbox + ".frames")), StringComparison.Ordinal));
    }

    private static FakeRuntime Runc(Func<FakeSandbox, FakeSandbox> script) => new("docker", "runc")
    {
        OnRun = sandbox =>
        {
            script(sandbox);
            return Task.FromResult<SandboxEnd>(new SandboxEnd.Exited(0, false));
        },
    };

    private static IEnumerable<string> Rows(Scenario scenario) =>
        File.ReadLines(scenario.Folder.TrialsCsv).Skip(1).Select(line => line.Split(',')[1]);
}
