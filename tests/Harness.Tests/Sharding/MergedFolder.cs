using Harness.Core.Journaling;

namespace Harness.Tests.Sharding;

/// <summary>What a merged run holds, but for its own id.</summary>
internal static class MergedFolder
{
    internal static Dictionary<string, string> Sources(RunFolder folder, string id) => Directory.EnumerateFiles(folder.Root, "*", SearchOption.AllDirectories)
        .Where(file => file != folder.Sums)
        .ToDictionary(
            file => Path.GetRelativePath(folder.Root, file),
            file => file == folder.PlanJson ? File.ReadAllText(file).Replace($"\"run_id\": \"{id}\"", "", StringComparison.Ordinal)
                : file == folder.TrialsCsv || file == folder.ObservationsCsv ? File.ReadAllText(file).Replace("\n" + id + ",", "\n,", StringComparison.Ordinal)
                : Convert.ToHexString(File.ReadAllBytes(file)),
            StringComparer.Ordinal);
}
