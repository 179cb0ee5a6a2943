using Harness.Core.Journaling;
using Harness.Core.Running;

namespace Harness.Tests.Pipeline;

/// <summary>What the runner says of images: which rows are a stand-in's, and when an image is not needed any more.</summary>
public sealed class ImageUseTests
{
    private static readonly FakeRuntime _host = new("", "host") { OnPrepare = _ => new Preparation.Ready("") };

    [Fact]
    public async Task Rows_of_a_stand_in_carry_it_and_no_others_do()
    {
        using var scenario = new Scenario { IsStandIn = userland => userland is "b:2" or "host" };
        await scenario.RunAsync(_host, new FakeRuntime("docker", "runc"));

        Assert.All(scenario.Results, result => Assert.Equal(
            (result.Trial.Cell.Runtime, result.Trial.Cell.Userland) switch
            {
                // No image: nothing that could stand in for another.
                ("host", _) => "",
                (_, "b:2") => "synthetic:sha256:fake",
                _ => "sha256:fake",
            },
            result.ImageDigest));
        Assert.Contains(",synthetic:sha256:fake,", File.ReadAllText(scenario.Folder.TrialsCsv), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_userland_is_released_once_after_its_last_trial(bool timed)
    {
        using var scenario = new Scenario { Experiment = Scenario.Definition(timed, blocks: 3) };
        await scenario.RunAsync(_host, new FakeRuntime("docker", "runc"));

        Assert.Equal(["a:1", "b:2"], scenario.Released.Select(released => released.Userland).Where(userland => userland != "host").Order(StringComparer.Ordinal));
        Assert.All(scenario.Released, released => Assert.Equal(scenario.Results.Count(result => result.Trial.Cell.Userland == released.Userland), released.Rows));
        if (timed)
            Assert.Equal(JournalRepair.CommittedTrials(scenario.Folder).Count, scenario.Results.Count);
    }
}
