using System.Runtime.Versioning;
using Harness.Core.Model;

namespace Harness.Host.Processes;

/// <summary>
/// The kernel's clocks, read by the harness itself. A container on the same kernel reads the same clocks,
/// so its own first timestamp lies between these two.
/// </summary>
/// <param name="MonotonicNs">CLOCK_MONOTONIC, ns.</param>
/// <param name="BoottimeNs">CLOCK_BOOTTIME, ns.</param>
internal sealed record HostClock(long MonotonicNs, long BoottimeNs)
{
    private const int RealtimeClock = 0;
    private const int MonotonicClock = 1;
    private const int BoottimeClock = 7;

    /// <summary>Both clocks now; null off Linux.</summary>
    internal static HostClock? Read() => OperatingSystem.IsLinux() ? new HostClock(Read(MonotonicClock), Read(BoottimeClock)) : null;

    /// <summary>CLOCK_MONOTONIC now, ns.</summary>
    [SupportedOSPlatform("linux")]
    internal static long Monotonic() => Read(MonotonicClock);

    /// <summary>What CLOCK_REALTIME is ahead of CLOCK_MONOTONIC now, ns: of a few readings the one between which least time passed. Null off Linux.</summary>
    internal static long? RealtimeOffset()
    {
        if (!OperatingSystem.IsLinux())
            return null;
        var (least, offset) = (long.MaxValue, 0L);
        for (var i = 0; i < 8; i++)
        {
            var (before, real, after) = (Read(MonotonicClock), Read(RealtimeClock), Read(MonotonicClock));
            if (after - before < least)
                (least, offset) = (after - before, real - before - ((after - before) / 2));
        }

        return offset;
    }

    /// <summary>The readings taken before a start and after the end; none where either is missing.</summary>
    internal static ImmutableArray<Observation> Readings(HostClock? before, HostClock? after) =>
        before is null || after is null
            ? []
            :
            [
                Observation.Number("harness_monotonic_before_ns", "", before.MonotonicNs),
                Observation.Number("harness_boottime_before_ns", "", before.BoottimeNs),
                Observation.Number("harness_monotonic_after_ns", "", after.MonotonicNs),
                Observation.Number("harness_boottime_after_ns", "", after.BoottimeNs),
            ];

    [SupportedOSPlatform("linux")]
    private static long Read(int clock) =>
        Native.ClockGetTime(clock, out var time) == 0
            ? (time.Seconds * 1_000_000_000) + time.Nanoseconds
            : throw new InvalidOperationException($"clock {clock} cannot be read");
}
