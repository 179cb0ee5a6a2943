using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Harness.Core.Definitions;
using Harness.Core.Model;
using Harness.Host.Processes;
using Harness.Images.Packages;
using Harness.Images.Userlands;

namespace Harness.Benchmarks.StandIns;

/// <summary>
/// One small image for each userland of a catalogue, under the name that a copy of the user's own has it by: a static busybox, an os-release
/// with the distribution's id, and marks that it is a stand-in. It exercises fetching, running and reporting at a catalogue's size, and says nothing of
/// the distributions: each row measured in one is synthetic.
/// </summary>
internal sealed class StandInImages(RegistryUpload upload, string prefix, string busybox)
{
    /// <summary>The file within an image that says what it is.</summary>
    internal const string Mark = "etc/harness-stand-in";

    private const string Gzip = "application/vnd.oci.image.layer.v1.tar+gzip";

    private static readonly string[] _folders = ["bin", "dev", "etc", "proc", "root", "sys", "tmp", "usr", "var"];

    private static readonly string[] _names = ["sh", "ls", "cat", "echo", "env", "find", "id", "mkdir", "rm", "sha256sum", "sleep", "stat", "true", "false", "uname"];

    // The same image whenever it is made: an entry has the time of its making unless told otherwise, and a second later the image would be another one.
    private static readonly DateTimeOffset _epoch = DateTimeOffset.UnixEpoch;

    private Layer? _shared;

    /// <summary>As registries and engines name the architecture of this machine.</summary>
    internal static string Architecture => Machine.DebianArchitecture(Machine.Architecture);

    /// <summary>The repository and the tag of a userland.</summary>
    internal (string Repository, string Tag) Name(string userland)
    {
        var name = ImageNames.Of(userland, prefix).Split(':');
        return (name[0], name[1]);
    }

    /// <summary>Puts one image for each userland.</summary>
    internal async Task PushAsync(IEnumerable<UserlandDefinition> userlands, CancellationToken cancellation)
    {
        foreach (var userland in userlands)
        {
            var (repository, tag) = Name(userland.Id);
            await upload.ManifestAsync(repository, tag, await ManifestAsync(repository, userland, pack: null, cancellation), RegistryUpload.Manifest, cancellation);
        }
    }

    /// <summary>The manifest of one image, whose layers and configuration are there then.</summary>
    /// <param name="repository">Where.</param>
    /// <param name="userland">Of which userland.</param>
    /// <param name="pack">Packs a layer in another way than gzip, with the kind it then has; or null.</param>
    /// <param name="cancellation">Ends it.</param>
    internal async Task<JsonObject> ManifestAsync(
        string repository, UserlandDefinition userland, (Func<byte[], byte[]> Pack, string MediaType)? pack, CancellationToken cancellation)
    {
        // An empty image stays empty but for what marks it.
        var layers = userland.Id == "scratch" ? new[] { Own(userland) } : [_shared ??= Shared(), Own(userland)];
        var config = new JsonObject
        {
            ["architecture"] = Architecture,
            ["os"] = "linux",
            ["config"] = new JsonObject { ["Labels"] = new JsonObject { [StandIn.Label] = $"stands in for {userland.Id}" } },
            ["rootfs"] = new JsonObject { ["type"] = "layers", ["diff_ids"] = new JsonArray([.. layers.Select(layer => (JsonNode)layer.DiffId)]) },
        };
        var descriptors = new JsonArray();
        foreach (var layer in layers)
            descriptors.Add(await upload.BlobAsync(repository, pack is null ? layer.Packed : pack.Value.Pack(layer.Tar), pack?.MediaType ?? Gzip, cancellation));
        return new JsonObject
        {
            ["schemaVersion"] = 2,
            ["mediaType"] = RegistryUpload.Manifest,
            ["config"] = await upload.BlobAsync(repository, Encoding.UTF8.GetBytes(config.ToJsonString()), "application/vnd.oci.image.config.v1+json", cancellation),
            ["layers"] = descriptors,
        };
    }

    private Layer Shared() => Layer.Of(tar =>
    {
        foreach (var folder in _folders)
            tar.WriteEntry(new UstarTarEntry(TarEntryType.Directory, folder + "/") { ModificationTime = _epoch, Mode = (UnixFileMode)0b111_101_101 });
        using var program = File.OpenRead(busybox);
        tar.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, "bin/busybox") { ModificationTime = _epoch, Mode = (UnixFileMode)0b111_101_101, DataStream = program });
        foreach (var name in _names)
            tar.WriteEntry(new UstarTarEntry(TarEntryType.SymbolicLink, "bin/" + name) { ModificationTime = _epoch, LinkName = "busybox", Mode = (UnixFileMode)0b111_111_111 });
    });

    private static Layer Own(UserlandDefinition userland) => Layer.Of(tar =>
    {
        Text(tar, Mark, $"This image stands in for {userland.Id}. It holds nothing of it.\n");
        if (userland.Id != "scratch")
            Text(tar, "etc/os-release", $"ID={userland.Distribution}\nVERSION_ID=\"{userland.Version}\"\nPRETTY_NAME=\"Stand-in for {userland.Id}\"\n");
    });

    private static void Text(TarWriter tar, string path, string text)
    {
        using var content = new MemoryStream(Encoding.UTF8.GetBytes(text));
        tar.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, path) { ModificationTime = _epoch, Mode = (UnixFileMode)0b110_100_100, DataStream = content });
    }

    private sealed record Layer(byte[] Tar, byte[] Packed, string DiffId)
    {
        internal static Layer Of(Action<TarWriter> write)
        {
            using var bytes = new MemoryStream();
            using (var tar = new TarWriter(bytes, TarEntryFormat.Ustar, leaveOpen: true))
                write(tar);
            using var packed = new MemoryStream();
            using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
                gzip.Write(bytes.ToArray());
            return new Layer(bytes.ToArray(), packed.ToArray(), "sha256:" + Convert.ToHexStringLower(SHA256.HashData(bytes.ToArray())));
        }
    }
}
