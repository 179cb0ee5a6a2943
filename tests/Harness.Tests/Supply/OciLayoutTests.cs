using System.Formats.Tar;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Harness.Core;
using Harness.Images.Userlands;
using Harness.Instruments.Pulling;
using Harness.Tests.Runtimes;

namespace Harness.Tests.Supply;

public sealed class OciLayoutTests : IDisposable
{
    private const string Config = """{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]}}""";

    private readonly string _folder = Directory.CreateTempSubdirectory("harness-oci-").FullName;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static string ConfigDigest => "sha256:" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Config)));

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task What_is_copied_in_comes_out_as_an_archive_that_an_engine_loads()
    {
        var layout = new OciLayout(_folder);
        await layout.AddAsync("a:1", await Saved("layer"), Cancellation);
        using var output = new MemoryStream();
        await layout.WriteArchiveAsync(output, layout.Find("a:1", null, "amd64")!, "harness/a:1", Cancellation);

        var files = Files(output);
        using var manifest = JsonDocument.Parse(files["manifest.json"]);
        Assert.Equal("harness/a:1", manifest.RootElement[0].GetProperty("RepoTags")[0].GetString());
        Assert.Equal(Config, files[manifest.RootElement[0].GetProperty("Config").GetString()!]);
        // The second layer was a link to the first: both are there.
        Assert.Equal(["layer", "layer"], manifest.RootElement[0].GetProperty("Layers").EnumerateArray().Select(layer => files[layer.GetString()!]));
        Assert.Equal(["blobs", "index.json", "oci-layout"], Directory.EnumerateFileSystemEntries(_folder).Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal));
        Assert.All(Directory.EnumerateFiles(Path.Combine(_folder, "blobs", "sha256")), file => Assert.Equal(Path.GetFileName(file), Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(file)))));
    }

    [Fact]
    public async Task The_same_image_gives_the_same_bytes_and_another_of_the_name_gives_way()
    {
        var layout = new OciLayout(_folder);
        var first = await layout.AddAsync("a:1", await Saved("layer"), Cancellation);
        Assert.Equal(first, await layout.AddAsync("a:1", await Saved("layer"), Cancellation));
        var second = await layout.AddAsync("a:1", await Saved("other"), Cancellation);
        await layout.AddAsync("0:1", await Saved("other"), Cancellation);

        Assert.NotEqual(first, second);
        using var index = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(_folder, "index.json"), Cancellation));
        Assert.Equal(2, index.RootElement.GetProperty("manifests").GetArrayLength());
    }

    [Fact]
    public async Task A_link_in_a_layout_from_elsewhere_has_no_file_outside_it_overwritten()
    {
        var outside = Path.Combine(Directory.CreateTempSubdirectory("harness-oci-").FullName, "mine");
        File.WriteAllText(outside, "mine");
        var blobs = Directory.CreateDirectory(Path.Combine(_folder, "blobs", "sha256")).FullName;
        File.CreateSymbolicLink(Path.Combine(blobs, ConfigDigest["sha256:".Length..] + ".tmp"), outside);

        await new OciLayout(_folder).AddAsync("a:1", await Saved("layer"), Cancellation);

        Assert.Equal("mine", await File.ReadAllTextAsync(outside, Cancellation));
        Directory.Delete(Path.GetDirectoryName(outside)!, recursive: true);
    }

    [Fact]
    public async Task An_image_is_found_by_its_id_before_its_name()
    {
        var layout = new OciLayout(_folder);
        Assert.Null(layout.Find("a:1", null, "amd64"));
        await layout.AddAsync("a:1", await Saved("layer"), Cancellation);

        Assert.NotNull(layout.Find("renamed", ConfigDigest, "amd64"));
        Assert.Null(layout.Find("b:1", null, "amd64"));
    }

    [Fact]
    public async Task A_blob_that_was_changed_is_not_loaded()
    {
        var layout = new OciLayout(_folder);
        await layout.AddAsync("a:1", await Saved("layer"), Cancellation);
        foreach (var file in Directory.EnumerateFiles(Path.Combine(_folder, "blobs", "sha256")).Where(file => File.ReadAllText(file) == "layer"))
            await File.WriteAllTextAsync(file, "laxer", Cancellation);

        var e = await Assert.ThrowsAsync<HarnessException>(() => layout.WriteArchiveAsync(Stream.Null, layout.Find("a:1", null, "amd64")!, "t", Cancellation));
        Assert.Contains("was changed", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_index_within_the_index_leads_to_the_architecture_s_manifest()
    {
        var foreign = Manifest("arm64 layer", """{"architecture":"arm64","os":"linux"}""");
        var own = Manifest("layer", Config);
        var index = Blob($$"""{"manifests":[{{Entry(foreign, "arm64")}},{{Entry(own, "amd64")}}]}""");
        Index(index);
        var layout = new OciLayout(_folder);

        Assert.Equal(ConfigDigest, layout.Find("a:1", null, "amd64")!.Config);
        Assert.NotEqual(ConfigDigest, layout.Find("a:1", null, "arm64")!.Config);
        Assert.Equal(ConfigDigest, layout.Find("another name", ConfigDigest, "amd64")!.Config);
        Assert.Contains("is not there for riscv64", Assert.Throws<HarnessException>(() => layout.Find("a:1", null, "riscv64")).Message, StringComparison.Ordinal);

        // A manifest is hashed as every blob is: its layers would otherwise be anybody's.
        var file = Path.Combine(_folder, "blobs", "sha256", own["sha256:".Length..]);
        await File.WriteAllTextAsync(file, await File.ReadAllTextAsync(file, Cancellation) + " ", Cancellation);
        Assert.Contains("was changed", Assert.Throws<HarnessException>(() => layout.Find("a:1", null, "amd64")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_layer_that_is_packed_with_zstd_comes_out_unpacked()
    {
        var manifest = Manifest(Packing.Zstd(Encoding.UTF8.GetBytes("layer")), Config);
        Index(manifest);
        var layout = new OciLayout(_folder);
        using var output = new MemoryStream();
        await layout.WriteArchiveAsync(output, layout.Find("a:1", null, "amd64")!, "t", Cancellation);
        Assert.Contains("layer", Files(output).Values);

        var broken = Manifest(Packing.Zstd(RandomNumberGenerator.GetBytes(1 << 16))[..^9], Config);
        Index(broken);
        var e = await Assert.ThrowsAsync<HarnessException>(() => layout.WriteArchiveAsync(Stream.Null, layout.Find("a:1", null, "amd64")!, "t", Cancellation));
        Assert.Contains("is damaged", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("not json")]
    [InlineData("""{"manifests":{}}""")]
    [InlineData("""{"manifests":[1]}""")]
    [InlineData("""{"manifests":[{"annotations":{"org.opencontainers.image.ref.name":"a:1"}}]}""")]
    [InlineData("""{"manifests":[{"digest":5,"annotations":{"org.opencontainers.image.ref.name":"a:1"}}]}""")]
    [InlineData("""{"manifests":[{"digest":"sha256:../../../../etc/passwd","annotations":{"org.opencontainers.image.ref.name":"a:1"}}]}""")]
    [InlineData("""{"manifests":[{"digest":"sha256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA","annotations":{"org.opencontainers.image.ref.name":"a:1"}}]}""")]
    [InlineData("""{"manifests":[{"digest":"MANIFEST","annotations":{"org.opencontainers.image.ref.name":"a:1"}}]}""")]
    public void A_layout_that_is_not_one_is_one_line(string index)
    {
        // A manifest of something else than an image.
        var other = Blob("""{"config":7,"layers":[{"digest":null}]}""");
        File.WriteAllText(Path.Combine(_folder, "index.json"), index.Replace("MANIFEST", other, StringComparison.Ordinal));
        var layout = new OciLayout(_folder);

        var message = Assert.Throws<HarnessException>(() => layout.Find("a:1", ConfigDigest, "amd64")).Message;

        Assert.StartsWith(_folder, message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
    }

    [Fact]
    public void A_digest_of_a_layer_is_no_path()
    {
        Index(Blob($$$"""{"config":{"digest":"{{{Blob(Config)}}}"},"layers":[{"digest":"sha256:../../../../etc/passwd"}]}"""));
        var layout = new OciLayout(_folder);

        var e = Assert.Throws<HarnessException>(() => layout.WriteArchiveAsync(Stream.Null, layout.Find("a:1", null, "amd64")!, "t", Cancellation).GetAwaiter().GetResult());

        Assert.Contains("is not a SHA-256 digest", e.Message, StringComparison.Ordinal);
    }

    private string Blob(string content) => Blob(Encoding.UTF8.GetBytes(content));

    private string Blob(byte[] content)
    {
        var hash = Convert.ToHexStringLower(SHA256.HashData(content));
        Directory.CreateDirectory(Path.Combine(_folder, "blobs", "sha256"));
        File.WriteAllBytes(Path.Combine(_folder, "blobs", "sha256", hash), content);
        return "sha256:" + hash;
    }

    private string Manifest(string layer, string config) => Manifest(Encoding.UTF8.GetBytes(layer), config);

    private string Manifest(byte[] layer, string config) => Blob($$$"""{"config":{"digest":"{{{Blob(config)}}}"},"layers":[{"digest":"{{{Blob(layer)}}}"}]}""");

    private static string Entry(string digest, string architecture) => $$$"""{"digest":"{{{digest}}}","platform":{"os":"linux","architecture":"{{{architecture}}}"}}""";

    private void Index(string digest) => File.WriteAllText(
        Path.Combine(_folder, "index.json"), $$$"""{"manifests":[{"digest":"{{{digest}}}","annotations":{"org.opencontainers.image.ref.name":"a:1"}}]}""");

    private static async Task<Stream> Saved(string layer)
    {
        var output = new MemoryStream();
        await using (var tar = new ReproducibleTar(output, DateTimeOffset.UnixEpoch))
        {
            await tar.TextAsync("c.json", ReproducibleTar.File, Config, Cancellation);
            await tar.TextAsync("one/layer.tar", ReproducibleTar.File, layer, Cancellation);
            await tar.LinkAsync("two/layer.tar", "../one/layer.tar", Cancellation);
            await tar.TextAsync("manifest.json", ReproducibleTar.File, """[{"Config":"c.json","RepoTags":null,"Layers":["one/layer.tar","two/layer.tar"]}]""", Cancellation);
        }

        output.Position = 0;
        return output;
    }

    private static Dictionary<string, string> Files(MemoryStream archive)
    {
        archive.Position = 0;
        using var reader = new TarReader(archive);
        var files = new Dictionary<string, string>(StringComparer.Ordinal);
        while (reader.GetNextEntry() is { } entry)
        {
            using var text = new StreamReader(entry.DataStream!);
            files[entry.Name] = text.ReadToEnd();
        }

        return files;
    }
}
