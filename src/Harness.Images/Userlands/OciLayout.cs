using System.Buffers;
using System.Formats.Tar;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Harness.Core;
using Harness.Core.Journaling;
using Harness.Host.Processes;
using Harness.Images.Packages;
using ZstdSharp;

namespace Harness.Images.Userlands;

/// <summary>
/// A folder in the format of the OCI image layout: blobs by their hash and an index. Layers stay as the engine gives
/// them, so that the same image gives the same bytes; other tools (skopeo, podman, crane) read it too.
/// </summary>
internal sealed class OciLayout(string folder)
{
    // A layer of this size unpacked is no userland's.
    private const long LargestLayer = 32L << 30;

    private const string IndexType = "application/vnd.oci.image.index.v1+json";
    private const string ManifestType = "application/vnd.oci.image.manifest.v1+json";
    private const string ConfigType = "application/vnd.oci.image.config.v1+json";
    private const string LayerType = "application/vnd.oci.image.layer.v1.tar";

    private readonly OciLayoutReader _reader = new(folder);

    private string Index => Path.Combine(folder, "index.json");

    /// <summary>Adds an image from an archive as <c>docker save</c> makes it, under a name; one of that name gives way.</summary>
    /// <returns>The manifest's digest.</returns>
    internal async Task<string> AddAsync(string name, Stream archive, CancellationToken cancellation)
    {
        Directory.CreateDirectory(Path.Combine(folder, "blobs", "sha256"));
        await File.WriteAllTextAsync(Path.Combine(folder, "oci-layout"), """{"imageLayoutVersion":"1.0.0"}""", cancellation);
        using var incoming = new Incoming(Path.Combine(folder, "blobs"));
        await incoming.ReadAsync(archive, cancellation);
        using var saved = JsonDocument.Parse(await incoming.TextAsync("manifest.json", cancellation));
        var image = saved.RootElement[0];
        var config = image.GetProperty("Config").GetString()!;
        using var platform = JsonDocument.Parse(await incoming.TextAsync(config, cancellation));
        var layers = image.GetProperty("Layers").EnumerateArray().Select(layer => layer.GetString()!).ToList();
        var manifest = Bytes(new JsonObject
        {
            ["schemaVersion"] = 2,
            ["mediaType"] = ManifestType,
            ["config"] = Descriptor(ConfigType, Keep(incoming, config)),
            ["layers"] = new JsonArray([.. layers.Select(layer =>
            {
                var blob = Keep(incoming, layer);
                return Descriptor(LayerType + (IsGzip(Blob(blob.Digest)) ? "+gzip" : ""), blob);
            })]),
        });
        var digest = Sha256Digest.Of(manifest);
        AtomicFile.Write(Blob(digest), manifest);
        var descriptor = Descriptor(ManifestType, (digest, manifest.Length));
        descriptor["platform"] = new JsonObject
        {
            ["architecture"] = platform.RootElement.GetProperty("architecture").GetString(),
            ["os"] = platform.RootElement.GetProperty("os").GetString(),
        };
        descriptor["annotations"] = new JsonObject { [OciLayoutReader.NameAnnotation] = name };
        var others = Entries().Where(entry => entry.Name != name).Select(entry => (entry.Name, Node: (JsonNode)entry.Descriptor.DeepClone()));
        AtomicFile.Write(Index, Bytes(new JsonObject
        {
            ["schemaVersion"] = 2,
            ["mediaType"] = IndexType,
            ["manifests"] = new JsonArray([.. others.Append((Name: name, Node: descriptor)).OrderBy(entry => entry.Name, StringComparer.Ordinal).Select(entry => entry.Node)]),
        }));
        return digest;
    }

    /// <inheritdoc cref="OciLayoutReader.Find"/>
    internal LayoutImage? Find(string name, string? imageId, string architecture) => _reader.Find(name, imageId, architecture);

