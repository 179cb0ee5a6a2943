using System.Text.Json;
using System.Text.Json.Nodes;
using Harness.Core;
using Harness.Core.Definitions;
using Harness.Core.Journaling;

namespace Harness.Analysis.Merging;

/// <summary>
/// Makes one lock of several: what an id was must be one thing in all of them. Two architectures have two images, and so have two hosts of what is made of
/// a host's own program: the merged lock has them all, and rows say which theirs was.
/// </summary>
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
                // Whichever part is merged first, the same text stays.
                var key = Key(entry);
                if (!entries.TryGetValue(key, out var known) || string.CompareOrdinal(entry.ToJsonString(), known.Entry.ToJsonString()) < 0)
                    entries[key] = (entry, part);
            }
        }

        foreach (var same in entries.Values.GroupBy(one => Text(one.Entry["id"]), StringComparer.Ordinal))
            RequireOne(same.Key, [.. same]);
        if (entries.Count == 0)
            return;
        var merged = new JsonObject { ["schema_version"] = schema, [list] = new JsonArray([.. entries.Values.Select(entry => entry.Entry.DeepClone())]) };
        AtomicFile.Write(path(target), merged.ToJsonString(Readable) + "\n");
    }

    private static void RequireOne(string id, ImmutableArray<(JsonObject Entry, MergePart From)> entries)
    {
        for (var i = 1; i < entries.Length; i++)
        {
            foreach (var (known, its) in entries[..i])
            {
                var (entry, from) = entries[i];
                if (Identity.FirstOrDefault(name => Text(known[name]) != Text(entry[name])) is { } name && !(AreOfTwoArchitectures(known, entry) || (IsOfHost(known) && IsOfHost(entry))))
                    throw new HarnessException($"{from.Folder.Root}: {id} was {Text(entry[name])}, and in {its.Folder.Root} {Text(known[name])}: run the parts with one --lock");
            }
        }
    }

    private static bool AreOfTwoArchitectures(JsonObject one, JsonObject other) =>
        (Text(one["architecture"]), Text(other["architecture"])) is ({ Length: > 0 } its, { Length: > 0 } others) && its != others;

    private static bool IsOfHost(JsonObject entry) => BootstrapRecipe.IsOfHost(Text((entry["provenance"] as JsonObject)?["kind"]));

    private static string Key(JsonObject entry) => string.Join('\n', Identity.Prepend("architecture").Prepend("id").Select(name => Text(entry[name])));

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
