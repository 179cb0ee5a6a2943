using Harness.Instruments.Footprint;

namespace Harness.Tests.Footprint;

/// <summary>What a fleet may take of a machine.</summary>
public sealed class BudgetTests
{
    private static readonly MachineRoom _room = new(1000, 400, 4000);
    private static readonly FleetBudget _budget = FleetBudget.Of(_room, TimeSpan.FromSeconds(10));
    private static readonly SandboxCost _small = new(10, 1, 1, TimeSpan.FromSeconds(0.1));

    [Fact]
    public void Half_of_the_memory_and_three_quarters_of_the_rest_stay_free()
    {
        Assert.Null(_budget.Check(50, _small, _room, TimeSpan.Zero));
        Assert.Equal("memory", _budget.Check(51, _small, _room, TimeSpan.Zero)?.Resource);
        Assert.Null(_budget.Check(10, _small with { Processes = 10 }, _room, TimeSpan.Zero));
        Assert.Equal("pids", _budget.Check(10, _small with { Processes = 11 }, _room, TimeSpan.Zero)?.Resource);
        Assert.Equal("disk", _budget.Check(10, _small with { DiskBytes = 101 }, _room, TimeSpan.Zero)?.Resource);
    }

    [Fact]
    public void What_others_take_meanwhile_counts_too() =>
        Assert.Equal("memory", _budget.Check(20, _small, _room with { MemoryBytes = 600 }, TimeSpan.Zero)?.Resource);

    [Fact]
    public void The_time_for_starting_is_limited()
    {
        Assert.Null(_budget.Check(10, _small, _room, TimeSpan.FromSeconds(9)));
        Assert.Equal("start time", _budget.Check(11, _small, _room, TimeSpan.FromSeconds(9))?.Resource);
    }

    [Fact]
    public void The_next_may_take_twice_what_the_last_took_but_not_more_than_their_limits_allow()
    {
        var ceiling = new SandboxCost(100L << 20, 64, 16, TimeSpan.Zero);
        var before = new MachineRoom(1L << 30, 1000, 1000);

        var measured = GrowthShape.Measured(ceiling, before, new MachineRoom((1L << 30) - (40L << 20), 960, 1000), 4, TimeSpan.FromSeconds(1));
        Assert.Equal(new SandboxCost(20L << 20, 20, 16, TimeSpan.FromSeconds(1)), measured);
        Assert.Equal(100L << 20, GrowthShape.Measured(ceiling, before, new MachineRoom(0, 960, 1000), 4, TimeSpan.Zero).MemoryBytes);
        // Somebody else gave memory back: that makes no sandbox free of cost.
        Assert.Equal(1L << 20, GrowthShape.Measured(ceiling, before, new MachineRoom(2L << 30, 960, 1000), 4, TimeSpan.Zero).MemoryBytes);
    }

    [Theory]
    [InlineData("hold", "one of grow, storm, disk")]
    [InlineData("hold grow n=1,1", "no word 'n=1,1'")]
    [InlineData("hold grow n=4,2", "no word 'n=4,2'")]
    [InlineData("hold grow fast", "no word 'fast'")]
    public void A_command_that_is_not_understood_says_why(string command, string reason)
    {
        Assert.Null(FleetPlan.Parse([.. command.Split(' ')], out var told));
        Assert.Contains(reason, told, StringComparison.Ordinal);
    }

    [Fact]
    public void A_quick_fleet_has_at_most_four()
    {
        var plan = FleetPlan.Parse(["hold", "storm", "n=1,2,4,8", "seconds=10"], out _)!.Quick();

        Assert.Equal("storm", plan.Shape);
        Assert.Equal([1, 2, 4], plan.Steps);
        Assert.Equal(TimeSpan.FromSeconds(6), plan.Time);
    }
}
