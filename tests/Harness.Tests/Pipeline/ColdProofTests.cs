using System.Collections.Concurrent;
using Harness.Core.Definitions;
using Harness.Core.Model;
using Harness.Core.Running;

namespace Harness.Tests.Pipeline;

/// <summary>Sandboxes that prove a treatment: several at a time, but one alone where caches are to be cold.</summary>
public sealed class ColdProofTests
{
    [Fact]
    public async Task A_proof_of_cold_caches_runs_alone()
    {
        var all = 0;
        var beside = new ConcurrentBag<(bool Cold, int Running)>();
        using var scenario = new Scenario
        {
            Experiment = Scenario.Definition(timed: true) with { Matrix = new MatrixDefinition(["a:1", "b:2"], ["host"], ["runc"], ["", "net=bridge", "seccomp=unconfined", Cell.ColdCaches, $"{Cell.ColdCaches};net=bridge"], []) },
        };
        var runtime = new FakeRuntime("docker", "runc")
        {
            OnPrepare = _ => new Preparation.Ready("sha256:fake") { ShowsTreatment = true },
            OnRun = async sandbox =>
            {
                Interlocked.Increment(ref all);
                await Task.Delay(50);
                beside.Add((sandbox.Request.Cell.IsCold, Volatile.Read(ref all)));
                Interlocked.Decrement(ref all);
                return sandbox.AllOk();
            },
        };

        await scenario.RunAsync(runtime);

        // A proof and a trial of each probe for every cell.
        Assert.Equal(4 * 3, beside.Count(start => start.Cold));
        Assert.All(beside.Where(start => start.Cold), start => Assert.Equal(1, start.Running));
        Assert.True(runtime.MostAtOnce > 1, "nothing was proven side by side");
    }
}
