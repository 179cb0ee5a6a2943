using System.Globalization;

namespace Harness.IntegrationTests.Cli;

/// <summary>Registries that limit pulls or die in the middle of a catalogue: rows that wait, and a resumed run that measures them.</summary>
public sealed class RegistryLimitTests
{
    [Fact]
    public async Task A_limit_after_twenty_pulls_costs_the_other_userlands_until_the_run_is_resumed()
    {
        Machine.Require();
        using var repository = new Repository();
        var chosen = Chosen(repository, 30);
        using var standIns = await StandInCatalogue.StartAsync(repository, userland => chosen.Contains(userland.Id));
        var until = DateTimeOffset.UtcNow.AddHours(2);
        using var limited = new LimitedRegistry(standIns.Registry.Port, 20, until.ToString("R", CultureInfo.InvariantCulture));
        var mirror = $"images={limited.Host}/{StandInCatalogue.Prefix}";
        var run = await repository.HarnessAsync([.. Arguments("r", chosen), "--mirror", mirror]);

        Assert.True(run.ExitCode == 0, run.ToString());
        Assert.Contains($"{limited.Host} allows 20 pulls in 6 h, 20 of them left (counted for 127.0.0.1, not logged in): 10 of 30 images will have to wait", run.Error, StringComparison.Ordinal);
        var outcomes = Outcomes(repository);
        Assert.Equal(20, outcomes.Count(row => row.Outcome == "ok"));
        var waiting = outcomes.Where(row => row.Outcome != "ok").ToList();
        Assert.Equal(10, waiting.Count);
        Assert.All(waiting, row => Assert.Equal("unavailable", row.Outcome));
        Assert.All(waiting, row => Assert.Matches("^limit until ([0-9-]{10} )?[0-9]{2}:[0-9]{2} UTC at the registry 127", row.Detail));
        // Found out by those that were under way, and then left alone.
        Assert.InRange(limited.Refused, 1, 3);

        // Still limited: the same rows, and nothing is lost.
        var soon = await repository.HarnessAsync("run", "--resume", "--mirror", mirror);
        Assert.True(soon.ExitCode == 0, soon.ToString());
        Assert.Equal(10, Outcomes(repository).Count(row => row.Detail.StartsWith("limit until ", StringComparison.Ordinal)));

        limited.Lift();
        var resumed = await repository.HarnessAsync("run", "--resume", "--mirror", mirror);
        Assert.True(resumed.ExitCode == 0, resumed.ToString());
        Assert.Equal(30, Outcomes(repository).Count(row => row.Outcome == "ok"));
        // Those ten alone: by tag for their sizes, which may be asked now, and by digest.
        Assert.Equal(2 * 10, limited.Served);
        Assert.Equal(0, (await repository.HarnessAsync("verify", "r")).ExitCode);
        // Nothing is left to resume.
        Assert.Contains("no unfinished run", (await repository.HarnessAsync("run", "--resume")).Error, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(repository.Cache, "harness", "pulled")));
    }

    [Fact]
    public async Task A_registry_that_dies_in_the_middle_costs_its_own_userlands_until_the_run_is_resumed()
    {
        Machine.Require();
        using var repository = new Repository();
        var chosen = Chosen(repository, 12);
        using var standIns = await StandInCatalogue.StartAsync(repository, userland => chosen.Contains(userland.Id));
        // Not at the first word, in which all are asked for their sizes: when the layers of one of them are fetched.
        using var relay = new Relay(standIns.Registry.Port, $"/v2/{standIns.Images.Name(chosen[6]).Repository}/blobs/");
        var run = await repository.HarnessAsync([.. Arguments("r", chosen), "--mirror", $"images={relay.Host}/{StandInCatalogue.Prefix}"]);

        Assert.True(run.ExitCode == 0, run.ToString());
        Assert.True(relay.IsCut);
        var outcomes = Outcomes(repository);
        Assert.Equal(12, outcomes.Count);
        var lost = outcomes.Where(row => row.Outcome != "ok").ToList();
        Assert.NotEmpty(lost);
        Assert.All(lost, row => Assert.Equal("unavailable", row.Outcome));
        Assert.All(lost, row => Assert.Contains(relay.Host, row.Detail, StringComparison.Ordinal));
        var resumed = await repository.HarnessAsync("run", "--resume", "--run-id", "r", "--mirror", standIns.Mirror);
        Assert.True(resumed.ExitCode == 0, resumed.ToString());
        Assert.All(Outcomes(repository), row => Assert.Equal("ok", row.Outcome));
        Assert.Equal(0, (await repository.HarnessAsync("verify", "r")).ExitCode);
    }

    // Without recipes: what can be made from packages does not wait for a registry.
    private static List<string> Chosen(Repository repository, int number) =>
    [
        .. Core.Definitions.UserlandCatalogue.Read(Path.Combine(repository.Root, "experiments", "userlands.yaml")).Userlands
            .Where(userland => userland.Bootstrap is null).DistinctBy(userland => userland.Distribution).Concat(
                Core.Definitions.UserlandCatalogue.Read(Path.Combine(repository.Root, "experiments", "userlands.yaml")).Userlands.Where(userland => userland.Bootstrap is null))
            .Select(userland => userland.Id).Distinct().Take(number),
    ];

    private static string[] Arguments(string id, IEnumerable<string> userlands) =>
        ["run", "kernel-identity", "--repeat", "1", "--run-id", id, "--runtime", "runc", "--kernel", "host", .. userlands.SelectMany(userland => new[] { "--userland", userland })];

    private static List<(string Outcome, string Detail)> Outcomes(Repository repository) =>
    [
        .. Rows.Trials(repository.Run("r")).Where(row => row["runtime"] == "runc").GroupBy(row => row["userland"])
            .Select(group => group.Select(row => (row["outcome"], row["detail"])).Distinct().First()),
    ];
}
