using System.Globalization;
using Harness.Core.Model;

namespace Harness.Runtimes.Footprint;

/// <summary>Sandboxes that hold, more at every step, until the plan's last number or the budget: memory and density.</summary>
internal static class GrowthShape
{
    // Until what a start has left over is freed: buffers of the engine, pages on their way back.
    private static readonly TimeSpan Settling = TimeSpan.FromMilliseconds(500);

    internal static async Task<FleetEnding> RunAsync(FleetTrial trial, FleetPlan plan, CancellationToken cancellation)
    {
        var readings = ImmutableArray.CreateBuilder<Observation>();
        readings.Add(MachineMeter.SamePageMerging());
        readings.Add(Observation.Number("budget_bytes", "memory", trial.Room().MemoryBytes - trial.Budget.Floor.MemoryBytes));
        await using var fleet = trial.NewFleet();
        readings.AddRange(await MemoryLook.ReadAsync(trial.Witness, fleet.Members, cancellation));
        var cost = trial.Ceiling;
        Refusal? refusal = null;
        foreach (var n in plan.Steps)
        {
            var before = trial.Room();
            var held = fleet.Members.Count;
            var began = TimeProvider.System.GetTimestamp();
            if ((refusal = trial.Check(n - held, cost)) is not null)
                break;
            var failures = await fleet.StartAsync(n - held, Environment.ProcessorCount, cancellation);
            if (failures.Length > 0)
            {
                refusal = new Refusal("failure", failures[0]);
                break;
            }

            var each = TimeProvider.System.GetElapsedTime(began) / (n - held);
            await Task.Delay(Settling, cancellation);
            readings.AddRange(FleetTrial.Starts("", fleet.Members.Skip(held), held));
            readings.AddRange(await MemoryLook.ReadAsync(trial.Witness, fleet.Members, cancellation));
            cost = Measured(trial.Ceiling, before, trial.Room(), n - held, each);
        }

        if (fleet.Members.Count == 0)
            return FleetEnding.Nothing(refusal!);
        readings.Add(FleetTrial.Limit(fleet.Members.Count, refusal ?? new Refusal("plan", "the plan's last number")));
        return new FleetEnding(readings.ToImmutable());
    }

    /// <summary>What the next may take: twice what these took, and no more than their limits allow.</summary>
    internal static SandboxCost Measured(SandboxCost ceiling, MachineRoom before, MachineRoom after, int count, TimeSpan each) => new(
        Math.Clamp(2 * (before.MemoryBytes - after.MemoryBytes) / count, Math.Min(1 << 20, ceiling.MemoryBytes), ceiling.MemoryBytes),
        (int)Math.Clamp(2 * (before.Processes - after.Processes) / count, 1, ceiling.Processes),
        ceiling.DiskBytes,
        each);
}
