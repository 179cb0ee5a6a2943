using System.Text.Json;
using Harness.Core.Planning;

namespace Harness.Sandboxes.Treatments;

/// <summary>Files of processes and of what they keep, which can go at any time: null where one is not there.</summary>
internal static class ProcFile
{
    /// <summary>Where a link points.</summary>
    internal static string? Link(string path)
    {
        try
        {
            return new FileInfo(path).LinkTarget;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>What a file holds.</summary>
    internal static string? Text(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Text as JSON.</summary>
    internal static JsonDocument? Parse(string text)
    {
        try
        {
            return JsonDocument.Parse(text);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>A member that is text.</summary>
    internal static string? String(JsonElement? json, string name) => Member(json, name) is { ValueKind: JsonValueKind.String } value ? value.GetString() : null;

    /// <summary>A member of an object.</summary>
    internal static JsonElement? Member(JsonElement? json, string name) => json is { ValueKind: JsonValueKind.Object } known && known.TryGetProperty(name, out var value) ? value : null;

    /// <summary>The value after an option of a command line.</summary>
    internal static string? After(ImmutableArray<string> arguments, string name) => arguments.IndexOf(name) is >= 0 and var at && at + 1 < arguments.Length ? arguments[at + 1] : null;

    /// <summary>
    /// Whose state of a container lies in a folder, by how each OCI runtime names its files; null: no known one's.
    /// </summary>
    internal static string? StateOf(string folder, string id) =>
        KnownRuntimes.Oci.FirstOrDefault(runtime => runtime.StateFile is { } file && File.Exists(Path.Combine(folder, file.Replace("{id}", id, StringComparison.Ordinal))))?.Name;
}
