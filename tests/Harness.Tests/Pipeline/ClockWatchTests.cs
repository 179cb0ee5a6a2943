using Harness.Core.Running;

namespace Harness.Tests.Pipeline;

public sealed class ClockWatchTests
{
    [Theory]
    [InlineData(0, "")]
    // Slewed by a time server for hours.
    [InlineData(4, "")]
    [InlineData(3600, "The system clock went 3600 s forward while the run was at work")]
    [InlineData(-3600, "The system clock went 3600 s back while the run was at work")]
    public void A_clock_that_was_set_is_remarked_and_one_that_only_went_on_is_not(int step, string remark)
    {
        var time = new SteppedTime();
        var watch = new ClockWatch(time);
        time.Pass(TimeSpan.FromHours(2));
        time.Set(TimeSpan.FromSeconds(step));
        Assert.StartsWith(remark, string.Join('\n', watch.Remarks), StringComparison.Ordinal);
        Assert.Equal(remark.Length > 0, watch.Remarks.Length > 0);
    }

    private sealed class SteppedTime : TimeProvider
    {
        private TimeSpan _passed;
        private TimeSpan _step;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _passed.Ticks;

        public override DateTimeOffset GetUtcNow() => new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero) + _passed + _step;

        public void Pass(TimeSpan time) => _passed += time;

        public void Set(TimeSpan step) => _step += step;
    }
}
