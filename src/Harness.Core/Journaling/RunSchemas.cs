using System.Globalization;
using System.Text.Json;

namespace Harness.Core.Journaling;

/// <summary>
/// The formats of a run's folder, by <c>schema_version</c> of its <c>plan.json</c>, and how each is read: the one place where they part. Whatever reads a
/// run begins with its plan. A new format gets the next number and a row here; the rows before it stay, and for each there is a run of that format among
/// the tests, which must be reported, compared and verified from then on.
/// </summary>
public static class RunSchemas
{
    private static readonly ImmutableSortedDictionary<int, Func<Stream, PlanFile>> _readers = new Dictionary<int, Func<Stream, PlanFile>>
    {
        [1] = PlanFile.Parse,
    }.ToImmutableSortedDictionary();

    /// <summary>The numbers that this version reads, ascending; the last is <see cref="RunFolder.SchemaVersion"/>, which it writes.</summary>
    public static ImmutableArray<int> Known => [.. _readers.Keys];

    /// <summary>Reads a plan.</summary>
    /// <param name="path">Its file.</param>
    /// <exception cref="HarnessException">No reader of this version knows its schema; the message names who wrote it.</exception>
    /// <exception cref="JsonException">It is no plan.</exception>
    internal static PlanFile Read(string path)
    {
        // Piece by piece, and its number before anything else of it: another format may have anything beside that.
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, 1 << 16, FileOptions.SequentialScan);
        var head = Head.Of(file);
        if (head.SchemaVersion is not { ValueKind: JsonValueKind.Number } schema)
        {
            throw new JsonException("it has no schema_version");
        }

        if (schema.TryGetInt32(out var number) && _readers.TryGetValue(number, out var read))
        {
            file.Position = 0;
            return read(file);
        }

        var writer = head.ToolVersion is { ValueKind: JsonValueKind.String } tool ? $"harness {tool.GetString()}" : "another harness";
        var known = string.Join(", ", Known.Select(one => one.ToString(CultureInfo.InvariantCulture)));
        var remedy = schema.TryGetDouble(out var value) && value > RunFolder.SchemaVersion ? "use that harness or a later one" : "use that harness";
        throw new HarnessException($"{path}: {writer} wrote it with schema {schema.GetRawText()}; this version reads schema {known}: {remedy}");
    }

    private sealed record Head(JsonElement? SchemaVersion, JsonElement? ToolVersion)
    {
        private static readonly JsonSerializerOptions _json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

        internal static Head Of(Stream file)
        {
            try
            {
                return JsonSerializer.Deserialize<Head>(file, _json) ?? new Head(null, null);
            }
            catch (JsonException e) when (e.Path == "$" && e.InnerException is null)
            {
                // A list, or a number: JSON, but not an object.
                throw new JsonException("it has no schema_version", e);
            }
        }
    }
}
