using System.Text.Json.Nodes;
using Harness.Core.Definitions;
using Harness.Core.Journaling;

namespace Harness.Reporting.Redacting;

/// <summary>
/// Which userlands and kernels of a run are the program's own, by id. An id alone says nothing: a catalogue of the user's, or a lock, may give a shipped id
/// another image. There is one answer for an id, so that lock, rows and lists of files agree.
/// </summary>
internal sealed class PublicEntries
{
    private const string Userlands = "userlands", Kernels = "kernels";

    private const string OfHub = "docker.io/library/";

    // Docker Hub's official images are the same there.
    private static readonly ImmutableArray<string> _mirrors = ["mirror.gcr.io/library/", "public.ecr.aws/docker/library/"];

    private readonly HashSet<string> _userlands;
    private readonly HashSet<string> _kernels;

    private PublicEntries(HashSet<string> userlands, HashSet<string> kernels) => (_userlands, _kernels) = (userlands, kernels);

    /// <summary>Of a run.</summary>
    /// <param name="folder">The run.</param>
    /// <param name="locks">Its locks, as they were read, and whether it was given them.</param>
    /// <param name="experiments">The program's experiments.</param>
    internal static PublicEntries Of(RunFolder folder, IEnumerable<(JsonObject File, bool IsGiven)> locks, string experiments)
    {
        var (userlands, kernels) = (UserlandsOf(folder, experiments), KernelsOf(folder, experiments));
        foreach (var catalogue in Directory.Exists(folder.Definitions) ? Directory.EnumerateFiles(folder.Definitions, "catalog-*.yaml") : [])
        {
            foreach (var userland in UserlandCatalogue.Read(catalogue).Userlands)
            {
                userlands.Remove(userland.Id);
            }

            foreach (var kernel in KernelCatalogue.Read(catalogue).Kernels)
            {
                kernels.Remove(kernel.Id);
            }
        }

        // One entry that is something else, as of one host of several, is enough. Of an image that was made, a lock that was given does not tell the
        // recipe: it may be another one of that id.
        foreach (var (file, isGiven) in locks)
        {
            foreach (var (id, entry) in EntriesOf(file, Userlands))
            {
                if (userlands.TryGetValue(id, out var userland) && (!IsOf(userland, Text(entry, "image")) || (isGiven && IsMade(userland, Text(entry, "image")))))
                {
                    userlands.Remove(id);
                }
            }

            foreach (var (id, entry) in EntriesOf(file, Kernels))
            {
                if (kernels.TryGetValue(id, out var kernel) && (Text(entry, "source") != kernel.Package?.Kind || Text(entry, "suite") != kernel.Package.Suite))
                {
                    kernels.Remove(id);
                }
            }
        }

        return new PublicEntries([.. userlands.Keys], [.. kernels.Keys]);
    }

    /// <summary>Whether a userland is the program's own.</summary>
    internal bool HasUserland(string id) => _userlands.Contains(id);

    /// <summary>Whether an entry of a lock is.</summary>
    /// <param name="list">The name of the list that it is in.</param>
    /// <param name="entry">The entry.</param>
    internal bool Has(string list, JsonObject entry) => (list == Userlands ? _userlands : list == Kernels ? _kernels : null)?.Contains(Text(entry, "id")) == true;

    /// <summary>The public entries of a lock.</summary>
    internal IEnumerable<JsonObject> In(JsonObject file) => ((string[])[Userlands, Kernels]).SelectMany(list => EntriesOf(file, list).Select(one => one.Entry).Where(entry => Has(list, entry)));

    private static IEnumerable<(string Id, JsonObject Entry)> EntriesOf(JsonObject file, string list) =>
        file[list] is JsonArray entries ? entries.OfType<JsonObject>().Select(entry => (Text(entry, "id"), entry)) : [];

    private static Dictionary<string, UserlandDefinition> UserlandsOf(RunFolder folder, string experiments)
    {
        const string File = "userlands.yaml";
        return Read(Path.Combine(folder.Definitions, File)) is { } run && Own(folder, experiments, File) is { } file && Read(file) is { } own
            ? own.Userlands.Where(userland => run.Find(userland.Id) is { } used && used.Images.SequenceEqual(userland.Images, StringComparer.Ordinal) && Equals(used.Bootstrap, userland.Bootstrap)).ToDictionary(userland => userland.Id, StringComparer.Ordinal)
            : [];

        static UserlandCatalogue? Read(string path) => System.IO.File.Exists(path) ? UserlandCatalogue.Read(path) : null;
    }

    private static Dictionary<string, KernelDefinition> KernelsOf(RunFolder folder, string experiments)
    {
        const string File = "kernels.yaml";
        return Read(Path.Combine(folder.Definitions, File)) is { } run && Own(folder, experiments, File) is { } file && Read(file) is { } own
            ? own.Kernels.Where(kernel => run.Find(kernel.Id) is { } used && kernel.Package is not null && used.Package == kernel.Package && used.Path == kernel.Path).ToDictionary(kernel => kernel.Id, StringComparer.Ordinal)
            : [];

        static KernelCatalogue? Read(string path) => System.IO.File.Exists(path) ? KernelCatalogue.Read(path) : null;
    }

    // The run's own copy, else the program's; neither where both were changed: then nothing is everybody's.
    private static string? Own(RunFolder folder, string experiments, string name) =>
        ((string[])[folder.Definitions, experiments]).Select(root => Path.Combine(root, name)).FirstOrDefault(file => File.Exists(file) && OwnExperiments.Contains(name, file));

    // What the catalogue names, whichever tag or digest of it, or what the harness made of the recipe.
    private static bool IsOf(UserlandDefinition userland, string image)
    {
        if (image.Length == 0 || IsMade(userland, image))
        {
            return true;
        }

        var name = NameOf(image);
        return userland.Images.Select(NameOf).Any(own => own == name || _mirrors.Any(mirror => own.StartsWith(OfHub, StringComparison.Ordinal) && mirror + own[OfHub.Length..] == name));
    }

    private static bool IsMade(UserlandDefinition userland, string image) =>
        userland.Bootstrap is not null && (image.Length == 0 || image == $"{TextRedactor.Made}{userland.Id}{(userland.Id.Contains(':', StringComparison.Ordinal) ? "" : ":latest")}");

    // Without tag and digest, and as 'debian' is written in full.
    private static string NameOf(string image)
    {
        var name = image.Split('@')[0];
        name = name.LastIndexOf(':') is var colon && colon > name.LastIndexOf('/') ? name[..colon] : name;
        var first = name.Split('/')[0];
        return !name.Contains('/', StringComparison.Ordinal) ? OfHub + name
            : first is not "localhost" && !first.AsSpan().ContainsAny('.', ':') ? "docker.io/" + name
            : name;
    }

    private static string Text(JsonObject node, string name) => node[name] is JsonValue value && value.TryGetValue<string>(out var text) ? text : "";
}
