using System.Globalization;

namespace Harness.IntegrationTests.Cli;

/// <summary>What a pull costs, with a real registry on loopback and a real engine.</summary>
public sealed class PullTests
{
    [Fact]
    public async Task Pulls_from_a_copy_are_measured_after_every_start_and_nothing_of_them_is_left()
    {
        Machine.Require();
        using var registry = await LoopbackRegistry.StartAsync();
        using var repository = new Repository();
        await CopyAsync(repository, registry);
        // The engine has the image, made from packages: the copy is of this very one.
        var run = await repository.HarnessAsync([.. Startup("r"), "--mirror", $"images={registry.Host}/h"]);

        Assert.True(run.ExitCode == 0, run.ToString());
        var trials = Rows.Trials(repository.Run("r"));
        var pulls = trials.Where(row => row["probe"] == "pull").ToList();
        Assert.Equal(["2", "3", "4"], pulls.Select(row => row["block"]));
        Assert.All(pulls, row => Assert.Equal(("ok", "false"), (row["outcome"], row["warmup"])));
        Assert.Equal(pulls, trials[^3..]);
        var readings = Rows.Observations(repository.Run("r")).Where(row => row["metric"].StartsWith("pull_", StringComparison.Ordinal)).ToLookup(row => row["metric"]);
        Assert.Equal(3, readings["pull_ns"].Count());
        Assert.All(readings["pull_ns"], row => Assert.True(Number(row) > 0));
        var (bytes, layers) = registry.Layers("h/busybox", "static");
        Assert.All(readings["pull_bytes"], row => Assert.Equal(bytes, Number(row)));
        Assert.All(readings["pull_layers"], row => Assert.Equal(layers, Number(row)));
        // Fetched whole each time, although the run's engine has it.
        Assert.Equal(["0", "0", "0"], readings["pull_layers_present"].Select(row => row["value"]));
        Assert.All(readings["pull_source"], row => Assert.StartsWith($"{registry.Host}/h/busybox@sha256:", row["text"], StringComparison.Ordinal));
        Assert.Contains("starting a private Docker daemon", run.Error, StringComparison.Ordinal);
        // A pull on a machine that was not quiet is a row, and no number to quote.
        var disturbed = Rows.Observations(repository.Run("r")).Where(row => row["metric"] == "disturbance").Select(row => row["trial_id"]).ToHashSet(StringComparer.Ordinal);
        var summary = Rows.Verdicts(repository.Run("r")).Single(row => row["scope"].Length == 0)["summary"];
        Assert.Equal(pulls.Any(row => !disturbed.Contains(row["trial_id"])), summary.Contains($"from {registry.Host}/h/busybox: ", StringComparison.Ordinal));
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(repository.Cache, "harness", "pull")));
        Assert.Empty(repository.Remains());
    }

    [Fact]
    public async Task A_registry_that_is_cut_off_costs_the_pulls_and_later_runs_still_have_the_image()
    {
        Machine.Require();
        using var registry = await LoopbackRegistry.StartAsync();
        using var repository = new Repository();
        await CopyAsync(repository, registry);
        // The manifest is read; the first layer is asked for, and the registry is gone.
        using var relay = new Relay(registry.Port, "/v2/h/busybox/blobs/");
        var run = await repository.HarnessAsync([.. Startup("r"), "--mirror", $"images={relay.Host}/h"]);

        Assert.True(run.ExitCode == 0, run.ToString());
        Assert.True(relay.IsCut);
        var outcomes = Rows.Trials(repository.Run("r")).ToLookup(row => row["probe"] == "pull");
        Assert.All(outcomes[true], row => Assert.Contains(row["outcome"], (string[])["unavailable", "failed"]));
        Assert.All(outcomes[true], row => Assert.Contains(relay.Host, row["detail"], StringComparison.Ordinal));
        Assert.All(outcomes[false], row => Assert.Equal("ok", row["outcome"]));
        var later = await repository.HarnessAsync([.. Startup("later"), "--pull", "never"]);
        Assert.True(later.ExitCode == 0, later.ToString());
        Assert.All(Rows.Trials(repository.Run("later")), row => Assert.Equal(row["probe"] == "pull" ? ("unavailable", "--pull never: no registry is asked") : ("ok", ""), (row["outcome"], row["detail"])));
        Assert.Empty(repository.Remains());
    }

    [Fact]
    public async Task Without_a_registry_no_second_engine_is_started_and_the_rows_name_the_remedy()
    {
        Machine.Require();
        using var repository = new Repository();
        var run = await repository.HarnessAsync(Startup("r"));

        Assert.True(run.ExitCode == 0, run.ToString());
        var pulls = Rows.Trials(repository.Run("r")).Where(row => row["probe"] == "pull").ToList();
        Assert.Equal(3, pulls.Count);
        Assert.All(pulls, row => Assert.Equal("unavailable", row["outcome"]));
        Assert.All(pulls, row => Assert.Contains("busybox:static came from no registry: copy it to one", row["detail"], StringComparison.Ordinal));
        Assert.False(Directory.Exists(Path.Combine(repository.Cache, "harness", "pull")));
        Assert.DoesNotContain("Pulling the image", Rows.Verdicts(repository.Run("r")).Single(row => row["scope"].Length == 0)["summary"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_engine_of_a_run_that_is_killed_while_it_pulls_is_gone_soon_after()
    {
        Machine.Require();
        using var registry = await LoopbackRegistry.StartAsync();
        using var repository = new Repository();
        await CopyAsync(repository, registry);
        using var harness = repository.Watch([.. Startup("r"), "--mirror", $"images={registry.Host}/h"]);
        var pulls = Path.Combine(repository.Cache, "harness", "pull");
        await harness.UntilAsync(() => repository.Remains().Any(line => line.Contains(pulls + "/", StringComparison.Ordinal)), "it pulled");
        await harness.KillAsync();
        await repository.GoneAsync(pulls);
    }

    private static string[] Startup(string id) => ["run", "startup", "--quick", "--run-id", id, "--filter", "busybox:static|host|docker/runc||"];

    private static decimal Number(Dictionary<string, string> row) => decimal.Parse(row["value"], CultureInfo.InvariantCulture);

    // The engine's image, made from packages, is what the registry then has.
    private static async Task CopyAsync(Repository repository, LoopbackRegistry registry)
    {
        await SucceedAsync(repository, "images", "lock", "busybox:static");
        await SucceedAsync(repository, "images", "mirror", "--to", $"{registry.Host}/h");
    }

    private static async Task SucceedAsync(Repository repository, params string[] arguments)
    {
        var answer = await repository.HarnessAsync(arguments);
        Assert.True(answer.ExitCode == 0, answer.ToString());
    }
}
