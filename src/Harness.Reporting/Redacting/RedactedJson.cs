using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Harness.Analysis.Merging;
using Harness.Core;
using Harness.Core.Journaling;

namespace Harness.Reporting.Redacting;

/// <summary>Writes a run's JSON files with what is not public replaced. A property that is not known is a text like any other.</summary>
internal sealed partial class RedactedJson(RunFolder folder, RunFolder target, TextRedactor text, RunNames names, string runId)
{
    private static readonly string[] _digests = ["digest", "image_id"];

    private Func<string, JsonObject, bool> _isPublic = (_, _) => false;

    private static readonly JsonSerializerOptions _options = new()
    {
        WriteIndented = true,
        NewLine = "\n",
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary><c>plan.json</c>, after the table of trials.</summary>
    internal void Plan() => File("plan.json", root =>
    {
        // Those that were not run are in no table, and those of a merged run are of several hosts.
        ImmutableArray<string> hosts = [Text(root, "host_id"), RunMerge.NoHost, .. Directory.EnumerateFiles(folder.Environments, "*.json").Select(file => Path.GetFileNameWithoutExtension(file))];
        foreach (var trial in root["trials"]!.AsArray())
        {
            var row = trial!.AsObject();
            row["trial_id"] = names.Planned(
                Text(row, "trial_id"), hosts, Text(row, "experiment"), Text(row, "cell"), Text(row, "probe"), row["block"]!.GetValue<int>(), row["repetition"]!.GetValue<int>());
            row["cell"] = names.CellName(Text(row, "cell"));
        }
    }, "trials");

    /// <summary>The hosts.</summary>
    internal void Environments()
    {
        foreach (var file in Directory.EnumerateFiles(folder.Environments, "*.json").Order(StringComparer.Ordinal))
        {
            File($"environments/{Path.GetFileName(file)}", _ => { }, to: $"environments/{names.Host(Path.GetFileNameWithoutExtension(file))}.json");
        }
    }

    /// <summary>Whether a file of a run's folder, or of its definitions, is a lock.</summary>
    internal static bool IsLock(string name) => !name.Contains(Path.DirectorySeparatorChar, StringComparison.Ordinal) && name.EndsWith(".lock.json", StringComparison.Ordinal);

    /// <summary>Which images and kernels were used. Of those that everybody can have, digests and packages stay. Answers which userlands those are, and their images' hashes.</summary>
    internal (PublicEntries Entries, IReadOnlySet<string> Images) Locks()
    {
        var images = new HashSet<string>(StringComparer.Ordinal);
        // With --lock a run keeps the lock that it was given beside its definitions.
        ImmutableArray<string> locks = [.. ((string[])[folder.Root, folder.Definitions]).SelectMany(path => Directory.EnumerateFiles(path)).Select(file => Path.GetRelativePath(folder.Root, file)).Where(file => IsLock(Path.GetFileName(file))).Order(StringComparer.Ordinal)];
        ImmutableArray<JsonObject> read = [.. locks.Select(file => Read(Path.Combine(folder.Root, file)))];
        var entries = PublicEntries.Of(folder, read.Zip(locks, (lockFile, path) => (lockFile, path.Contains(Path.DirectorySeparatorChar, StringComparison.Ordinal))), text.Public.Experiments);
        foreach (var digest in read.SelectMany(entries.In).SelectMany(entry => _digests.Select(name => Text(entry, name))).Where(digest => digest.Length > 0))
        {
            text.Allow(digest);
            images.Add(digest[(digest.IndexOf(':', StringComparison.Ordinal) + 1)..]);
        }

        foreach (var file in locks)
        {
            File(file.Replace('\\', '/'), _ => { }, isPublic: entries.Has);
        }

        return (entries, images);
    }

    // isPublic: whether an object, by the name of what it is in, is one that everybody can have. Where nothing else is said, the machine's own kernel may be.
    private void File(string file, Action<JsonObject> before, string? except = null, string? to = null, Func<string, JsonObject, bool>? isPublic = null)
    {
        _isPublic = isPublic ?? ((name, node) => IsPublicKernel(name, text, node));
        (text.Removals.File, text.Removals.Field) = (to ?? file, "");
        var root = Read(Path.Combine(folder.Root, file));
        before(root);
        foreach (var (name, node) in root.ToList())
        {
            if (name != except)
            {
                Walk(root, name, node, isPublic: false, isPackage: false, depth: 1);
            }
        }

        var path = Path.Combine(target.Root, to ?? file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        AtomicFile.Write(path, root.ToJsonString(_options) + "\n");
    }

    // isPublic: within an entry of the catalogue; isPackage: among its packages.
    private void Walk(JsonObject parent, string name, JsonNode? node, bool isPublic, bool isPackage, int depth)
    {
        switch (node)
        {
            case JsonObject child:
                var known = isPublic || (depth == 1 && _isPublic(name, child));
                foreach (var (key, value) in child.ToList())
                {
                    Walk(child, key, value, known, known && name == "packages", depth + 1);
                }

                break;
            case JsonArray list:
                for (var i = 0; i < list.Count; i++)
                {
                    if (list[i] is JsonValue item && item.TryGetValue<string>(out var said))
                    {
                        text.Removals.Field = text.IsPublicText(name) ? name : "";
                        list[i] = Told(name, said, isPublic, isPackage);
                    }
                    else if (list[i] is JsonObject entry)
                    {
                        // An entry of a list has no name of its own, and is judged before parts of it are replaced.
                        var ofList = isPublic || (depth == 1 && _isPublic(name, entry));
                        foreach (var (key, value) in entry.ToList())
                        {
                            Walk(entry, key, value, ofList, ofList && name == "packages", depth + 1);
                        }
                    }
                }

                break;
            case JsonValue one when one.TryGetValue<string>(out var said):
                text.Removals.Field = text.IsPublicText(name) ? name : "";
                parent[name] = Told(name, said, isPublic, isPackage);
                break;
        }

        // A key may be a text too, as the name of a component.
        if (!(isPackage && Package().IsMatch(name)) && !text.IsPublicText(name) && parent.ContainsKey(name))
        {
            text.Removals.Field = "";
            var value = parent[name]?.DeepClone();
            parent.Remove(name);
            parent[text.RedactWhole(name)] = value;
        }
    }

    private string Told(string name, string said, bool isPublic, bool isPackage) => name switch
    {
        "run_id" => names.Run(said, runId),
        "host_id" => names.Host(said),
        "cmdline" => KernelParameters.Redact(said, text.Removals),
        "cpu_model" => Processor().Replace(said, word => Model().IsMatch(word.Value) ? word.Value : text.Redact(word.Value)),
        "commit" when Commit().IsMatch(said) => said,
        "tool_version" or "version" when ToolVersion().IsMatch(said) => said,
        "config_sha256" or "image_sha256" or "layer_sha256" or "sha256" or "plan" when Hash().IsMatch(said) => Hashed(said, isPublic),
        "digest" or "image_id" => names.Digest(said, isPublic),
        // Folders and rows have the same names, and definitions that are not the program's own leave where somebody has read them only.
        "experiments" => said,
        "id" or "image" or "images" or "hypervisor" => text.RedactWhole(said),
        _ when isPackage && PackageVersion().IsMatch(said) => said,
        _ => text.Redact(said),
    };

    // A hash of what few can know, as all cells' names or a layer, can be tried out: another one in its place, equal where it was equal.
    private string Hashed(string hash, bool isPublic)
    {
        if (isPublic || names.IsRedacted)
        {
            return hash;
        }

        text.Removals.Count("hash", "<hash>");
        return names.Pseudonym(hash);
    }

    private static bool IsPublicKernel(string name, TextRedactor text, JsonObject kernel) =>
        name == "kernel" && Text(kernel, "release") is { Length: > 0 } release && text.IsPublicText(release);

    private static JsonObject Read(string path)
    {
        try
        {
            return JsonNode.Parse(System.IO.File.ReadAllText(path))?.AsObject() ?? throw new JsonException("it is empty");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or IOException or UnauthorizedAccessException)
        {
            throw new HarnessException($"{path}: cannot be read ({e.Message.ReplaceLineEndings(" ")})", e);
        }
    }

    private static string Text(JsonObject node, string name) => node[name] is JsonValue value && value.TryGetValue<string>(out var text) ? text : "";

    [GeneratedRegex("^[0-9a-f]{40}\\z")]
    private static partial Regex Commit();

    [GeneratedRegex("^[0-9]+\\.[0-9]+\\.[0-9]+(-(?:alpha|beta|rc|preview|dev)[0-9.]*)?(\\+[0-9a-f]{40})?\\z")]
    private static partial Regex ToolVersion();

    [GeneratedRegex("^[0-9a-f]{64}\\z")]
    private static partial Regex Hash();

    [GeneratedRegex("[^\\s@]+")]
    private static partial Regex Processor();

    // 'E5-2673', 'i7-1185G7', '8488C', '7B13', 'v4': no word has digits in it.
    [GeneratedRegex("^(?:[A-Za-z]{0,2}[0-9]{1,5}[A-Za-z]{0,2}[0-9]{0,2})(?:-[0-9]{2,5}[A-Z]{0,2}[0-9]{0,1})?\\z")]
    private static partial Regex Model();

    [GeneratedRegex("^[a-z0-9][a-z0-9+.-]{1,60}(?::[a-z0-9]{2,12})?\\z")]
    private static partial Regex Package();

    [GeneratedRegex("^[0-9A-Za-z][0-9A-Za-z.+~:_() -]{0,60}\\z")]
    private static partial Regex PackageVersion();
}
