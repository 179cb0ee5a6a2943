using System.Text.Json;
using Harness.Core;
using Harness.Core.Journaling;
using Harness.Core.Model;

namespace Harness.Analysis;

/// <summary>Reads and writes <c>environments/&lt;host_id&gt;.json</c>.</summary>
public static class EnvironmentFiles
{
    private static readonly JsonSerializerOptions _json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        RespectNullableAnnotations = true,
        NewLine = "\n",
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>
    /// Writes a host's environment. A run that was resumed and needed no engine this time keeps what is known of the one it had,
    /// and every remark once made stays.
    /// </summary>
    public static void Write(RunFolder folder, HostEnvironment environment)
    {
        Directory.CreateDirectory(folder.Environments);
        var path = Path.Combine(folder.Environments, environment.HostId + ".json");
        if (File.Exists(path))
        {
            var before = Read(path);
            environment = environment with
            {
                Engine = environment.Engine ?? before.Engine,
                Engines = before.Engines?.SetItems(environment.Engines ?? ImmutableSortedDictionary<string, EngineFacts>.Empty) ?? environment.Engines,
                EngineInVm = environment.EngineInVm ?? before.EngineInVm,
                Remarks = [.. before.Remarks.Union(environment.Remarks)],
            };
        }

        AtomicFile.Write(path, JsonSerializer.Serialize(environment, _json) + "\n");
    }

    /// <summary>Every host's, sorted by file name.</summary>
    /// <exception cref="HarnessException">There is none, or one cannot be read.</exception>
    public static ImmutableArray<HostEnvironment> Read(RunFolder folder)
    {
        var paths = Directory.Exists(folder.Environments)
            ? Directory.EnumerateFiles(folder.Environments, "*.json").Order(StringComparer.Ordinal).ToImmutableArray()
            : [];
        return paths.Length > 0
            ? [.. paths.Select(Read)]
            : throw new HarnessException($"{folder.Environments}: no host's environment is there; the run's folder is incomplete");
    }

    private static HostEnvironment Read(string path)
    {
        try
        {
            return JsonSerializer.Deserialize<HostEnvironment>(File.ReadAllText(path), _json) ?? throw new JsonException("it is empty");
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new HarnessException($"{path}: cannot be read ({e.Message.ReplaceLineEndings(" ")})", e);
        }
    }
}
