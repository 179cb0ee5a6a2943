using System.Text.Json;
using Harness.Core;
using Harness.Host.Paths;
using Harness.Images.Packages;

namespace Harness.Images.Userlands;

/// <summary>An image of a layout, by the digests of its parts.</summary>
/// <param name="Config">Of its configuration: what engines call its id.</param>
/// <param name="Layers">In order; one may occur twice.</param>
internal sealed record LayoutImage(string Config, ImmutableArray<string> Layers);

/// <summary>Reads a layout that anybody may have made: each manifest is hashed, and what is not a digest becomes no path.</summary>
/// <param name="folder">The layout's.</param>
internal sealed class OciLayoutReader(string folder)
{
    /// <summary>The annotation that names an entry of the index.</summary>
    internal const string NameAnnotation = "org.opencontainers.image.ref.name";

    // What registries take as a manifest; the specification asks for no more.
    private const int LargestManifest = 4 << 20;

    // An index may list indexes; none that is in use goes deeper than two.
    private const int Deepest = 4;

    /// <summary>
    /// The image whose configuration has an id, else the one of a name for an architecture. Null where there is none.
    /// </summary>
    /// <exception cref="HarnessException">The folder is not a layout, or a manifest is damaged; one line.</exception>
    internal LayoutImage? Find(string name, string? imageId, string architecture)
    {
        if (!File.Exists(Path.Combine(folder, "index.json")))
            return null;
        using var index = Parse("index.json", Bytes(Path.Combine(folder, "index.json")));
        var entries = Entries(index.RootElement, "index.json").ToList();
        if (imageId is not null && entries.SelectMany(entry => All(entry, 0)).FirstOrDefault(image => image.Config == imageId) is { } exact)
            return exact;
        var named = entries.Where(entry => NameOf(entry) == name).ToList();
        if (named.Count == 0)
            return null;
        return named.Select(entry => One(entry, architecture, 0)).FirstOrDefault(image => image is not null)
            ?? throw new HarnessException($"{folder}: {name} is not there for {architecture}: copy it from an engine of that architecture");
    }

    /// <summary>The name of an index's entry; empty where it has none.</summary>
    internal static string NameOf(JsonElement entry) => Text(Member(Member(entry, "annotations"), NameAnnotation)) ?? "";

    /// <summary>The path of a blob.</summary>
    /// <exception cref="HarnessException">It is not a digest.</exception>
    internal string Blob(string? digest) => Sha256Digest.Hex(digest) is { } hex
        ? CachePath.Below(Path.Combine(folder, "blobs", "sha256"), hex)
        : throw new HarnessException($"{folder}: '{digest}' is not a SHA-256 digest: the layout is damaged or hostile");

    // All images that an entry leads to, as far as they are in the folder: tools copy one architecture of an index.
    private IEnumerable<LayoutImage> All(JsonElement entry, int depth)
    {
        var digest = DigestOf(entry);
        if (!File.Exists(Blob(digest)))
            yield break;
        using var manifest = Manifest(digest);
        if (!IsIndex(manifest.RootElement))
        {
            if (Image(manifest.RootElement) is { } image)
                yield return image;
            yield break;
        }

        foreach (var image in Entries(manifest.RootElement, digest, depth).SelectMany(inner => All(inner, depth + 1)))
            yield return image;
    }

    private LayoutImage? One(JsonElement entry, string architecture, int depth)
    {
        var digest = DigestOf(entry);
        using var manifest = Manifest(digest);
        if (!IsIndex(manifest.RootElement))
            return Image(manifest.RootElement) ?? throw new HarnessException($"{folder}: {digest} is not the manifest of an image");
        return Entries(manifest.RootElement, digest, depth)
            .Where(inner => IsFor(inner, architecture))
            .Select(inner => One(inner, architecture, depth + 1))
            .FirstOrDefault(image => image is not null);
    }

    private JsonElement.ArrayEnumerator Entries(JsonElement index, string name, int depth = 0)
    {
        if (depth >= Deepest)
            throw new HarnessException($"{folder}: {name} is an index {Deepest} levels deep: no image is that deep");
        return Member(index, "manifests") is { ValueKind: JsonValueKind.Array } manifests
            ? manifests.EnumerateArray()
            : throw new HarnessException($"{folder}: is not an OCI image layout ({name} lists no manifests)");
    }

    private static bool IsIndex(JsonElement manifest) => Member(manifest, "manifests") is not null;

    // An entry that names no platform may be another index, or an image whose maker left it out.
    private static bool IsFor(JsonElement entry, string architecture) =>
        Member(entry, "platform") is not { } platform || (Text(Member(platform, "os")) == "linux" && Text(Member(platform, "architecture")) == architecture);

    private static LayoutImage? Image(JsonElement manifest)
    {
        if (Text(Member(Member(manifest, "config"), "digest")) is not { } config || Member(manifest, "layers") is not { ValueKind: JsonValueKind.Array } layers)
            return null;
        ImmutableArray<string?> digests = [.. layers.EnumerateArray().Select(layer => Text(Member(layer, "digest")))];
        return digests.Contains(null) ? null : new LayoutImage(config, digests!);
    }

    private string DigestOf(JsonElement entry)
    {
        var digest = Text(Member(entry, "digest"));
        _ = Blob(digest);
        return digest!;
    }

    private JsonDocument Manifest(string digest)
    {
        var file = Blob(digest);
        if (!File.Exists(file))
            throw new HarnessException($"{folder}: {digest} is missing: copy the images again with 'harness images mirror --to oci:{folder}'");
        var bytes = Bytes(file);
        if (Sha256Digest.Of(bytes) != digest)
            throw new HarnessException($"{folder}: {digest} was changed: copy the images again with 'harness images mirror --to oci:{folder}'");
        return Parse(digest, bytes);
    }

    private byte[] Bytes(string file)
    {
        try
        {
            return new FileInfo(file).Length <= LargestManifest
                ? File.ReadAllBytes(file)
                : throw new HarnessException($"{folder}: {Path.GetFileName(file)} is too large to be a manifest");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new HarnessException($"{folder}: is not an OCI image layout that can be read ({e.Message.ReplaceLineEndings(" ")})", e);
        }
    }

    private JsonDocument Parse(string name, byte[] bytes)
    {
        try
        {
            return JsonDocument.Parse(bytes);
        }
        catch (JsonException e)
        {
            throw new HarnessException($"{folder}: is not an OCI image layout ({name}: {e.Message.ReplaceLineEndings(" ")})", e);
        }
    }

    // What is not an object has no members, what is not a text is none: foreign JSON may be anything.
    private static JsonElement? Member(JsonElement? element, string name) =>
        element is { ValueKind: JsonValueKind.Object } parent && parent.TryGetProperty(name, out var value) ? value : null;

    private static string? Text(JsonElement? element) => element is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;
}
