using System.Collections.Immutable;
using Harness.Analysis;
using Harness.Core;
using Harness.Core.Model;

namespace Harness.Tests.Supply;

public sealed class CoverageGatesTests
{
    private static readonly Cell _debian = new("debian:12", "host", "docker", "runc", "", "");
    private static readonly Cell _centos = new("centos:6", "host", "docker", "runc", "", "");

    private static readonly Coverage _coverage = new(
        6, 4, [(Outcome.Ok, 4), (Outcome.Unavailable, 2)], [new CoverageGap("unavailable", "no image of centos:6", 2, [_centos.Name])]);

    [Fact]
    public void A_required_cell_that_was_not_measured_is_named_with_the_reason()
    {
        Assert.Empty(new CoverageGates(["debian:*|host|*"], null).Failures(_coverage));
        Assert.Equal(
            "--require 'centos:*' does not hold: centos:6|host|docker/runc|| not measured (unavailable: no image of centos:6)",
            Assert.Single(new CoverageGates(["centos:*", "debian:*"], null).Failures(_coverage)));
    }

    [Theory]
    [InlineData("66.6", true)]
    [InlineData("66.7", false)]
    [InlineData("0", true)]
    [InlineData("100", false)]
    public void Coverage_is_compared_without_rounding(string least, bool holds) =>
        Assert.Equal(holds, new CoverageGates([], decimal.Parse(least)).Failures(_coverage).IsEmpty);

    [Fact]
    public void Too_little_coverage_says_how_much_there_was_and_what_is_missing() => Assert.Equal(
        "--min-coverage 90 does not hold: 4 of 6 trials measured (66 %) (unavailable: no image of centos:6)",
        Assert.Single(new CoverageGates([], 90).Failures(_coverage)));

    [Fact]
    public void A_glob_that_matches_nothing_planned_is_a_mistake_before_the_run()
    {
        new CoverageGates(["debian*"], null).Check([_debian, _centos]);
        Assert.Contains("--require 'alpine*'", Assert.Throws<HarnessException>(() => new CoverageGates(["alpine*"], null).Check([_debian])).Message, StringComparison.Ordinal);
    }
}
