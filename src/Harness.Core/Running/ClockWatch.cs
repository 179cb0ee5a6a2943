using System.Globalization;

namespace Harness.Core.Running;

/// <summary>
/// Whether the system's clock was set while a run was at work, or the host slept: what the clock says has passed is held against the monotonic clock.
/// Durations come from the monotonic one, so that only the times of day of rows are wrong then.
/// </summary>
/// <param name="time">Both clocks.</param>
public sealed class ClockWatch(TimeProvider time)
{
    // A clock that is slewed, by 500 parts in a million at most, is seconds off after hours only.
    private static readonly TimeSpan _least = TimeSpan.FromSeconds(5);

    private readonly DateTimeOffset _begun = time.GetUtcNow();
    private readonly long _stamp = time.GetTimestamp();

    /// <summary>A sentence where the clocks went apart since this was made, by five seconds at least; else none.</summary>
    public ImmutableArray<string> Remarks
    {
        get
        {
            var step = time.GetUtcNow() - _begun - time.GetElapsedTime(_stamp);
            return step.Duration() < _least
                ? []
                : [string.Create(
                    CultureInfo.InvariantCulture,
                    $"The system clock went {step.Duration().TotalSeconds:0} s {(step > TimeSpan.Zero ? "forward" : "back")} while the run was at work: it was set, or the host slept. Times of day (started_at_utc) are off by that; durations are not affected, they come from the monotonic clock.")];
        }
    }
}
