namespace Harness.IntegrationTests.Cli;

/// <summary>All userlands of the catalogue, by stand-ins from a registry: real fetching, running and reporting, and rows that are taken for nothing else.</summary>
public sealed class StandInTests
{
    [Fact]
    public async Task The_whole_catalogue_runs_from_a_registry_and_every_row_of_it_is_synthetic()
    {
        Machine.Require();
        using var repository = new Repository();
        using var standIns = await StandInCatalogue.StartAsync(repository);
        var run = await repository.HarnessAsync(
            "run", "distro-matrix", "kernel-identity", "userland-identity", "--tier", "full", "--repeat", "1", "--run-id", "r",
            "--runtime", "host", "--runtime", "runc", "--kernel", "host", "--mirror", standIns.Mirror);

        Assert.True(run.ExitCode == 0, run.ToString());
        var trials = Rows.Trials(repository.Run("r"));
        var inImages = trials.Where(row => row["runtime"] == "runc").ToList();
        var userlands = standIns.Catalogue.Userlands.Where(userland => userland.Tier != Core.Definitions.UserlandTier.Named).Select(userland => userland.Id);
        Assert.Equal(userlands.Order(StringComparer.Ordinal), inImages.Select(row => row["userland"]).Distinct().Order(StringComparer.Ordinal));
        Assert.DoesNotContain(inImages, row => row["outcome"] is "unavailable" or "broken");
        Assert.All(inImages, row => Assert.StartsWith("synthetic:sha256:", row["image_digest"], StringComparison.Ordinal));
        Assert.All(trials.Where(row => row["runtime"] == "host"), row => Assert.Equal("", row["image_digest"]));
        var verdicts = Rows.Verdicts(repository.Run("r"));
        Assert.NotEmpty(verdicts);
        Assert.All(verdicts.Where(row => row["trials"] != "0"), row => Assert.Equal("synthetic", row["basis"]));
        Assert.DoesNotContain(verdicts, row => row["verdict"] is "supported" or "refuted");
        Assert.Equal(0, (await repository.HarnessAsync("verify", "r")).ExitCode);
        Assert.Equal(0, (await repository.HarnessAsync("report", "r")).ExitCode);
        Assert.Matches("images to pull from 127\\.0\\.0\\.1:[0-9]+: [0-9.]+ MB compressed, about [0-9.]+ MB unpacked\n", run.Error);
        Assert.Matches("pulling: ([0-9]+) of \\1 images, ", run.Error);
    }
}
