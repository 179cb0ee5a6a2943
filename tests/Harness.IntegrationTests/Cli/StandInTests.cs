using Harness.Benchmarks.StandIns;
using Harness.Core.Running;

namespace Harness.IntegrationTests.Cli;

/// <summary>All userlands of the catalogue, by stand-ins from a registry: real fetching, running and reporting, and rows that are taken for nothing else.</summary>
public sealed class StandInTests
{
    private static readonly string[] _ofUserlands = ["kernel-identity", "userland-identity"];

    // Two experiments that share images, one of which needs all, and a timed one, which keeps its images: that is what the waves are about.
    [Fact]
    public async Task The_full_tier_runs_with_few_images_at_once_leaves_none_and_every_row_is_synthetic()
    {
        Machine.Require();
        using var repository = new Repository();
        using var standIns = await StandInCatalogue.StartAsync(repository);
        await using var images = ImageWatch.Begin(repository.Cache);
        var run = await repository.HarnessAsync(
            ["run", .. _ofUserlands, "startup", "--tier", "full", "--quick", "--repeat", "1", "--run-id", "r", "--runtime", "runc", "--kernel", "host", "--mirror", standIns.Mirror]);

        Assert.True(run.ExitCode == 0, run.ToString());
        await images.EndedAsync();
        TestContext.Current.TestOutputHelper?.WriteLine($"{images.Pulled} images were pulled, {images.Most} of them lay there at once");
        var trials = Rows.Trials(repository.Run("r"));
        var inImages = trials.Where(row => row["engine"] == "docker" && _ofUserlands.Contains(row["experiment"])).ToList();
        var userlands = standIns.Catalogue.Userlands.Where(userland => userland.Tier != Core.Definitions.UserlandTier.Named).Select(userland => userland.Id);
        Assert.Equal(userlands.Order(StringComparer.Ordinal), inImages.Select(row => row["userland"]).Distinct().Order(StringComparer.Ordinal));
        Assert.DoesNotContain(inImages, row => row["outcome"] is "unavailable" or "broken");
        Assert.All(trials.Where(row => row["engine"] == "docker"), row => Assert.StartsWith("synthetic:sha256:", row["image_digest"], StringComparison.Ordinal));
        Assert.All(trials.Where(row => row["runtime"] == "host"), row => Assert.Equal("", row["image_digest"]));
        Assert.Contains(trials, row => row["experiment"] == "startup" && row["engine"] == "docker" && row["outcome"] == "ok");

        var verdicts = Rows.Verdicts(repository.Run("r")).Where(row => _ofUserlands.Contains(row["experiment"])).ToList();
        Assert.NotEmpty(verdicts);
        Assert.All(verdicts.Where(row => row["trials"] != "0"), row => Assert.Equal("synthetic", row["basis"]));
        Assert.DoesNotContain(verdicts, row => row["verdict"] is "supported" or "refuted");
        Assert.Equal(0, (await repository.HarnessAsync("verify", "r")).ExitCode);
        Assert.Equal(0, (await repository.HarnessAsync("report", "r")).ExitCode);
        Assert.Matches("images to pull from 127\\.0\\.0\\.1:[0-9]+: [0-9.]+ MB compressed, about [0-9.]+ MB on the disk at once\n", run.Error);
        Assert.Matches("pulling: ([0-9]+) of \\1 images, ", run.Error);

        // Each once, however many experiments need it; a wave, and the two that are timed, at most.
        Assert.Equal(trials.Where(row => row["engine"] == "docker").Select(row => row["userland"]).Distinct().Count(), images.Pulled);
        Assert.InRange(images.Most, 1, Waves.DefaultSize + 2);
        Assert.Equal(images.Pulled, images.Removed);
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(repository.Cache, "harness", "pulled")));
    }
}
