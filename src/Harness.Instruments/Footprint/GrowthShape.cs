using System.Globalization;
using Harness.Core.Model;

namespace Harness.Instruments.Footprint;

/// <summary>Sandboxes that hold, more at every step, until the plan's last number or the budget: memory and density.</summary>
internal static class GrowthShape
{
    // Until what a start has left over is freed: buffers of the engine, pages on their way back.
    private static readonly TimeSpan Settling = TimeSpan.FromMilliseconds(500);

    internal static async Task<FleetEnding> RunAsync(FleetTrial trial, FleetPlan plan, CancellationToken cancellation)
    {
        var readings = ImmutableArray.CreateBuilder<Observation>();
        readings.Add(MachineMeter.SamePageMerging());
        var (room, floor) = (trial.Room(), trial.Budget.Floor);
        readings.Add(Observation.Number("budget_bytes", "memory", room.MemoryBytes - floor.MemoryBytes));
        readings.Add(Observation.Number("budget_bytes", "disk", room.DiskBytes - floor.DiskBytes));
        readings.Add(Observation.Number("budget_processes", "", room.Processes - floor.Processes));
        await using var fleet = trial.NewFleet();
        readings.AddRange(await MemoryLook.ReadAsync(trial.Witness, fleet.Members, cancellation));
        var cost = trial.Ceiling;
        Refusal? refusal = null;
        var next = 0;
        foreach (var n in plan.Steps)
        {
            next = n;
            var before = trial.Room();
            var held = fleet.Members.Count;
            var began = trial.Time.GetTimestamp();
            if ((refusal = trial.Check(n - held, cost)) is not null)
                break;
            if ((refusal = (await trial.StartAsync(fleet, n - held, Environment.ProcessorCount, cancellation)).Refusal) is not null)
                break;
            var each = trial.Time.GetElapsedTime(began) / (n - held);
            await Task.Delay(Settling, cancellation);
            readings.AddRange(FleetTrial.Starts("", fleet.Members.Skip(held), held));
            readings.AddRange(await MemoryLook.ReadAsync(trial.Witness, fleet.Members, cancellation));
            cost = Measured(trial.Ceiling, before, trial.Room(), n - held, each);
        }

        var reached = fleet.Members.Count(member => member.IsHolding);
        if (reached == 0)
            return FleetEnding.Nothing(refusal!);
        readings.Add(FleetTrial.Limit(reached, refusal ?? new Refusal("plan", "the plan's last number")));
        if (refusal is not null)
            readings.Add(Observation.Number("limit_next", refusal.Resource, next));
        return new FleetEnding(readings.ToImmutable());
    }

    /// <summary>What the next may take: twice what these took, and no more than their limits allow.</summary>
    internal static SandboxCost Measured(SandboxCost ceiling, MachineRoom before, MachineRoom after, int count, TimeSpan each) => new(
        Math.Clamp(2 * (before.MemoryBytes - after.MemoryBytes) / count, Math.Min(1 << 20, ceiling.MemoryBytes), ceiling.MemoryBytes),
        (int)Math.Clamp(2 * (before.Processes - after.Processes) / count, 1, ceiling.Processes),
        ceiling.DiskBytes,
        each);
}
