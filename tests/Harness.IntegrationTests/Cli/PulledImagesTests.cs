using System.Text.Json;
using System.Text.Json.Nodes;
using Harness.Benchmarks.StandIns;

namespace Harness.IntegrationTests.Cli;

/// <summary>What becomes of images in the engine, and of images that are none for this machine.</summary>
public sealed class PulledImagesTests
{
    [Fact]
    public async Task A_run_removes_what_it_pulled_itself_and_touches_nothing_that_was_there_before()
    {
        Machine.Require();
        using var repository = new Repository();
        string[] ids = ["alpine:3.20", "alpine:3.22", "alpine:3.18"];
        using var standIns = await StandInCatalogue.StartAsync(repository, userland => ids.Contains(userland.Id));
        var images = ids.Select(id => Reference(standIns, id)).ToList();
        // The same image by another tag, as a user may have it.
        var twin = $"{images[0]}-twin";
        await TagAsync(standIns, ids[0], twin[(twin.LastIndexOf(':') + 1)..]);
        File.WriteAllText(
            Path.Combine(repository.Root, "mine.yaml"),
            $"schema: 1\nuserlands:\n  - {{id: \"mine:old\", images: [\"{images[0]}\"]}}\n  - {{id: \"mine:new\", images: [\"{images[1]}\"]}}\n  - {{id: \"mine:kept\", images: [\"{images[2]}\"]}}\n  - {{id: \"mine:twin\", images: [\"{twin}\"]}}\n");
        await SucceedAsync(repository, "images", "pull", "mine:old", "--catalog", "mine.yaml");
        await SucceedAsync(repository, [.. Run("one", "mine:old", "mine:new", "mine:twin")]);
        Assert.All(Rows.Trials(repository.Run("one")), row => Assert.True(row["outcome"] == "ok", $"{row["cell"]}: {row["outcome"]}: {row["detail"]}"));
        Assert.Equal(["mine:old", "mine:twin"], await PresentAsync(repository));
        await SucceedAsync(repository, [.. Run("two", "mine:kept"), "--keep-images"]);
        Assert.Equal(["mine:kept", "mine:old", "mine:twin"], await PresentAsync(repository));
        // Kept by an earlier run: it was there before this one.
        await SucceedAsync(repository, [.. Run("three", "mine:kept", "mine:new")]);
        Assert.Equal(["mine:kept", "mine:old", "mine:twin"], await PresentAsync(repository));
        Assert.DoesNotContain("stays in the engine", File.ReadAllText(Directory.GetFiles(Path.Combine(repository.Run("three"), "environments")).Single()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_run_that_was_killed_removes_nothing_and_knows_its_own_images_again_when_it_is_resumed()
    {
        Machine.Require();
        using var repository = new Repository();
        using var standIns = await StandInCatalogue.StartAsync(repository, userland => userland.Distribution is "alpine");
        var ids = standIns.Catalogue.Userlands.Where(userland => userland.Distribution is "alpine").Select(userland => userland.Id).ToList();
        File.WriteAllText(
            Path.Combine(repository.Root, "mine.yaml"),
            "schema: 1\nuserlands:\n" + string.Concat(ids.Select((id, place) => $"  - {{id: \"mine:{place}\", images: [\"{Reference(standIns, id)}\"]}}\n")));
        using var harness = repository.Watch(Run("r", [.. ids.Select((_, place) => $"mine:{place}")]));
        // By then all are pulled, and not all trials are there.
        var trials = Path.Combine(repository.Run("r"), "trials.csv");
        await harness.UntilAsync(() => File.Exists(trials) && File.ReadLines(trials).Count() > 1, "its first row");
        await harness.KillAsync();
        await repository.GoneAsync();
        var measured = Rows.Trials(repository.Run("r")).Where(row => row["runtime"] == "runc").Select(row => row["userland"]).Distinct().Count();
        Assert.InRange(measured, 0, ids.Count - 1);
        Assert.NotEmpty(await PresentAsync(repository));

        await SucceedAsync(repository, "run", "--resume", "--run-id", "r");
        Assert.Equal(ids.Count, Rows.Trials(repository.Run("r")).Where(row => row["runtime"] == "runc" && row["outcome"] == "ok").Select(row => row["userland"]).Distinct().Count());
        Assert.Empty(await PresentAsync(repository));
    }

    [Fact]
    public async Task Images_that_are_none_for_this_machine_or_are_gone_are_rows_with_the_reason()
    {
        Machine.Require();
        using var repository = new Repository();
        using var standIns = await StandInCatalogue.StartAsync(repository, userland => userland.Id is "alpine:3.20");
        var userland = standIns.Catalogue.Userlands.Single(known => known.Id == "alpine:3.20");
        var (name, _) = standIns.Images.Name(userland.Id);
        var token = TestContext.Current.CancellationToken;
        var manifest = await standIns.Upload.ManifestAsync(name, null, await standIns.Images.ManifestAsync(name, userland, null, token), RegistryUpload.Manifest, token);
        await standIns.Upload.ManifestAsync(name, "foreign", Index(manifest, new JsonObject { ["os"] = "linux", ["architecture"] = "s390x" }), RegistryUpload.Index, token);
        var platform = new JsonObject { ["os"] = "linux", ["architecture"] = StandInImages.Architecture };
        var inner = await standIns.Upload.ManifestAsync(name, null, Index(manifest, platform), RegistryUpload.Index, token);
        await standIns.Upload.ManifestAsync(name, "nested", Index(inner, null), RegistryUpload.Index, token);
        var zstd = await standIns.Images.ManifestAsync(name, userland, (tar => Zstd(tar), "application/vnd.oci.image.layer.v1.tar+zstd"), token);
        await standIns.Upload.ManifestAsync(name, "zstd", zstd, RegistryUpload.Manifest, token);
        string[] tags = ["3.20", "foreign", "nested", "zstd"];
        File.WriteAllText(
            Path.Combine(repository.Root, "mine.yaml"),
            "schema: 1\nuserlands:\n" + string.Concat(tags.Select(tag => $"  - {{id: \"mine:{tag}\", images: [\"{standIns.Registry.Host}/{name}:{tag}\"]}}\n")));
        // Apart: an engine that has the image already, by its configuration, asks for no layer of it.
        await SucceedAsync(repository, [.. Run("zstd", "mine:zstd")]);
        await SucceedAsync(repository, [.. Run("one", [.. tags.Where(tag => tag is not "zstd").Select(tag => "mine:" + tag)])]);
        var rows = new[] { "zstd", "one" }.SelectMany(run => Rows.Trials(repository.Run(run)))
            .Where(row => row["runtime"] == "runc").DistinctBy(row => row["userland"]).ToDictionary(row => row["userland"]);
        Assert.Equal(tags.Length, rows.Count);
        TestContext.Current.TestOutputHelper?.WriteLine(string.Join('\n', rows.Values.Select(row => $"{row["userland"]} {row["outcome"]} {row["detail"]}")));
        Assert.Equal("ok", rows["mine:3.20"]["outcome"]);
        Assert.All(rows.Where(row => row.Key is not "mine:3.20"), row => Assert.Equal("unavailable", row.Value["outcome"]));
        Assert.All(rows.Where(row => row.Key is not "mine:3.20"), row => Assert.StartsWith($"no image of {row.Key}; {standIns.Registry.Host}/{name}:{row.Key[5..]}: ", row.Value["detail"], StringComparison.Ordinal));

        // Removed from the registry between two runs: the lock names it, and no other image steps in.
        standIns.Registry.Forget(name);
        await SucceedAsync(repository, [.. Run("two", "mine:3.20"), "--lock", "one"]);
        var gone = Rows.Trials(repository.Run("two")).Where(row => row["runtime"] == "runc").ToList();
        Assert.All(gone, row => Assert.Equal("unavailable", row["outcome"]));
        Assert.All(gone, row => Assert.StartsWith("the image that ", row["detail"], StringComparison.Ordinal));
    }

    private static JsonObject Index(JsonObject manifest, JsonObject? platform)
    {
        var entry = (JsonObject)manifest.DeepClone();
        if (platform is not null)
            entry["platform"] = platform.DeepClone();
        return new JsonObject { ["schemaVersion"] = 2, ["mediaType"] = RegistryUpload.Index, ["manifests"] = new JsonArray(entry) };
    }

    private static byte[] Zstd(byte[] content)
    {
        using var packer = new ZstdSharp.Compressor();
        return packer.Wrap(content).ToArray();
    }

    private static string Reference(StandInCatalogue standIns, string id)
    {
        var (repository, tag) = standIns.Images.Name(id);
        return $"{standIns.Registry.Host}/{repository}:{tag}";
    }

    private static async Task TagAsync(StandInCatalogue standIns, string id, string tag)
    {
        var token = TestContext.Current.CancellationToken;
        var userland = standIns.Catalogue.Userlands.Single(known => known.Id == id);
        var (repository, _) = standIns.Images.Name(id);
        await standIns.Upload.ManifestAsync(repository, tag, await standIns.Images.ManifestAsync(repository, userland, null, token), RegistryUpload.Manifest, token);
    }

    private static string[] Run(string id, params string[] userlands) =>
    [
        "run", "kernel-identity", "--repeat", "1", "--run-id", id, "--catalog", "mine.yaml", "--runtime", "runc", "--kernel", "host",
        .. userlands.SelectMany(userland => new[] { "--userland", userland }),
    ];

    private static async Task<List<string>> PresentAsync(Repository repository)
    {
        var answer = await repository.HarnessAsync("images", "list", "--catalog", "mine.yaml", "--json");
        using var json = JsonDocument.Parse(answer.Output);
        return
        [
            .. json.RootElement.EnumerateArray().Where(row => row.GetProperty("where").GetString() == "engine").Select(row => row.GetProperty("id").GetString()!)
                .Where(id => id.StartsWith("mine:", StringComparison.Ordinal)).Order(StringComparer.Ordinal),
        ];
    }

    private static async Task SucceedAsync(Repository repository, params string[] arguments)
    {
        var answer = await repository.HarnessAsync(arguments);
        Assert.True(answer.ExitCode == 0, answer.ToString());
    }
}
