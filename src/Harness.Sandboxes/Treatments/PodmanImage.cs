using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Harness.Sandboxes.Treatments;

/// <summary>
/// Whose layers are mounted at a container's root, as this machine's kernel says, against what an image's own description names: for Podman's store
/// with overlay (containers/storage), which keeps a list of layers with the digest of what each changes.
/// </summary>
internal static class PodmanImage
{
    /// <summary>To be asked while the container runs. Null: it cannot be told here.</summary>
    /// <param name="mount">The line of mountinfo.</param>
    /// <param name="files">The folder below which the engine's files are seen.</param>
    /// <param name="imageId"><c>sha256:…</c>, which is the digest of the image's description.</param>
    internal static Word? Judge(string? mount, string files, string imageId)
    {
        try
        {
            if (mount is null || OverlayImage.Option(mount, "upperdir") is not { } upper || upper.LastIndexOf("/overlay/", StringComparison.Ordinal) is not (> 0 and var at))
                return null;
            var store = files + upper[..at];
            if (Top(mount, store) is not { } top || Expected(store, imageId) is not { } expected)
                return null;
            var mounted = Differences(store, top);
            return mounted is null ? null
                : mounted.Value.SequenceEqual(expected, StringComparer.Ordinal) ? new Word(true, imageId, OverlayImage.Witness)
                : new Word(false, $"other layers ({top[..Math.Min(12, top.Length)]})", OverlayImage.Witness);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>What the image's description says that its layers change, from the lowest on.</summary>
    private static ImmutableArray<string>? Expected(string store, string imageId)
    {
        var id = imageId.Split(':')[^1];
        var name = "=" + Convert.ToBase64String(Encoding.ASCII.GetBytes($"sha256:{id}"));
        var text = File.ReadAllBytes(Path.Combine(store, "overlay-images", id, name));
        // The id is the digest: this is the image, whatever the engine says of it.
        if (Convert.ToHexStringLower(SHA256.HashData(text)) != id)
            return null;
        using var json = JsonDocument.Parse(text);
        return [.. json.RootElement.GetProperty("rootfs").GetProperty("diff_ids").EnumerateArray().Select(layer => layer.GetString()!)];
    }

    /// <summary>What a layer and those below it change, from the lowest on; null where one of them is not in the store's list.</summary>
    private static ImmutableArray<string>? Differences(string store, string top)
    {
        using var json = JsonDocument.Parse(File.ReadAllText(Path.Combine(store, "overlay-layers", "layers.json")));
        var layers = json.RootElement.EnumerateArray().ToDictionary(layer => layer.GetProperty("id").GetString()!, StringComparer.Ordinal);
        var found = new List<string>();
        for (var at = top; at.Length > 0;)
        {
            if (!layers.TryGetValue(at, out var layer) || ProcFile.String(layer, "diff-digest") is not { } difference || found.Count > layers.Count)
                return null;
            found.Add(difference);
            at = ProcFile.String(layer, "parent") ?? "";
        }

        found.Reverse();
        return [.. found];
    }

    /// <summary>The last layer that is mounted, below the container's own.</summary>
    private static string? Top(string mount, string store)
    {
        var lower = (OverlayImage.Option(mount, "lowerdir") ?? "").Split(':')[0];
        // By a short name in the folder `l`, perhaps relative to the store.
        var link = new FileInfo(Path.Combine(store, "overlay", "l", Path.GetFileName(lower))).LinkTarget ?? lower;
        return Path.GetFileName(Path.GetDirectoryName(link)) is { Length: > 0 } layer ? layer : null;
    }
}
