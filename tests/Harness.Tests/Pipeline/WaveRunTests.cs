using System.Collections.Immutable;
using Harness.Core.Definitions;
using Harness.Core.Model;
using Harness.Core.Planning;
using Harness.Core.Running;

namespace Harness.Tests.Pipeline;

/// <summary>Runs that prepare a few userlands at a time: what is ready when, and that nothing of the plan is lost by it.</summary>
public sealed class WaveRunTests
{
    private static readonly string[] _userlands = [.. Enumerable.Range(0, 20).Select(number => $"u:{number}")];

    private static readonly UserlandCatalogue _catalogue = new([.. _userlands.Select(id => new UserlandDefinition { Id = id, Images = [id] })]);

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(8)]
    [InlineData(100)]
    public async Task Every_planned_trial_is_run_once_and_no_more_userlands_lie_ready_than_a_wave_and_what_is_timed(int size)
    {
        using var scenario = Wide();
        var ready = new Ready();
        await scenario.RunAsync(Host(), ready.Runtime(), size, ready.ReleaseAsync);

        Assert.Equal(
            scenario.Plan().Trials.Select(trial => trial.Id(Scenario.HostId)).Order(),
            scenario.Results.Select(result => result.Trial.Id(Scenario.HostId)).Order());
        Assert.All(scenario.Results, result => Assert.Equal(Outcome.Ok, result.Outcome));
        Assert.InRange(ready.Most, 1, size + 2);
        Assert.Empty(ready.Now);
        // Once each: nothing is fetched a second time.
        Assert.Equal(_userlands.Order(StringComparer.Ordinal), ready.Released.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Nothing_is_prepared_or_released_while_something_is_timed()
    {
        using var scenario = Wide();
        var ready = new Ready();
        await scenario.RunAsync(Host(), ready.Runtime(), 3, ready.ReleaseAsync);

        var first = ready.Events.FindIndex(word => word == "timed");
        var last = ready.Events.FindLastIndex(word => word == "timed");
        Assert.All(ready.Events[first..(last + 1)], word => Assert.Equal("timed", word));
        Assert.DoesNotContain("prepare", ready.Events[last..]);
    }

    [Fact]
    public async Task An_interrupted_run_prepares_only_what_it_still_needs()
    {
        using var scenario = Wide();
        using var interrupt = new CancellationTokenSource();
        var begun = new Ready { OnRelease = released => Interrupt(released, interrupt) };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => scenario.RunAsync(Host(), begun.Runtime(), 3, begun.ReleaseAsync, interrupt.Token));
        var rows = scenario.Results.Count;
        Assert.InRange(rows, 1, scenario.Plan().Trials.Count() - 1);

        var rest = new Ready();
        await scenario.RunAsync(Host(), rest.Runtime(), 3, rest.ReleaseAsync);
        Assert.Equal(rows, scenario.AlreadyCommitted);
        Assert.Equal(
            scenario.Plan().Trials.Select(trial => trial.Id(Scenario.HostId)).Order(),
            scenario.Results.Select(result => result.Trial.Id(Scenario.HostId)).Order());
        // Those that were done are not fetched again.
        Assert.Empty(rest.Prepared.Intersect(begun.Released));
        Assert.Empty(rest.Now);
    }

    private static void Interrupt(int released, CancellationTokenSource interrupt)
    {
        if (released == 7)
            interrupt.Cancel();
    }

    private static FakeRuntime Host() => new("", "host") { OnPrepare = _ => new Preparation.Ready("") };

    // An experiment over all userlands, a second one over some, and a timed one over two.
    private static Scenario Wide() => new()
    {
        Userlands = _catalogue,
        Experiment = Over("wide", timed: false, 2, _userlands),
        More = [Over("timed", timed: true, 3, "u:4", "u:11"), Over("narrow", timed: false, 1, "u:0", "u:4", "u:19")],
    };

    private static ExperimentDefinition Over(string id, bool timed, int blocks, params string[] userlands) => Scenario.Definition(timed, blocks) with
    {
        Id = id,
        Matrix = new MatrixDefinition([.. userlands], ["host"], ["host", "runc"], [""], []),
    };

    // Which userlands lie ready; asks that a sandbox's own does.
    private sealed class Ready
    {
        private readonly Lock _gate = new();

        public HashSet<string> Now { get; } = [];

        public HashSet<string> Prepared { get; } = [];

        public List<string> Released { get; } = [];

        public List<string> Events { get; } = [];

        public int Most { get; private set; }

        public Action<int> OnRelease { get; init; } = _ => { };

        public FakeRuntime Runtime() => new("docker", "runc")
        {
            OnPrepare = cell =>
            {
                lock (_gate)
                {
                    Events.Add("prepare");
                    Prepared.Add(cell.Userland);
                    Now.Add(cell.Userland);
                    Most = Math.Max(Most, Now.Count);
                }

                return new Preparation.Ready("sha256:" + cell.Userland);
            },
            OnRun = sandbox =>
            {
                lock (_gate)
                {
                    Events.Add(sandbox.Probes == 1 ? "timed" : "run");
                    Assert.Contains(sandbox.Request.Cell.Userland, Now);
                }

                return Task.FromResult(sandbox.AllOk());
            },
        };

        public Task ReleaseAsync(string userland, CancellationToken cancellation)
        {
            if (userland == Cell.HostUserland)
                return Task.CompletedTask;
            lock (_gate)
            {
                Events.Add("release");
                Released.Add(userland);
                Assert.True(Now.Remove(userland), userland);
                OnRelease(Released.Count);
            }

            return Task.CompletedTask;
        }
    }
}
