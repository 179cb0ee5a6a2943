using System.Collections.Immutable;
using Harness.Host.Facts;

namespace Harness.Tests.Runtimes;

/// <summary>What /proc says of a machine that is quiet and of one that is not.</summary>
public sealed class MachineConditionsTests
{
    private static readonly ImmutableSortedDictionary<string, long> _none = ImmutableSortedDictionary<string, long>.Empty;

    [Fact]
    public void The_processors_line_is_read_without_counting_guests_twice()
    {
        var times = ProcessorTimes.Parse("cpu  100 20 30 400 50 6 7 8 90 9")!;
        Assert.Equal((100 + 20 + 30 + 6 + 7, 8, 100 + 20 + 30 + 400 + 50 + 6 + 7 + 8), (times.BusyTicks, times.StealTicks, times.TotalTicks));
        Assert.Null(ProcessorTimes.Parse("intr 1 2 3 4 5 6 7 8 9"));
    }

    [Fact]
    public void What_this_process_used_itself_is_not_foreign()
    {
        var (before, after) = (new ProcessorTimes(100, 0, 1_000), new ProcessorTimes(110, 0, 1_020));
        Assert.Equal(0.5m, MachineConditions.Foreign(before, after, TimeSpan.Zero));
        Assert.Equal(0.25m, MachineConditions.Foreign(before, after, TimeSpan.FromMilliseconds(50)));
        Assert.Equal(0m, MachineConditions.Foreign(before, after, TimeSpan.FromSeconds(5)));
        Assert.Null(MachineConditions.Foreign(before, before, TimeSpan.Zero));
    }

    [Theory]
    [InlineData("some avg10=0.00 avg60=0.12 avg300=0.00 total=123456\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=99\n", 123456L)]
    [InlineData("full avg10=0.00 avg60=0.00 avg300=0.00 total=99\n", null)]
    [InlineData("", null)]
    public void Pressure_is_the_total_of_the_line_some(string text, long? total) => Assert.Equal(total, MachineConditions.Pressure(text));

    [Fact]
    public void A_busy_machine_and_one_that_is_taken_from_are_said_to_disturb()
    {
        var quiet = new MachineConditions.Reading(0.03m, 0.1m, new ProcessorTimes(0, 0, 0), _none, TimeProvider.System).Compare(new ProcessorTimes(50, 1, 100), _none, TimeSpan.Zero);
        var busy = new MachineConditions.Reading(0.43m, 2m, new ProcessorTimes(0, 0, 0), _none, TimeProvider.System).Compare(new ProcessorTimes(50, 30, 100), _none, TimeSpan.Zero);

        Assert.DoesNotContain(quiet, reading => reading.Metric == "disturbance");
        Assert.Equal(
            ["other processes used 43 % of the processors right before", "the hypervisor took 30 % of the processors' time"],
            busy.Where(reading => reading.Metric == "disturbance").Select(reading => reading.Text));
        Assert.Equal(300_000_000m, busy.Single(reading => reading.Metric == "steal_ns").Value);
    }

    [Fact]
    public void What_the_kernel_does_not_offer_is_missing_and_never_zero()
    {
        Assert.Empty(new MachineConditions.Reading(null, null, null, _none, TimeProvider.System).Compare(null, _none, TimeSpan.FromSeconds(1)));
        var begun = new MachineConditions.Reading(null, null, null, _none.Add("cpu", 5), TimeProvider.System).Compare(null, _none, TimeSpan.FromSeconds(1));
        Assert.Equal(["watched_ns"], begun.Select(reading => reading.Metric));
    }

    [Fact]
    public void Waiting_during_the_trial_is_read_with_the_time_that_it_is_a_share_of()
    {
        var begun = new MachineConditions.Reading(null, null, null, _none.Add("cpu", 1_000).Add("io", 0), TimeProvider.System);

        var readings = begun.Compare(null, _none.Add("cpu", 501_000).Add("io", 20), TimeSpan.FromSeconds(2)).ToDictionary(reading => reading.Metric, reading => reading.Value);

        Assert.Equal(0.25m, readings["psi_cpu_ns"] / readings["watched_ns"]);
        Assert.Equal(20_000m, readings["psi_io_ns"]);
    }
}
