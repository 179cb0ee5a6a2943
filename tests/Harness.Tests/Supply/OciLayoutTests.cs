using System.Formats.Tar;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Harness.Core;
using Harness.Runtimes.Userlands;

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
        await layout.WriteArchiveAsync(output, layout.Find("a:1", null)!, "harness/a:1", Cancellation);

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
    public async Task An_image_is_found_by_its_id_before_its_name()
    {
        var layout = new OciLayout(_folder);
        Assert.Null(layout.Find("a:1", null));
        await layout.AddAsync("a:1", await Saved("layer"), Cancellation);

        Assert.NotNull(layout.Find("renamed", ConfigDigest));
        Assert.Null(layout.Find("b:1", null));
    }

    [Fact]
    public async Task A_blob_that_was_changed_is_not_loaded()
    {
        var layout = new OciLayout(_folder);
        await layout.AddAsync("a:1", await Saved("layer"), Cancellation);
        foreach (var file in Directory.EnumerateFiles(Path.Combine(_folder, "blobs", "sha256")).Where(file => File.ReadAllText(file) == "layer"))
            await File.WriteAllTextAsync(file, "laxer", Cancellation);

        var e = await Assert.ThrowsAsync<HarnessException>(() => layout.WriteArchiveAsync(Stream.Null, layout.Find("a:1", null)!, "t", Cancellation));
        Assert.Contains("was changed", e.Message, StringComparison.Ordinal);
    }

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
