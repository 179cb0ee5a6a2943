using Harness.Analysis;
using Harness.Core.Model;
using Harness.Reporting;

namespace Harness.Tests.Analysis;

public sealed class UnreachableTests
{
    private const string Docker = "the registry docker.io cannot be reached (dial tcp: no such host)";
    private const string Quay = "the registry quay.io cannot be reached (i/o timeout (5 s))";

    [Theory]
    [InlineData($"no image of centos:6; {Docker}", "centos:6", "docker.io")]
    [InlineData($"no image of fedora:44; {Docker}; {Quay}", "fedora:44", "docker.io quay.io")]
    [InlineData("no image of centos:6", null, null)]
    [InlineData($"no image of centos:6; {Docker}; docker.io/library/centos:6: manifest unknown", null, null)]
    [InlineData($"mmdebstrap failed; {Docker}", null, null)]
    public void A_row_that_lacks_nothing_but_a_registry_is_told_from_one_that_failed(string detail, string? userland, string? hosts)
    {
        var image = MissingImage.Parse(detail);
        Assert.Equal(userland, image?.Userland);
        Assert.Equal(hosts, image is null ? null : string.Join(' ', image.Registries.Select(registry => registry.Host)));
    }

    [Fact]
    public void A_reason_with_a_semicolon_of_a_registrys_own_is_read_as_a_failure_and_not_as_another_registry() =>
        Assert.Null(MissingImage.Parse($"{MissingImage.Of("a:1")}; {MissingImage.Unreachable("docker.io", "x); the registry y is fine")}"));

    [Fact]
    public void The_first_line_says_apart_what_needs_a_registry_and_what_failed()
    {
        var coverage = new Coverage(
            10, 4, [(Outcome.Ok, 4), (Outcome.Unavailable, 5), (Outcome.Broken, 1)],
            [new CoverageGap("unavailable", "41 userlands need a registry", 4, []) { NotReachable = true }, new CoverageGap("unavailable", "no runtime", 1, [])]);
        Assert.Equal(
            "Measured 4 of 10 planned trials (40 %): 4 ok, 1 unavailable, 1 broken; 4 need a registry that cannot be reached from here.",
            Harness.Reporting.Model.CoverageText.Sentence(coverage));
    }
}