    /// <summary>Writes an archive that an engine loads.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="manifest">From <see cref="Find"/>.</param>
    /// <param name="tag">The name that the image gets.</param>
    /// <param name="cancellation">Ends the writing.</param>
    /// <exception cref="HarnessException">A blob is missing or is not what its name says.</exception>
    internal async Task WriteArchiveAsync(Stream output, LayoutImage image, string tag, CancellationToken cancellation)
    {
        var saved = new JsonArray(new JsonObject
        {
            ["Config"] = FileName(image.Config, ".json"),
            ["RepoTags"] = new JsonArray(tag),
            ["Layers"] = new JsonArray([.. image.Layers.Select(layer => JsonValue.Create(FileName(layer, ".tar")))]),
        });
        await using var tar = new ReproducibleTar(output, DateTimeOffset.UnixEpoch);
        foreach (var (digest, name) in image.Layers.Distinct().Select(layer => (layer, FileName(layer, ".tar"))).Prepend((image.Config, FileName(image.Config, ".json"))))
        {
            await CheckAsync(digest, cancellation);
            await using var content = File.OpenRead(Blob(digest));
            await using var loadable = await LoadableAsync(content, digest, output, cancellation);
            await tar.FileAsync(name, ReproducibleTar.File, loadable, cancellation);
        }

        await tar.TextAsync("manifest.json", ReproducibleTar.File, saved.ToJsonString(), cancellation);
    }

    // Engines before 23.0 load no layer that is packed with zstd. An archive needs to know how long it is before it comes.
    private async Task<Stream> LoadableAsync(FileStream content, string digest, Stream output, CancellationToken cancellation)
    {
        var magic = new byte[4];
        var count = await content.ReadAtLeastAsync(magic, magic.Length, throwOnEndOfStream: false, cancellation);
        content.Position = 0;
        if (count < magic.Length || magic is not [0x28, 0xB5, 0x2F, 0xFD])
            return content;
        var beside = output is FileStream archive ? archive.Name : Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        var unpacked = new FileStream(beside + ".layer", FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 1 << 17, FileOptions.DeleteOnClose);
        try
        {
            await using var packed = new DecompressionStream(content, leaveOpen: true);
            await using var bounded = new BoundedStream(packed, LargestLayer);
            await bounded.CopyToAsync(unpacked, cancellation);
            unpacked.Position = 0;
            return unpacked;
        }
        catch (Exception e) when (e is InvalidDataException or ZstdException or EndOfStreamException)
        {
            await unpacked.DisposeAsync();
            throw new HarnessException($"{folder}: the layer {digest} is damaged ({e.Message.ReplaceLineEndings(" ")}): copy the image again", e);
        }
        catch
        {
            await unpacked.DisposeAsync();
            throw;
        }
    }

    private async Task CheckAsync(string digest, CancellationToken cancellation)
    {
        if (!File.Exists(Blob(digest)))
            throw new HarnessException($"{folder}: {digest} is missing: copy the images again with 'harness images mirror --to oci:{folder}'");
        await using var content = File.OpenRead(Blob(digest));
        if ("sha256:" + Convert.ToHexStringLower(await SHA256.HashDataAsync(content, cancellation)) != digest)
            throw new HarnessException($"{folder}: {digest} was changed: copy the images again with 'harness images mirror --to oci:{folder}'");
    }

    private List<(string Name, JsonObject Descriptor)> Entries()
    {
        if (!File.Exists(Index))
            return [];
        try
        {
            var text = File.ReadAllText(Index);
            using var document = JsonDocument.Parse(text);
            return [.. JsonNode.Parse(text)!["manifests"]!.AsArray().Zip(document.RootElement.GetProperty("manifests").EnumerateArray(),
                (entry, read) => (OciLayoutReader.NameOf(read), entry!.AsObject()))];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException or InvalidOperationException or KeyNotFoundException or NullReferenceException or ArgumentException)
        {
            throw new HarnessException($"{folder}: is not an OCI image layout ({e.Message.ReplaceLineEndings(" ")}): name another folder", e);
        }
    }

