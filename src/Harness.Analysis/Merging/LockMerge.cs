using System.Text.Json;
using System.Text.Json.Nodes;
using Harness.Core;
using Harness.Core.Journaling;

namespace Harness.Analysis.Merging;

/// <summary>Makes one lock of several: what an id was must be one thing in all of them.</summary>
internal static class LockMerge
{
    private static readonly JsonSerializerOptions Readable = new() { WriteIndented = true, NewLine = "\n", Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    // What an entry is, whatever else is said of it: an engine has an id of its own for an image.
    private static readonly ImmutableArray<string> Identity = ["digest", "release", "image_sha256"];

    /// <summary>Writes the lock that all parts together have; none where no part has one.</summary>
    /// <param name="parts">The runs.</param>
    /// <param name="path">Of a run's lock.</param>
    /// <param name="list">The property that holds the entries.</param>
    /// <param name="target">The merged run's.</param>
    /// <exception cref="HarnessException">Two parts had two things under one id.</exception>
    internal static void Write(ImmutableArray<MergePart> parts, Func<RunFolder, string> path, string list, RunFolder target)
    {
        var entries = new SortedDictionary<string, (JsonObject Entry, MergePart From)>(StringComparer.Ordinal);
        JsonNode? schema = null;
        foreach (var part in parts.Where(part => File.Exists(path(part.Folder))))
        {
            var file = Parse(path(part.Folder));
            schema ??= file["schema_version"]?.DeepClone();
            foreach (var entry in file[list]?.AsArray().OfType<JsonObject>() ?? [])
            {
                var id = entry["id"]?.GetValue<string>() ?? "";
                if (!entries.TryGetValue(id, out var known))
                    entries[id] = (entry, part);
                else if (Identity.FirstOrDefault(name => Text(known.Entry[name]) != Text(entry[name])) is { } name)
                    throw new HarnessException($"{part.Folder.Root}: {id} was {Text(entry[name])}, and in {known.From.Folder.Root} {Text(known.Entry[name])}: run the parts with one --lock");
                // Whichever part is merged first, the same text stays.
                else if (string.CompareOrdinal(entry.ToJsonString(), known.Entry.ToJsonString()) < 0)
                    entries[id] = (entry, known.From);
            }
        }

        if (entries.Count == 0)
            return;
        var merged = new JsonObject { ["schema_version"] = schema, [list] = new JsonArray([.. entries.Values.Select(entry => entry.Entry.DeepClone())]) };
        AtomicFile.Write(path(target), merged.ToJsonString(Readable) + "\n");
    }

    private static string Text(JsonNode? node) => node?.ToString() ?? "";

    private static JsonObject Parse(string path)
    {
        try
        {
            return JsonNode.Parse(File.ReadAllText(path)) as JsonObject ?? throw new JsonException("not an object");
        }
        catch (JsonException e)
        {
            throw new HarnessException($"{path}: is not a lock ({e.Message.ReplaceLineEndings(" ")})", e);
        }
    }
}
