using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using Harness.Core;
using Harness.Core.Definitions;
using Harness.Core.Journaling;
using Harness.Host.Processes;

namespace Harness.Images.Userlands;

/// <summary>Which image each userland has to be: a <c>userlands.lock.json</c> that was read.</summary>
/// <param name="Source">The file, for messages.</param>
/// <param name="Userlands">One entry a userland; in a merged run's, one for each architecture and for each image that a host made of its own program.</param>
/// <param name="IsComplete">What is not in it is not available. False: it is chosen freely, as in a resumed run that had not come to it yet.</param>
public sealed partial record ImageLock(string Source, ImmutableArray<UserlandLock> Userlands, bool IsComplete)
{
    private const int Schema = 1;

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        NewLine = "\n",
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    };

    /// <summary>The first entry of a userland, or null.</summary>
    public UserlandLock? Find(string userland) => Userlands.FirstOrDefault(entry => entry.Id == userland);

    /// <summary>All of them, those for this host's architecture first.</summary>
    public ImmutableArray<UserlandLock> FindAll(string userland) =>
        [.. Userlands.Where(entry => entry.Id == userland).OrderBy(entry => entry.Architecture != Machine.DebianArchitecture(Machine.Architecture))];

    /// <summary>Reads a lock.</summary>
    /// <exception cref="HarnessException">It is missing or wrong.</exception>
    public static ImageLock Read(string path, bool isComplete)
    {
        try
        {
            return Parse(File.ReadAllText(path), path, isComplete);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new HarnessException($"{path}: cannot be read ({e.Message.ReplaceLineEndings(" ")}); 'harness images lock' writes a lock", e);
        }
    }

    /// <summary>Reads the text of a lock.</summary>
    /// <exception cref="HarnessException">It is wrong.</exception>
    public static ImageLock Parse(string text, string source, bool isComplete)
    {
        LockFile? file;
        try
        {
            file = JsonSerializer.Deserialize<LockFile>(text, Json);
        }
        catch (JsonException e)
        {
            throw new HarnessException($"{source}: is not a lock ({e.Message.ReplaceLineEndings(" ")}); 'harness images lock' writes one", e);
        }

        if (file is not { SchemaVersion: Schema } || file.Userlands.IsDefault)
            throw new HarnessException($"{source}: schema_version must be {Schema}; 'harness images lock' writes a lock");
        foreach (var entry in file.Userlands)
        {
            if (!DigestPattern().IsMatch(entry.Digest) || (entry.ImageId is not null && !DigestPattern().IsMatch(entry.ImageId)))
                throw new HarnessException($"{source}: {entry.Id}: '{entry.Digest}' is not a digest: write sha256: and 64 hex digits, or renew it with 'harness images lock'");
        }

        return file.Userlands.GroupBy(entry => (entry.Id, entry.Architecture)).Select(group => (group.Key.Id, Entries: group.ToList()))
            .FirstOrDefault(group => group.Entries.Count > 1 && !(group.Entries.All(entry => BootstrapRecipe.IsOfHost(entry.Provenance.Kind)) && group.Entries.DistinctBy(entry => entry.Digest).Count() == group.Entries.Count)) is { Id: not null } twice
            ? throw new HarnessException($"{source}: {twice.Id} is there twice: keep one")
            : new ImageLock(source, file.Userlands, isComplete);
    }

    /// <summary>Writes entries, sorted by id; those of the file that have no new one stay.</summary>
    public static void Write(string path, ImmutableArray<UserlandLock> entries)
    {
        var old = File.Exists(path) ? Read(path, isComplete: false).Userlands : [];
        AtomicFile.Write(path, Text([.. old.Where(entry => entries.All(fresh => fresh.Id != entry.Id)), .. entries]));
    }

    /// <summary>The text of a lock.</summary>
    public static string Text(ImmutableArray<UserlandLock> entries) =>
        JsonSerializer.Serialize(new LockFile(Schema, [.. entries.OrderBy(entry => entry.Id, StringComparer.Ordinal).ThenBy(entry => entry.Architecture, StringComparer.Ordinal).ThenBy(entry => entry.Digest, StringComparer.Ordinal)]), Json) + "\n";

    [GeneratedRegex("^sha256:[0-9a-f]{64}$")]
    private static partial Regex DigestPattern();

    private sealed record LockFile(int SchemaVersion, ImmutableArray<UserlandLock> Userlands);
}
