using System.Text.Json;
using Harness.Core.Journaling;
using Harness.Images.Kernels;

namespace Harness.Runs;

/// <summary><c>kernels.lock.json</c>: which kernel each id was. Not written by runs without virtual machines.</summary>
public static class KernelLocks
{
    private static readonly JsonSerializerOptions _json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        NewLine = "\n",
        DefaultIgnoreCondition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Writes the locks, sorted by id; those that a resumed run did not need this time stay.</summary>
    public static void Write(string path, ImmutableArray<KernelLock> locks)
    {
        if (locks.IsEmpty)
        {
            return;
        }

        var all = Read(path).Where(old => locks.All(fresh => fresh.Id != old.Id)).Concat(locks).OrderBy(entry => entry.Id, StringComparer.Ordinal);
        AtomicFile.Write(path, JsonSerializer.Serialize(new LockFile(1, [.. all]), _json) + "\n");
    }

    /// <summary>
    /// Writes how the kernels were configured, and the machine's own beside them: <c>raw/kernels/</c>. Not written by runs without virtual machines.
    /// </summary>
    public static void WriteOptions(RunFolder folder, string hostId, ImmutableArray<KeyValuePair<string, string>> configurations, string? host)
    {
        if (configurations.IsEmpty)
        {
            return;
        }

        Directory.CreateDirectory(folder.KernelOptions);
        foreach (var (kernel, configuration) in configurations)
        {
            KernelOptionTable.Write(Path.Combine(folder.KernelOptions, KernelOptionTable.FileName(kernel)), configuration);
        }

        if (host is not null)
        {
            KernelOptionTable.Write(Path.Combine(folder.KernelOptions, KernelOptionTable.HostFileName(hostId)), host);
        }
    }

    /// <summary>The locks of a file; none where it is missing.</summary>
    public static ImmutableArray<KernelLock> Read(string path) =>
        File.Exists(path) ? JsonSerializer.Deserialize<LockFile>(File.ReadAllText(path), _json)?.Kernels ?? [] : [];

    private sealed record LockFile(int SchemaVersion, ImmutableArray<KernelLock> Kernels);
}
