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
    private static readonly ImmutableSortedDictionary<int, Func<string, PlanFile>> _readers = new Dictionary<int, Func<string, PlanFile>>
    {
        [1] = PlanFile.Parse,
    }.ToImmutableSortedDictionary();

    /// <summary>The numbers that this version reads, ascending; the last is <see cref="RunFolder.SchemaVersion"/>, which it writes.</summary>
    public static ImmutableArray<int> Known => [.. _readers.Keys];

    /// <summary>Reads a plan.</summary>
    /// <param name="path">Its file, for messages.</param>
    /// <param name="text">What it holds.</param>
    /// <exception cref="HarnessException">No reader of this version knows its schema; the message names who wrote it.</exception>
    /// <exception cref="JsonException">It is no plan.</exception>
    internal static PlanFile Read(string path, string text)
    {
        // Before anything else of it: another format may have anything beside its number.
        using var json = JsonDocument.Parse(text);
        if (json.RootElement.ValueKind != JsonValueKind.Object || !json.RootElement.TryGetProperty("schema_version", out var schema) || schema.ValueKind != JsonValueKind.Number)
        {
            throw new JsonException("it has no schema_version");
        }

        if (schema.TryGetInt32(out var number) && _readers.TryGetValue(number, out var read))
        {
            return read(text);
        }

        var writer = json.RootElement.TryGetProperty("tool_version", out var tool) && tool.ValueKind == JsonValueKind.String ? $"harness {tool.GetString()}" : "another harness";
        var known = string.Join(", ", Known.Select(one => one.ToString(CultureInfo.InvariantCulture)));
        var remedy = schema.TryGetDouble(out var value) && value > RunFolder.SchemaVersion ? "use that harness or a later one" : "use that harness";
        throw new HarnessException($"{path}: {writer} wrote it with schema {schema.GetRawText()}; this version reads schema {known}: {remedy}");
    }
}
