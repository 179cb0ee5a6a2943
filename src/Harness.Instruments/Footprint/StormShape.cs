using System.Globalization;
using Harness.Core.Model;
using Harness.Host.Facts;

namespace Harness.Instruments.Footprint;

/// <summary>So many starts at once, then all of them ended; more at every step. Who kept the processors busy meanwhile is read too.</summary>
internal static class StormShape
{
    internal static async Task<FleetEnding> RunAsync(FleetTrial trial, FleetPlan plan, CancellationToken cancellation)
    {
        var readings = ImmutableArray.CreateBuilder<Observation>();
        var cost = trial.Ceiling;
        var done = 0;
        Refusal? refusal = null;
        foreach (var n in plan.Steps)
        {
            if ((refusal = trial.Check(n, cost)) is not null)
                break;
            await using var fleet = trial.NewFleet();
            var began = trial.Time.GetTimestamp();
            var start = await StormAsync(trial, fleet, n, readings, cancellation);
            if ((refusal = fleet.Members.Count == 0 ? start.Refusal : start.Overdue) is not null)
                break;
            await fleet.DisposeAsync();
            cost = cost with { Start = trial.Time.GetElapsedTime(began) / n };
            done = n;
        }

        if (done == 0)
            return FleetEnding.Nothing(refusal!);
        readings.Add(FleetTrial.Limit(done, refusal ?? new Refusal("plan", "the plan's last number")));
        return new FleetEnding(readings.ToImmutable());
    }

    // A storm that was cut off has no readings: how long it would have taken is not known.
    private static async Task<FleetStart> StormAsync(
        FleetTrial trial, Fleet fleet, int n, ImmutableArray<Observation>.Builder readings, CancellationToken cancellation)
    {
        var subject = string.Create(CultureInfo.InvariantCulture, $"n={n}");
        var servants = ImmutableArray<int>.Empty;
        try
        {
            servants = await trial.Witness.ServantsAsync(cancellation);
        }
        catch (IOException e)
        {
            readings.Add(Observation.OfText("unavailable", "engine_cpu_ns", e.Message));
        }

        var (machine, own, engine) = (ProcessorTimes.Read(), Environment.CpuUsage.TotalTime, MachineMeter.CpuNs(servants));
        var began = trial.Time.GetTimestamp();
        var start = await trial.StartAsync(fleet, n, n, cancellation);
        var took = trial.Time.GetElapsedTime(began);
        if (start.Overdue is not null)
            return start;
        var (machineAfter, ownAfter, engineAfter) = (ProcessorTimes.Read(), Environment.CpuUsage.TotalTime, MachineMeter.CpuNs(servants));
        readings.Add(Observation.Number("storm_ns", subject, (decimal)took.TotalNanoseconds));
        readings.Add(Observation.Number("storm_failures", subject, start.Failures.Length));
        readings.AddRange(start.Failures.Distinct().Select(reason => Observation.OfText("storm_failure", subject, reason)));
        readings.AddRange(FleetTrial.Starts(subject + " ", fleet.Members));
        readings.Add(Observation.Number("harness_cpu_ns", subject, (decimal)(ownAfter - own).TotalNanoseconds));
        if (!servants.IsEmpty)
            readings.Add(Observation.Number("engine_cpu_ns", subject, engineAfter - engine));
        if (machine is not null && machineAfter is not null)
        {
            const long Tick = 1_000_000_000 / ProcessorTimes.TicksPerSecond;
            readings.Add(Observation.Number("machine_busy_ns", subject, (machineAfter.BusyTicks - machine.BusyTicks) * Tick));
            readings.Add(Observation.Number("machine_cpu_ns", subject, (machineAfter.TotalTicks - machine.TotalTicks) * Tick));
        }

        try
        {
            var parts = await Task.WhenAll(fleet.Members.Select(member => trial.Witness.FindAsync(member.Id, member.FirstProcess, cancellation)));
            readings.Add(Observation.Number("sandbox_cpu_ns", subject, MachineMeter.CpuNs(parts.SelectMany(sandbox => sandbox).Select(part => part.Id))));
        }
        catch (IOException e)
        {
            readings.Add(Observation.OfText("unavailable", "sandbox_cpu_ns", e.Message));
        }

        return start;
    }
}