    private (string Digest, long Size) Keep(Incoming incoming, string file)
    {
        var (temporary, digest) = incoming.Find(file);
        var size = new FileInfo(temporary).Length;
        using var content = File.OpenRead(temporary);
        AtomicFile.Write(Blob(digest), content.CopyTo);
        return (digest, size);
    }

    private string Blob(string digest) => _reader.Blob(digest);

    private string FileName(string digest, string suffix) => Path.GetFileName(Blob(digest)) + suffix;

    private static JsonObject Descriptor(string type, (string Digest, long Size) blob) =>
        new() { ["mediaType"] = type, ["digest"] = blob.Digest, ["size"] = blob.Size };

    private static byte[] Bytes(JsonObject json) => Encoding.UTF8.GetBytes(json.ToJsonString());

    private static bool IsGzip(string file)
    {
        using var content = File.OpenRead(file);
        return content.ReadByte() == 0x1f && content.ReadByte() == 0x8b;
    }

    /// <summary>The files of an archive that is read, by their name in it.</summary>
    private sealed class Incoming(string beside) : IDisposable
    {
        private readonly string _folder = Directory.CreateDirectory(Path.Combine(beside, $".incoming-{Guid.NewGuid():N}")).FullName;
        private readonly Dictionary<string, (string File, string Digest)> _files = new(StringComparer.Ordinal);
        private readonly Dictionary<string, string> _links = new(StringComparer.Ordinal);

        internal async Task ReadAsync(Stream archive, CancellationToken cancellation)
        {
            // By way of a file: the engine client's stream breaks off under a tar reader's short reads.
            await using var copy = new FileStream(Path.Combine(_folder, "archive"), FileMode.Create, FileAccess.ReadWrite, FileShare.None, 1 << 17, FileOptions.DeleteOnClose);
            await archive.CopyToAsync(copy, cancellation);
            copy.Position = 0;
            await using var tar = new TarReader(copy);
            while (await tar.GetNextEntryAsync(cancellationToken: cancellation) is { } entry)
            {
                // Engines save a layer that occurs twice as a link to the first.
                if (entry.EntryType is TarEntryType.SymbolicLink or TarEntryType.HardLink)
                    _links[entry.Name] = entry.EntryType == TarEntryType.HardLink ? entry.LinkName : Resolve(entry.Name, entry.LinkName);
                else if (entry.DataStream is { } content)
                    _files[entry.Name] = await WriteAsync(content, cancellation);
            }
        }

        internal (string File, string Digest) Find(string name) =>
            _files.TryGetValue(_links.GetValueOrDefault(name, name), out var found) ? found : throw new HarnessException($"the engine's archive lacks '{name}': see its log");

        internal Task<string> TextAsync(string name, CancellationToken cancellation) => File.ReadAllTextAsync(Find(name).File, cancellation);

        public void Dispose() => Directory.Delete(_folder, recursive: true);

        private static string Resolve(string link, string target) =>
            Path.GetFullPath(Path.Combine("/", Path.GetDirectoryName(link) ?? "", target))[1..];

        private async Task<(string File, string Digest)> WriteAsync(Stream content, CancellationToken cancellation)
        {
            var file = Path.Combine(_folder, _files.Count.ToString(System.Globalization.CultureInfo.InvariantCulture));
            await using var output = File.Create(file);
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            var buffer = ArrayPool<byte>.Shared.Rent(1 << 17);
            for (int count; (count = await content.ReadAsync(buffer, cancellation)) > 0;)
            {
                hash.AppendData(buffer, 0, count);
                await output.WriteAsync(buffer.AsMemory(0, count), cancellation);
            }

            ArrayPool<byte>.Shared.Return(buffer);
            return (file, "sha256:" + Convert.ToHexStringLower(hash.GetHashAndReset()));
        }
    }
}
