using System.Runtime.Versioning;
using Harness.Engines.Connecting;
using Harness.Engines.Contract;
using Harness.Engines.PrivateEngine;
using Harness.Host.Processes;
using Harness.Runtimes;
using Harness.Runtimes.Cleaning;

namespace Harness.IntegrationTests.Runtimes;

[Collection(OneEngineAtATime.Name)]
[SupportedOSPlatform("linux")]
public sealed class LeftoversTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Cleaning_takes_what_dead_runs_left_and_nothing_of_a_living_one()
    {
        await EngineMachine.NeedAsync("dockerd", "busybox");
        using var machine = new EngineMachine();
        await using var set = await RuntimeSet.CreateAsync(machine.Options("living"), Cancellation);
        await set.ResolveAsync("busybox:static", Cancellation);
        using var connection = await EngineConnection.OpenAsync(PrivateDaemon.EndpointOf(machine.Paths), TimeSpan.FromSeconds(5), Cancellation);
        await Create(connection, "living", Owner.Current());
        await Create(connection, "dead", Owner.Current() with { StartTime = 1 });
        var stale = Directory.CreateDirectory(Path.Combine(machine.Paths.Temporary, "4194305-stale")).FullName;
        var used = Directory.CreateDirectory(Path.Combine(machine.Paths.Temporary, $"{Environment.ProcessId}-used")).FullName;
        var pulled = Directory.CreateDirectory(Path.Combine(machine.Paths.Pulls, "4194305-1")).FullName;
        var pulling = Directory.CreateDirectory(Path.Combine(machine.Paths.Pulls, $"{Environment.ProcessId}-1")).FullName;

        var removed = await Leftovers.CleanAsync(machine.Paths, "unix://" + machine.Paths.Socket, everything: false, Cancellation);

        Assert.Equal(["container dead", $"the engine that images were pulled into, {pulled}", $"temporary folder {stale}"], removed);
        Assert.True(Directory.Exists(used) && Directory.Exists(pulling));
        Assert.Equal("living", Assert.Single(await connection.Engine.ListAsync(label: null, Cancellation)).Name);
    }

    [Fact]
    public async Task A_run_ends_without_what_a_killed_process_left_of_it_and_leaves_another_living_run_of_its_id_alone()
    {
        await EngineMachine.NeedAsync("dockerd", "busybox");
        using var machine = new EngineMachine();
        // Goes on when the run is over.
        await using var daemon = await PrivateDaemon.JoinAsync(machine.Paths, new Progress<string>(), Cancellation);
        using var connection = await EngineConnection.OpenAsync(PrivateDaemon.EndpointOf(machine.Paths), TimeSpan.FromSeconds(5), Cancellation);
        await using (var set = await RuntimeSet.CreateAsync(machine.Options("part-1"), Cancellation))
        {
            await set.ResolveAsync("busybox:static", Cancellation);
            await Create(connection, "own", Owner.Current(), "part-1");
            await Create(connection, "killed", Owner.Current() with { StartTime = 1 }, "part-1");
            await Create(connection, "other", Owner.Current() with { Pid = 1, StartTime = ProcessTable.Find(1)!.StartTime }, "part-1");
        }

        Assert.Equal("other", Assert.Single(await connection.Engine.ListAsync(label: null, Cancellation)).Name);
    }

    [Fact]
    public async Task A_clean_machine_has_nothing_to_clean()
    {
        await EngineMachine.NeedAsync("dockerd");
        using var machine = new EngineMachine();
        await using (await PrivateDaemon.JoinAsync(machine.Paths, new Progress<string>(), Cancellation))
        {
        }

        Assert.False(await PrivateDaemon.StopUnusedAsync(machine.Paths, Cancellation));
        Assert.Empty(machine.Remains());
    }

    private static async Task Create(EngineConnection connection, string name, Owner owner, string? run = null) => await connection.Engine.CreateAsync(
        new ContainerRequest
        {
            Name = name,
            Image = "harness/busybox:static",
            Command = ["/bin/true"],
            Labels = [(EngineContainers.RunLabel, run ?? name), (EngineContainers.OwnerLabel, owner.Text)],
        },
        Cancellation);
}
