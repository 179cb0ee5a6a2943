using System.Globalization;
using Harness.Core.Definitions;
using Harness.Core.Model;
using Harness.Core.Planning;
using Harness.Core.Running;
using Harness.Runs;
using Harness.Tests.Analysis;

namespace Harness.Tests.Pipeline;

/// <summary>How long the rest takes, on what the sandboxes of a real run took.</summary>
public sealed class ForecastTests
{
    private static readonly ExperimentsFolder _experiments = ExperimentsFolder.Read(Path.Combine(RunBuilder.Repository, "experiments"));

    [Theory]
    [InlineData(0, 2)]
    [InlineData(0.1, 2)]
    [InlineData(0.25, 2)]
    [InlineData(0.5, 2)]
    [InlineData(0.75, 2)]
    [InlineData(0.9, 2)]
    public void Within_a_factor_of_two_from_the_first_sandbox_on(double share, double factor)
    {
        var recorded = Recorded();
        var all = recorded.Sum(sandbox => sandbox.Took);
        var forecast = new RunForecast(recorded.Select(sandbox => sandbox.Planned), _experiments.Experiments, parallel: 4, quick: true);
        var spent = 0.0;
        foreach (var (planned, took) in recorded)
        {
            if (spent >= share * all)
            {
                break;
            }

            forecast.Ended(planned, TimeSpan.FromSeconds(took));
            spent += took;
        }

        var ratio = forecast.Left().TotalSeconds / (all - spent);
        Assert.InRange(ratio, 1 / factor, factor);
    }

    [Fact]
    public void By_trials_alone_it_would_be_far_off()
    {
        // What the sequence is for: at three quarters of the trials, more than half of the time is still to come, or the other way round.
        var recorded = Recorded();
        var fleets = recorded.Count(sandbox => sandbox.Planned.Experiment == "footprint");
        Assert.True(recorded.Take(fleets).Average(sandbox => sandbox.Took) > 2 * recorded.Skip(fleets).Select(sandbox => sandbox.Took).Order().ElementAt((recorded.Count - fleets) / 2));
    }

    [Fact]
    public void Nothing_is_left_when_all_have_ended()
    {
        var recorded = Recorded();
        var forecast = new RunForecast(recorded.Select(sandbox => sandbox.Planned), _experiments.Experiments, 4, quick: true);
        recorded.ForEach(sandbox => forecast.Ended(sandbox.Planned, TimeSpan.FromSeconds(sandbox.Took)));
        Assert.Equal(TimeSpan.Zero, forecast.Left());
    }

    [Fact]
    public void What_is_at_work_counts_by_what_is_left_of_it()
    {
        var planned = Sandbox("kernel-identity", "debian:12|host|docker/runc||", 1, ["kernel"]);
        var forecast = new RunForecast([planned], _experiments.Experiments, 1, quick: false);
        Assert.True(forecast.Left([(planned, TimeSpan.FromSeconds(0.2))]) < forecast.Left());
        Assert.True(forecast.Left([(planned, TimeSpan.FromHours(1))]) > TimeSpan.Zero);
    }

    [Fact]
    public void Sandboxes_that_share_the_host_take_as_long_as_the_longest_or_their_share()
    {
        var four = Enumerable.Range(1, 4).Select(block => Sandbox("kernel-identity", "debian:12|host|docker/runc||", block, ["kernel"])).ToList();
        var alone = new RunForecast(four, _experiments.Experiments, 1, quick: false).Left();
        Assert.Equal(alone / 4, new RunForecast(four, _experiments.Experiments, 4, quick: false).Left());
        Assert.Equal(alone / 4, new RunForecast(four, _experiments.Experiments, 8, quick: false).Left());
    }

    [Fact]
    public void What_cannot_be_run_is_no_part_of_it()
    {
        var (there, missing) = (Sandbox("kernel-identity", "debian:12|host|docker/runc||", 1, ["kernel"]), Sandbox("kernel-identity", "centos:5|host|docker/runc||", 1, ["kernel"]));
        var forecast = new RunForecast([there, missing], _experiments.Experiments, 1, quick: false);
        forecast.Dropped(missing);
        Assert.Equal(new RunForecast([there], _experiments.Experiments, 1, quick: false).Left(), forecast.Left());
    }

    [Fact]
    public void Preparing_the_userlands_to_come_is_a_part_of_it_at_the_pace_of_those_that_are_there()
    {
        string[] userlands = ["debian:11", "debian:12", "debian:13"];
        var all = userlands.Select(userland => Sandbox("kernel-identity", $"{userland}|host|docker/runc||", 1, ["kernel"])).ToList();
        var forecast = new RunForecast(all, _experiments.Experiments, 1, quick: false);
        var running = forecast.Left();
        forecast.Prepared(["debian:11"], TimeSpan.FromSeconds(30));
        Assert.Equal(running + TimeSpan.FromSeconds(60), forecast.Left());
        // Held still, and not prepared anew.
        forecast.Prepared(["debian:11", "debian:12", "debian:13"], TimeSpan.FromSeconds(15));
        Assert.Equal(running, forecast.Left());
    }

    [Fact]
    public void A_fleets_seconds_are_a_limit_and_no_duration()
    {
        var forecasts = new[] { "host|host|/host||", "busybox:static|host|docker/runc||" }
            .Select(cell => new RunForecast([Sandbox("footprint", cell, 1, ["memory"])], _experiments.Experiments, 1, quick: false).Left()).ToList();
        // 32 plain processes are there at once; containers take their time.
        Assert.True(forecasts[0] < forecasts[1]);
        Assert.True(forecasts[1] < TimeSpan.FromSeconds(14));
    }

    [Theory]
    [InlineData(0, "about 1 s")]
    [InlineData(9.2, "about 10 s")]
    [InlineData(41, "about 50 s")]
    [InlineData(90, "about 90 s")]
    [InlineData(91, "about 2 min")]
    [InlineData(20 * 60, "about 20 min")]
    [InlineData(100 * 60, "about 1 h 40 min")]
    [InlineData(120 * 60, "about 2 h")]
    public void Said_no_finer_than_it_is_known(double seconds, string said) => Assert.Equal(said, RemainingTime.InWords(TimeSpan.FromSeconds(seconds)));

    private static List<(PlannedSandbox Planned, double Took)> Recorded() =>
    [
        .. File.ReadLines(Path.Combine(RunBuilder.Repository, "tests", "Harness.Tests", "Pipeline", "recorded-run.csv")).Skip(1)
            .Select(line => line.Split(','))
            .Select(row => (
                Sandbox(row[0], row[1], int.Parse(row[2], CultureInfo.InvariantCulture), row[3].Split(' ')), double.Parse(row[4], CultureInfo.InvariantCulture))),
    ];

    private static PlannedSandbox Sandbox(string experiment, string name, int block, string[] probes)
    {
        var definition = _experiments.Find(experiment);
        var cell = Cell.Parse(name);
        return new PlannedSandbox(
            experiment, cell, block, Warmup: false, definition.Timed || definition.Probes.First(probe => probe.Id == probes[0]).IsDriven,
            [.. probes.Select(probe => new PlannedTrial(experiment, cell, probe, block, 1, Warmup: false))]);
    }
}
