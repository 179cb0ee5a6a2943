using System.Collections.Immutable;
using Harness.Engines.Connecting;
using Harness.Engines.Contract;
using Harness.Host.Processes;
using Harness.Tests.Supply;

namespace Harness.Tests.Runtimes;

/// <summary>Which containers a run removes at its end.</summary>
public sealed class EngineContainersTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_run_leaves_those_of_another_living_run_of_the_same_id_alone()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs /proc");
        var here = Owner.Current();
        var other = here with { Pid = 1, StartTime = ProcessTable.Find(1)!.StartTime };
        using var engine = new MemoryEngine();
        engine.Containers.AddRange([Of("own", "part-1", here), Of("others", "part-1", other), Of("killed", "part-1", here with { StartTime = 1 }), Of("another", "part-2", here)]);

        await EngineContainers.RemoveOfRunAsync(engine.Connection, "part-1", Cancellation);
        Assert.Equal(["others", "another"], engine.Containers.Select(container => container.Name));

        // What the guard is told.
        engine.Containers.Add(Of("own", "part-1", here));
        await EngineContainers.RemoveAsync(engine.Connection, EngineContainers.Own, Cancellation);
        Assert.Equal(["others"], engine.Containers.Select(container => container.Name));
    }

    private static ContainerSummary Of(string name, string run, Owner owner) => new(
        name, name, IsRunning: true, ImmutableSortedDictionary<string, string>.Empty.Add(EngineContainers.RunLabel, run).Add(EngineContainers.OwnerLabel, owner.Text));
}
