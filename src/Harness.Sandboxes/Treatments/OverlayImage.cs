using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Harness.Sandboxes.Treatments;

/// <summary>
/// Whose layers are mounted at a container's root, as this machine's kernel says, against what an image's own description names. For Docker's
/// image store with overlay2; other stores keep that in files of their own making.
/// </summary>
internal static class OverlayImage
{
    internal const string Witness = "the layers mounted at its root";

    /// <summary>To be asked while the container runs: its own layers go with it. Null: it cannot be told here.</summary>
    /// <param name="mount">The line of mountinfo.</param>
    /// <param name="files">The folder below which the engine's files are seen.</param>
    /// <param name="imageId"><c>sha256:…</c>, which is the digest of the image's description.</param>
    internal static Word? Judge(string? mount, string files, string imageId)
    {
        try
        {
            if (mount is null || Option(mount, "upperdir") is not { } upper || upper.IndexOf("/overlay2/", StringComparison.Ordinal) is not (> 0 and var at))
                return null;
            var data = files + upper[..at];
            if (Top(mount, data) is not { } top || Expected(data, imageId) is not { } expected)
                return null;
            return top == expected
                ? new Word(true, imageId, Witness)
                : new Word(false, $"other layers ({top[..12]})", Witness);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException or KeyNotFoundException)
        {
            return null;
        }
    }

    /// <summary>The folder that the store gave the image's last layer.</summary>
    private static string? Expected(string data, string imageId)
    {
        var id = imageId.Split(':')[^1];
        var text = File.ReadAllBytes(Path.Combine(data, "image", "overlay2", "imagedb", "content", "sha256", id));
        // The id is the digest: this is the image, whatever the engine says of it.
        if (Convert.ToHexStringLower(SHA256.HashData(text)) != id)
            return null;
        using var json = JsonDocument.Parse(text);
        var chain = "";
        foreach (var layer in json.RootElement.GetProperty("rootfs").GetProperty("diff_ids").EnumerateArray())
        {
            var difference = layer.GetString()!;
            chain = chain.Length == 0 ? difference : "sha256:" + Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes($"{chain} {difference}")));
        }

        return chain.Length == 0 ? null : File.ReadAllText(Path.Combine(data, "image", "overlay2", "layerdb", "sha256", chain.Split(':')[1], "cache-id")).Trim();
    }

    /// <summary>The last layer that is mounted, below the one that the engine makes for each container.</summary>
    private static string? Top(string mount, string data)
    {
        foreach (var lower in (Option(mount, "lowerdir") ?? "").Split(':'))
        {
            // A short name in the folder `l`, perhaps relative to the store.
            var link = new FileInfo(Path.Combine(data, "overlay2", "l", Path.GetFileName(lower))).LinkTarget ?? Path.Combine(Path.GetFileName(Path.GetDirectoryName(lower)) ?? "", "diff");
            var layer = Path.GetFileName(Path.GetDirectoryName(link)) ?? "";
            if (!layer.EndsWith("-init", StringComparison.Ordinal))
                return layer.Length > 12 ? layer : null;
        }

        return null;
    }

    /// <summary>An option of a mounted overlay.</summary>
    internal static string? Option(string mount, string name) =>
        mount.Split(' ')[^1].Split(',').FirstOrDefault(option => option.StartsWith(name + "=", StringComparison.Ordinal))?[(name.Length + 1)..];
}
