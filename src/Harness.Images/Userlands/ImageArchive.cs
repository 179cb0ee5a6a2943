using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Harness.Engines.Connecting;
using Harness.Engines.Contract;

namespace Harness.Images.Userlands;

/// <summary>
/// Wraps a layer into an archive that <c>docker load</c> takes. Unlike <c>docker import</c>, which stamps the time of
/// the import, this gives the same image id for the same layer on every machine.
/// </summary>
internal static class ImageArchive
{
    /// <summary>The label that names the recipe an image was made by, so that a changed recipe is noticed.</summary>
    internal const string RecipeLabel = "harness.recipe";

    private static readonly JsonSerializerOptions Compact = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull,
    };

    /// <summary>Writes the archive.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="layer">The layer's tar.</param>
    /// <param name="tag">The reference the image gets.</param>
    /// <param name="recipe">The value of <see cref="RecipeLabel"/>.</param>
    /// <param name="architecture">The engine's name of it.</param>
    /// <param name="provenance">Kept in the image's history.</param>
    /// <param name="cancellation">Ends the writing.</param>
    internal static async Task WriteAsync(
        Stream output, string layer, string tag, string recipe, string architecture, Provenance provenance, CancellationToken cancellation)
    {
        var config = Config(recipe, architecture, provenance);
        var name = Id(recipe, architecture, provenance)["sha256:".Length..];
        var manifest = new JsonArray(new JsonObject
        {
            ["Config"] = name + ".json",
            ["RepoTags"] = new JsonArray(tag),
            ["Layers"] = new JsonArray("layer.tar"),
        });
        await using var tar = new ReproducibleTar(output, DateTimeOffset.UnixEpoch);
        await tar.TextAsync(name + ".json", ReproducibleTar.File, config, cancellation);
        await using (var content = File.OpenRead(layer))
            await tar.FileAsync("layer.tar", ReproducibleTar.File, content, cancellation);
        await tar.TextAsync("manifest.json", ReproducibleTar.File, manifest.ToJsonString(), cancellation);
    }

    /// <summary>The id that an engine gives the image: the hash of its configuration.</summary>
    internal static string Id(string recipe, string architecture, Provenance provenance) =>
        "sha256:" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Config(recipe, architecture, provenance))));

    /// <summary>The provenance that an image's history holds; null where the harness did not make it.</summary>
    internal static Provenance? ReadProvenance(string? comment)
    {
        if (string.IsNullOrEmpty(comment) || comment[0] != '{')
            return null;
        try
        {
            return JsonSerializer.Deserialize<Provenance>(comment, Compact);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Removes the images that the harness has made in an engine, but for those in use. Returns their references.</summary>
    internal static async Task<ImmutableArray<string>> RemoveAllAsync(EngineConnection connection, CancellationToken cancellation)
    {
        var images = await connection.Engine.Images.ListAsync(RecipeLabel, parents: false, cancellation);
        var removed = ImmutableArray.CreateBuilder<string>();
        foreach (var image in images)
        {
            try
            {
                await connection.Engine.Images.RemoveAsync(image.Id, ImageRemoval.Everything, cancellation);
                removed.Add(image.Tags is [var tag, ..] ? tag : image.Id);
            }
            catch (EngineException e) when (e.Status is HttpStatusCode.Conflict or HttpStatusCode.NotFound)
            {
                // A container that is not ours to remove uses it, or somebody else has removed it.
            }
        }

        return removed.ToImmutable();
    }

    private static string Config(string recipe, string architecture, Provenance provenance)
    {
        var created = (provenance.SourceDate ?? DateTimeOffset.UnixEpoch).UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture);
        return new JsonObject
        {
            ["architecture"] = architecture,
            ["config"] = new JsonObject { ["Labels"] = new JsonObject { [RecipeLabel] = recipe } },
            ["created"] = created,
            ["history"] = new JsonArray(new JsonObject
            {
                ["created"] = created,
                ["created_by"] = "harness " + recipe,
                ["comment"] = JsonSerializer.Serialize(provenance, Compact),
            }),
            ["os"] = "linux",
            ["rootfs"] = new JsonObject { ["type"] = "layers", ["diff_ids"] = new JsonArray("sha256:" + provenance.LayerSha256) },
        }.ToJsonString();
    }
}
