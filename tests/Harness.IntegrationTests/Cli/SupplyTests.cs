using System.Text.Json;

namespace Harness.IntegrationTests.Cli;

public sealed class SupplyTests
{
    [Fact]
    public async Task A_lock_repeats_a_run_with_the_same_images_while_the_registry_is_gone_and_never_with_others()
    {
        Machine.Require();
        using var registry = await LoopbackRegistry.StartAsync();
        using var repository = new Repository();
        await MirrorBusyboxAsync(repository, registry);
        Catalogue(repository, ("mine:1", $"{registry.Host}/h/busybox:static"));
        // As on a machine that never saw the images: they come from the registry alone.
        ForgetImages(repository);
        var locked = await repository.HarnessAsync("images", "lock", "mine:1", "--catalog", "mine.yaml", "--lock", "mine.lock.json");
        Assert.True(locked.ExitCode == 0, locked.ToString());
        Assert.EndsWith("mine.lock.json: 1 of 1 userlands locked\n", locked.Output, StringComparison.Ordinal);
        var entry = Entry(Path.Combine(repository.Root, "mine.lock.json"));
        Assert.Equal("registry", entry.GetProperty("provenance").GetProperty("kind").GetString());
        Assert.NotEqual(entry.GetProperty("image_id").GetString(), entry.GetProperty("digest").GetString());

        var first = await RunAsync(repository, "one", "mine.lock.json");
        Assert.True(first.ExitCode == 0, first.ToString());
        registry.Stop();
        var again = await RunAsync(repository, "two", "one");
        Assert.True(again.ExitCode == 0, again.ToString());
        Assert.Equal(Verdicts(repository, "one"), Verdicts(repository, "two"));
        Assert.All(Rows.Trials(repository.Run("two")).Where(row => row["runtime"] == "runc"), row => Assert.Equal(entry.GetProperty("digest").GetString(), row["image_digest"]));
        Assert.Equal(File.ReadAllText(Path.Combine(repository.Run("one"), "userlands.lock.json")), File.ReadAllText(Path.Combine(repository.Run("two"), "userlands.lock.json")));

        // Another image under the same name must not step in, and what the lock does not name is not there.
        var other = File.ReadAllText(Path.Combine(repository.Root, "mine.lock.json"))
            .Replace(entry.GetProperty("digest").GetString()!, "sha256:" + new string('0', 64), StringComparison.Ordinal)
            .Replace(entry.GetProperty("image_id").GetString()!, "sha256:" + new string('1', 64), StringComparison.Ordinal);
        File.WriteAllText(Path.Combine(repository.Root, "other.lock.json"), other);
        Assert.Contains(registry.Host, await ReasonAsync(repository, "three", "other.lock.json", "mine:1"), StringComparison.Ordinal);
        Assert.Contains("names no image for busybox:static", await ReasonAsync(repository, "four", "mine.lock.json", "busybox:static"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Copies_in_a_registry_and_in_a_folder_stand_in_for_where_images_came_from()
    {
        Machine.Require();
        using var registry = await LoopbackRegistry.StartAsync();
        using var repository = new Repository();
        await MirrorBusyboxAsync(repository, registry);
        var id = Entry(Path.Combine(repository.Root, "experiments", "userlands.lock.json")).GetProperty("image_id").GetString()!;
        Assert.True(registry.HasTag("h/busybox", "static"));
        Assert.True(registry.HasTag("h/busybox", id.Replace(':', '-')));
        var copied = await repository.HarnessAsync("images", "mirror", "--to", "oci:copy");
        Assert.True(copied.ExitCode == 0, copied.ToString());

        // A userland that can be had in no other way: its lock and the copy are all there is.
        var text = File.ReadAllText(Path.Combine(repository.Root, "experiments", "userlands.lock.json"));
        File.WriteAllText(Path.Combine(repository.Root, "l.json"), text.Replace("\"id\": \"busybox:static\"", "\"id\": \"busybox:only\"", StringComparison.Ordinal));
        Catalogue(repository, ("busybox:only", "registry.invalid/busybox:only"));
        foreach (var place in new[] { $"{registry.Host}/h", "oci:copy" })
        {
            ForgetImages(repository);
            var run = await RunAsync(repository, place[..3], "l.json", "busybox:only", "--mirror", "images=" + place, "--require", "busybox:only|*");
            Assert.True(run.ExitCode == 0, run.ToString());
            Assert.All(Rows.Trials(repository.Run(place[..3])).Where(row => row["runtime"] == "runc"), row => Assert.Equal(("ok", id), (row["outcome"], row["image_digest"])));
        }
    }

    [Fact]
    public async Task A_registry_that_goes_away_during_a_run_costs_rows_and_never_the_run()
    {
        Machine.Require();
        using var registry = await LoopbackRegistry.StartAsync();
        using var repository = new Repository();
        await MirrorBusyboxAsync(repository, registry);
        ForgetImages(repository);
        using var relay = new Relay(registry.Port, "/v2/h/busybox/manifests/sha256-");
        var id = Entry(Path.Combine(repository.Root, "experiments", "userlands.lock.json")).GetProperty("image_id").GetString()!;
        // The second image is asked for by a tag at which the registry is cut off.
        Catalogue(repository, ("mine:1", $"{relay.Host}/h/busybox:static"), ("mine:2", $"{relay.Host}/h/busybox:{id.Replace(':', '-')}"), ("mine:3", $"{relay.Host}/h/busybox:other"));
        var first = await repository.HarnessAsync("images", "pull", "mine:1", "--catalog", "mine.yaml");
        Assert.True(first.ExitCode == 0, first.ToString());
        var run = await repository.HarnessAsync(
            "run", "kernel-identity", "--quick", "--run-id", "r", "--catalog", "mine.yaml", "--runtime", "runc", "--userland", "mine:1", "--userland", "mine:2", "--userland", "mine:3");

        Assert.True(run.ExitCode == 0, run.ToString());
        Assert.True(relay.IsCut);
        var outcomes = Rows.Trials(repository.Run("r")).Where(row => row["runtime"] == "runc").GroupBy(row => row["userland"]).ToDictionary(group => group.Key, group => group.Select(row => row["outcome"]).Distinct().Single());
        Assert.Equal(("ok", "unavailable"), (outcomes["mine:1"], outcomes["mine:2"]));
        // A pull that was under way fails in its own words; the registry is known to be gone from then on.
        Assert.Matches("^Measured 4 of 8 planned trials \\(50 %\\): 4 ok(, [24] unavailable)?(; [24] need a registry that cannot be reached from here)?\\. ", run.Output.ReplaceLineEndings(" "));
        Assert.Equal(0, (await repository.HarnessAsync("verify", "r")).ExitCode);
    }

    [Fact]
    public async Task Sixty_userlands_of_a_registry_that_does_not_answer_are_found_out_by_one_attempt_and_gates_say_so()
    {
        Machine.Require();
        using var repository = new Repository();
        using var one = new Relay(0, "");
        using var sixty = new Relay(0, "");
        Catalogue(repository, [.. Enumerable.Range(0, 60).Select(number => ($"mine:{number}", $"{sixty.Host}/a:{number}")), ("other:1", $"{one.Host}/a:1")]);
        var alone = await repository.HarnessAsync("images", "pull", "other:1", "--catalog", "mine.yaml");
        Assert.Equal(1, alone.ExitCode);
        var run = await repository.HarnessAsync(
            [
                "run", "kernel-identity", "--quick", "--run-id", "r", "--catalog", "mine.yaml", "--runtime", "runc", "--min-coverage", "90", "--require", "mine:7|*",
                .. Enumerable.Range(0, 60).SelectMany(number => new[] { "--userland", $"mine:{number}" }),
            ]);

        // An engine knocks more than once for one image (https, then http): as often for sixty.
        Assert.InRange(one.Connections, 1, 20);
        Assert.InRange(sixty.Connections, 1, one.Connections);
        Assert.Equal(1, run.ExitCode);
        Assert.StartsWith("Measured 2 of 122 planned trials (1 %): 2 ok; 120 need a registry that cannot be reached from here. ", run.Output.ReplaceLineEndings(" "), StringComparison.Ordinal);
        Assert.Contains("harness: --require 'mine:7|*' does not hold: mine:7|host|docker/runc|| not measured (unavailable: ", run.Error, StringComparison.Ordinal);
        Assert.Contains("harness: --min-coverage 90 does not hold: 2 of 122 trials measured (1 %)", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_doctor_proves_runtimes_by_running_them_and_says_what_is_missing_without_an_engine()
    {
        Machine.Require();
        using var repository = new Repository();
        var here = await repository.HarnessAsync("doctor", "--json");
        Assert.True(here.ExitCode == 0, here.ToString());
        using var json = JsonDocument.Parse(here.Output);
        var status = json.RootElement.GetProperty("checks").EnumerateArray().ToDictionary(check => check.GetProperty("check").GetString()!, check => check.GetProperty("status").GetString());
        Assert.Equal(("ok", "ok", "ok"), (status["engine"], status["runtime runc"], status["runtime runsc"]));
        Assert.Equal(("ok", "ok", "ok", "ok"), (status["runtime host"], status["runtime namespaces"], status["runtime /runc"], status["runtime /runsc"]));
        var found = json.RootElement.GetProperty("checks").EnumerateArray().ToDictionary(check => check.GetProperty("check").GetString()!, check => check.GetProperty("found").GetString()!);
        Assert.Matches("^a sandbox ran; ([0-9]+) of \\1 aspects of its treatment proven, the runtime by ", found["runtime namespaces"]);
        // No kernel is fetched to look at a machine.
        Assert.Equal("missing", status["runtime qemu"]);

        var gone = await repository.HarnessAsync("doctor", "--engine", "unix:///nowhere.sock");
        Assert.Equal(1, gone.ExitCode);
        Assert.StartsWith("missing  engine: none\n", gone.Output, StringComparison.Ordinal);
        Assert.Contains("ok       runtime namespaces: a sandbox ran; ", gone.Output, StringComparison.Ordinal);
        Assert.EndsWith("no container can be run here; experiments still run their cells on the host\n", gone.Output, StringComparison.Ordinal);
    }

    private static async Task MirrorBusyboxAsync(Repository repository, LoopbackRegistry registry)
    {
        var locked = await repository.HarnessAsync("images", "lock", "busybox:static");
        Assert.True(locked.ExitCode == 0, locked.ToString());
        var mirrored = await repository.HarnessAsync("images", "mirror", "--to", $"{registry.Host}/h");
        Assert.True(mirrored.ExitCode == 0, mirrored.ToString());
        Assert.StartsWith($"busybox:static {registry.Host}/h/busybox:static@sha256:", mirrored.Output, StringComparison.Ordinal);
    }

    private static void Catalogue(Repository repository, params (string Id, string Image)[] userlands) => File.WriteAllText(
        Path.Combine(repository.Root, "mine.yaml"),
        "schema: 1\nuserlands:\n" + string.Concat(userlands.Select(userland => $"  - {{id: \"{userland.Id}\", images: [\"{userland.Image}\"]}}\n")));

    private static void ForgetImages(Repository repository) => Directory.Delete(Path.Combine(repository.Cache, "harness"), recursive: true);

    private static JsonElement Entry(string path)
    {
        using var json = JsonDocument.Parse(File.ReadAllText(path));
        return json.RootElement.GetProperty("userlands")[0].Clone();
    }

    private static Task<Answer> RunAsync(Repository repository, string id, string images, string userland = "mine:1", params string[] more) => repository.HarnessAsync(
        ["run", "kernel-identity", "--quick", "--seed", "1", "--run-id", id, "--catalog", "mine.yaml", "--runtime", "runc", "--userland", userland, "--lock", images, .. more]);

    private static async Task<string> ReasonAsync(Repository repository, string id, string images, string userland)
    {
        var run = await RunAsync(repository, id, images, userland);
        Assert.True(run.ExitCode == 0, run.ToString());
        var rows = Rows.Trials(repository.Run(id)).Where(row => row["runtime"] == "runc").ToList();
        Assert.All(rows, row => Assert.Equal("unavailable", row["outcome"]));
        return rows[0]["detail"];
    }

    private static List<string> Verdicts(Repository repository, string run) =>
        [.. Rows.Verdicts(repository.Run(run)).Select(row => string.Join('|', row.Where(pair => pair.Key != "run_id").Select(pair => pair.Value)))];
}
