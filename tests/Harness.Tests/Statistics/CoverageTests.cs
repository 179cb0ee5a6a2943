using Harness.Benchmarks.Coverage;
using Harness.Core.Definitions;
using Harness.Tests.Analysis;

namespace Harness.Tests.Statistics;

/// <summary>Intervals hold what they state where the truth is known: few draws by a fixed seed. The benchmarks' command coverage draws many.</summary>
public sealed class CoverageTests
{
    private const int Draws = 150;

    // Of 150 draws 95 % or more: with a true coverage of 99 % that fails once in ten thousand seeds, with one of 90 % it holds once in forty.
    private const double Enough = 0.95;

    private static readonly ExperimentsFolder _experiments = ExperimentsFolder.Read(Path.Combine(RunBuilder.Repository, "experiments"));
    private static readonly ErrorModel _errors = ErrorModel.All.Single(errors => errors.Name == "5 % between trials");

    [Fact]
    public void Footprint_s_intervals_cover_what_they_state_and_those_of_all_steps_pooled_do_not()
    {
        var rows = FootprintCoverage.Run(_experiments, _errors, Draws, seed: 5).ToDictionary(row => row.What);
        Assert.All(rows.Values.Where(row => row.Kind == CoverageKind.Interval), row => Assert.True(row.Cases == Draws && row.Measured >= Enough, row.ToString()));
        Assert.All(rows.Values.Where(row => row.Kind == CoverageKind.FalseAlarm), row => Assert.True(row.Cases == Draws && row.Measured <= 0.04, row.ToString()));
        Assert.InRange(rows["before: least squares over all steps"].Measured!.Value, 0, 0.85);
    }

    [Fact]
    public void Startup_s_and_the_statistics_intervals_cover_what_they_state()
    {
        var rows = StartupCoverage.Run(_experiments, _errors, Draws, seed: 5).ToList();
        Assert.All(rows.Where(row => row.Kind == CoverageKind.Interval), row => Assert.True(row.Cases == Draws && row.Measured >= row.Stated - 0.04, row.ToString()));
        Assert.All(rows.Where(row => row.Kind == CoverageKind.FalseAlarm), row => Assert.True(row.Cases == Draws && row.Measured <= row.Stated + 0.04, row.ToString()));
    }

    [Fact]
    public void A_shipped_design_has_as_many_blocks_as_its_interval_takes()
    {
        foreach (var experiment in (string[])["startup", "footprint"])
            Assert.InRange(_experiments.Find(experiment).Blocks, Harness.Analysis.Statistics.OrderStatistics.Least(0.99), 1000);
    }

    [Fact]
    public void A_percentile_is_printed_from_its_least_number_of_values_on() =>
        Assert.Equal([false, true, true, false, true, true], PercentileCoverage.Run(20, seed: 5).Select(row => row.Below is not null));
}
