using System.Globalization;
using Harness.Core.Model;
using Harness.Core.Running;

namespace Harness.Host.Facts;

/// <summary>
/// How quiet the machine is around a timed trial, from /proc. Before the trial nothing of the harness's own is at work, so what
/// the processors do in a short pause is others' work. Source: proc(5), Documentation/accounting/psi.rst.
/// </summary>
public sealed class MachineConditions(TimeProvider time) : IMachineConditions
{
    /// <summary>The share of all processors' time from which others' work disturbs. An idle machine with an engine shows below 0.05.</summary>
    internal const decimal ForeignLimit = 0.2m;

    /// <summary>The share of all processors' time from which a hypervisor's taking disturbs.</summary>
    internal const decimal StealLimit = 0.05m;

    // Twenty ticks of accounting on two processors: enough to tell a busy processor from an idle one.
    private static readonly TimeSpan _look = TimeSpan.FromMilliseconds(100);
    private const int Looks = 20;

    /// <inheritdoc/>
    public async Task<IConditionsReading> BeginAsync(CancellationToken cancellation)
    {
        decimal? foreign = null;
        for (var look = 0; look < Looks && OperatingSystem.IsLinux(); look++)
        {
            foreign = await ForeignAsync(cancellation);
            if (foreign is null or < ForeignLimit)
            {
                break;
            }
        }

        return new Reading(foreign, Load(), ProcessorTimes.Read(), Pressures(), time);
    }

    private async Task<decimal?> ForeignAsync(CancellationToken cancellation)
    {
        var (before, own) = (ProcessorTimes.Read(), Environment.CpuUsage.TotalTime);
        await Task.Delay(_look, time, cancellation);
        var (after, ownAfter) = (ProcessorTimes.Read(), Environment.CpuUsage.TotalTime);
        return before is null || after is null ? null : Foreign(before, after, ownAfter - own);
    }

    /// <summary>The share of all processors' time between two looks that others than this process used; null where no time passed.</summary>
    internal static decimal? Foreign(ProcessorTimes before, ProcessorTimes after, TimeSpan own)
    {
        var total = after.TotalTicks - before.TotalTicks;
        var ownTicks = (decimal)own.TotalSeconds * ProcessorTimes.TicksPerSecond;
        return total <= 0 ? null : decimal.Round(Math.Clamp((after.BusyTicks - before.BusyTicks - ownTicks) / total, 0, 1), 4);
    }

    private static decimal? Load() =>
        Text("/proc/loadavg") is { } text && decimal.TryParse(text.Split(' ')[0], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var load) ? load : null;

    private static ImmutableSortedDictionary<string, long> Pressures()
    {
        var result = ImmutableSortedDictionary.CreateBuilder<string, long>(StringComparer.Ordinal);
        foreach (var resource in (string[])["cpu", "io", "memory"])
        {
            if (Text($"/proc/pressure/{resource}") is { } text && Pressure(text) is { } total)
            {
                result[resource] = total;
            }
        }

        return result.ToImmutable();
    }

    /// <summary>The total of the line <c>some</c>, in µs; null where there is none.</summary>
    internal static long? Pressure(string text)
    {
        var line = text.Split('\n').FirstOrDefault(line => line.StartsWith("some ", StringComparison.Ordinal));
        var at = line?.IndexOf("total=", StringComparison.Ordinal) ?? -1;
        return at >= 0 && long.TryParse(line.AsSpan(at + "total=".Length), NumberStyles.None, CultureInfo.InvariantCulture, out var total) ? total : null;
    }

    private static string? Text(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;   // the kernel does not offer it; then the reading is missing
        }
    }

    /// <summary>What was read at the beginning.</summary>
    internal sealed class Reading(decimal? foreign, decimal? load, ProcessorTimes? times, ImmutableSortedDictionary<string, long> pressures, TimeProvider clock) : IConditionsReading
    {
        // Last of what is read at the beginning, as it is the first at the end: shares of it must not exceed 1 by the readings' own time.
        private readonly long _begun = clock.GetTimestamp();

        public ImmutableArray<Observation> End()
        {
            var elapsed = clock.GetElapsedTime(_begun);
            return Compare(ProcessorTimes.Read(), Pressures(), elapsed);
        }

        /// <summary>The readings, given what was read at the end.</summary>
        internal ImmutableArray<Observation> Compare(ProcessorTimes? after, ImmutableSortedDictionary<string, long> pressuresAfter, TimeSpan elapsed)
        {
            var result = ImmutableArray.CreateBuilder<Observation>();
            Add("load_1m", load);
            Add("foreign_cpu", foreign);
            decimal? stolen = null;
            if (times is not null && after is not null)
            {
                var ticks = after.StealTicks - times.StealTicks;
                Add("steal_ns", ticks * (1_000_000_000 / ProcessorTimes.TicksPerSecond));
                stolen = after.TotalTicks > times.TotalTicks ? (decimal)ticks / (after.TotalTicks - times.TotalTicks) : null;
            }

            // What the waiting is a share of: the trial with all that the harness does around it, not the probe's own time.
            if (!pressures.IsEmpty)
            {
                Add("watched_ns", (decimal)elapsed.Ticks * TimeSpan.NanosecondsPerTick);
            }

            foreach (var (resource, total) in pressures)
            {
                Add($"psi_{resource}_ns", pressuresAfter.TryGetValue(resource, out var end) ? (end - total) * 1000m : null);
            }

            if (foreign >= ForeignLimit)
            {
                result.Add(Observation.OfText("disturbance", "foreign_cpu", $"other processes used {Percent(foreign.Value)} of the processors right before"));
            }

            if (stolen >= StealLimit)
            {
                result.Add(Observation.OfText("disturbance", "steal", $"the hypervisor took {Percent(stolen.Value)} of the processors' time"));
            }

            return result.ToImmutable();

            void Add(string metric, decimal? value)
            {
                if (value is { } number)
                {
                    result.Add(Observation.Number(metric, "", number));
                }
            }
        }

        private static string Percent(decimal share) => string.Create(CultureInfo.InvariantCulture, $"{share * 100:0} %");
    }
}
