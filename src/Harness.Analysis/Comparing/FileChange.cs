using Harness.Analysis.Judging;

namespace Harness.Analysis.Comparing;

/// <summary>A file of a userland's image that is gone, was added, or is another one.</summary>
/// <param name="Userland">The userland.</param>
/// <param name="Path">In the image.</param>
/// <param name="Base">What it is in the base; null: not there.</param>
/// <param name="New">What it is on the other side.</param>
public sealed record FileChange(string Userland, string Path, string? Base, string? New)
{
    private const string Files = """
        SELECT userland, path, type || CASE WHEN target <> '' THEN ' to ' || one_line(target) WHEN sha256 <> '' THEN ', ' || size || ' bytes, ' || left(sha256, 12) ELSE '' END
        FROM userland_file
        """;

    /// <summary>The files of userlands whose images were listed on both sides, by the newest run of each; by userland and path.</summary>
    public static ImmutableArray<FileChange> Of(RunSide before, RunSide after)
    {
        // Nothing is asked where all images are the same: their lists are the largest tables of a run.
        var (a, b) = (before.Newest, after.Newest);
        if (!Directory.Exists(a.Folder.Filesystems) || !Directory.Exists(b.Folder.Filesystems) || Images(a).SetEquals(Images(b)))
        {
            return [];
        }

        var (first, second) = (Read(a), Read(b));
        return
        [
            .. first.Keys.Where(second.ContainsKey).Order(StringComparer.Ordinal).SelectMany(userland =>
                first[userland].Keys.Union(second[userland].Keys, StringComparer.Ordinal).Order(StringComparer.Ordinal)
                    .Select(path => new FileChange(userland, path, first[userland].GetValueOrDefault(path), second[userland].GetValueOrDefault(path)))
                    .Where(change => change.Base != change.New)),
        ];
    }

    private static HashSet<string> Images(ComparedRun run) => [.. run.Trials.Select(trial => $"{Core.Model.Cell.Parse(trial.Cell).Userland} {trial.ImageDigest}")];

    private static Dictionary<string, Dictionary<string, string>> Read(ComparedRun run)
    {
        var all = new Dictionary<string, Dictionary<string, string>>(StringComparer.Ordinal);
        using var database = RunDatabase.Open(run.Folder);
        database.Read(Files, "definitions/schema.sql", _ => row =>
        {
            if (!all.TryGetValue(row[0]!, out var files))
            {
                all.Add(row[0]!, files = new Dictionary<string, string>(StringComparer.Ordinal));
            }

            files[row[1]!] = row[2] ?? "";
        });
        return all;
    }
}
