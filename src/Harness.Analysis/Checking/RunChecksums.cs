using System.Security.Cryptography;
using System.Text;
using Harness.Core;
using Harness.Core.Journaling;

namespace Harness.Analysis.Checking;

/// <summary>
/// <c>SHA256SUMS</c> of a run: sealed once over the sources when the run ends, and from then on a witness against them.
/// Only the lines of derived files are ever renewed.
/// </summary>
public static class RunChecksums
{
    private static readonly ImmutableArray<string> _sourceFiles = ["trials.csv", "observations.csv", "plan.json", "log.txt", "redacted.csv"];
    private static readonly ImmutableArray<string> _sourceFolders = ["definitions", "environments", "raw"];
    private static readonly ImmutableArray<string> _derivedFiles = ["verdicts.csv", "checks.csv", "not_counted.csv", "report.md", "report.html"];
    // Of an exported folder: they describe the rest and are made by the export alone.
    private static readonly ImmutableArray<string> _descriptions = ["datapackage.json", "ro-crate-metadata.json"];
    private static readonly ImmutableArray<string> _derivedFolders = ["evidence", "figures", "statistics", "tables"];

    /// <summary>Hashes what the run left: to be called when it ends, and when a resumed run ends again.</summary>
    public static void Seal(RunFolder folder) => Write(folder, Hash(folder, Sources(folder)));

    /// <summary>Renews the lines of derived files; those of the sources stay as they were sealed.</summary>
    /// <exception cref="HarnessException">The run was never sealed.</exception>
    public static void RenewDerived(RunFolder folder)
    {
        var sources = Read(folder).Where(line => IsSource(line.Key));
        Write(folder, sources.Concat(Hash(folder, Derived(folder))).Concat(Hash(folder, Descriptions(folder))));
    }

    /// <summary>Every source that is not what was sealed: changed, missing or added.</summary>
    /// <exception cref="HarnessException">The run was never sealed.</exception>
    public static ImmutableArray<Finding> CheckSources(RunFolder folder)
    {
        var sealedSums = Read(folder).Where(line => IsSource(line.Key)).ToDictionary(StringComparer.Ordinal);
        var there = Hash(folder, Sources(folder)).ToDictionary(StringComparer.Ordinal);
        return
        [
            .. sealedSums.Keys.Union(there.Keys, StringComparer.Ordinal).Order(StringComparer.Ordinal).SelectMany<string, Finding>(file =>
                !there.TryGetValue(file, out var now) ? [Finding.Fault(file, "is missing")]
                : !sealedSums.TryGetValue(file, out var then) ? [Finding.Fault(file, "was added after the run")]
                : now != then ? [Finding.Fault(file, "was changed after the run")]
                : []),
        ];
    }

    /// <summary>Every derived file whose line in <c>SHA256SUMS</c> does not hold.</summary>
    public static ImmutableArray<Finding> CheckDerived(RunFolder folder)
    {
        var lines = Read(folder).Where(line => !IsSource(line.Key)).ToDictionary(StringComparer.Ordinal);
        return
        [
            .. Hash(folder, [.. Derived(folder), .. Descriptions(folder)])
                .Where(file => !lines.TryGetValue(file.Key, out var sum) || sum != file.Value)
                .Select(file => Finding.Fault(file.Key, "is not what SHA256SUMS says")),
        ];
    }

    /// <summary>The sealed lines of what the run left, one text: the same whatever is derived from it.</summary>
    /// <exception cref="HarnessException">The run was never sealed.</exception>
    public static string SourceLines(RunFolder folder) =>
        string.Concat(Read(folder).Where(line => IsSource(line.Key)).OrderBy(line => line.Key, StringComparer.Ordinal).Select(line => $"{line.Value}  {line.Key}\n"));

    /// <summary>The sealed lines of files below a folder, one text.</summary>
    internal static string Lines(RunFolder folder, string below) =>
        string.Join('\n', Read(folder).Where(line => line.Key.StartsWith(below, StringComparison.Ordinal)).OrderBy(line => line.Key, StringComparer.Ordinal).Select(line => $"{line.Value}  {line.Key}"));

    /// <summary>Paths of derived files, relative to the folder with <c>/</c>, sorted.</summary>
    public static ImmutableArray<string> Derived(RunFolder folder) => Enumerate(folder, _derivedFiles, _derivedFolders);

    private static ImmutableArray<string> Descriptions(RunFolder folder) => Enumerate(folder, _descriptions, []);

    private static ImmutableArray<string> Sources(RunFolder folder) => Enumerate(
        folder,
        _sourceFiles.Concat(Directory.EnumerateFiles(folder.Root, "*.lock.json").Select(path => Path.GetFileName(path))),
        _sourceFolders);

    // A file cut off while it was being written has this name and belongs to nothing.
    private static ImmutableArray<string> Enumerate(RunFolder folder, IEnumerable<string> files, IEnumerable<string> folders) =>
    [
        .. files.Where(file => File.Exists(Path.Combine(folder.Root, file)))
            .Concat(folders
                .Select(name => Path.Combine(folder.Root, name))
                .Where(Directory.Exists)
                .SelectMany(path => Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories))
                .Select(path => Path.GetRelativePath(folder.Root, path).Replace('\\', '/')))
            .Where(file => !file.EndsWith(AtomicFile.Unfinished, StringComparison.Ordinal))
            .Order(StringComparer.Ordinal),
    ];

    private static bool IsSource(string file) =>
        !_derivedFiles.Contains(file) && !_descriptions.Contains(file) && !_derivedFolders.Any(folder => file.StartsWith(folder + "/", StringComparison.Ordinal));

    private static IEnumerable<KeyValuePair<string, string>> Hash(RunFolder folder, IEnumerable<string> files) => files.Select(file =>
    {
        var path = Path.Combine(folder.Root, file);
        try
        {
            using var stream = File.OpenRead(path);
            return KeyValuePair.Create(file, Convert.ToHexStringLower(SHA256.HashData(stream)));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new HarnessException($"{path}: cannot be read ({e.Message.ReplaceLineEndings(" ")})", e);
        }
    });

    private static void Write(RunFolder folder, IEnumerable<KeyValuePair<string, string>> sums)
    {
        var text = new StringBuilder();
        foreach (var (file, sum) in sums.OrderBy(line => line.Key, StringComparer.Ordinal))
        {
            text.Append(sum).Append("  ").Append(file).Append('\n');
        }

        AtomicFile.Write(folder.Sums, text.ToString());
    }

    private static ImmutableArray<KeyValuePair<string, string>> Read(RunFolder folder)
    {
        if (!File.Exists(folder.Sums))
        {
            throw new HarnessException($"{folder.Root}: has no SHA256SUMS, so the run has not ended; 'harness run --resume' continues it");
        }

        var lines = Lines(folder.Sums);
        if (!lines.All(line => line.Length > 66 && line[64..66] == "  "))
        {
            throw new HarnessException($"{folder.Sums}: is not in the format of sha256sum");
        }

        return lines.GroupBy(line => line[66..], StringComparer.Ordinal).FirstOrDefault(file => file.Count() > 1) is { } twice
            ? throw new HarnessException($"{folder.Sums}: {twice.Key} is listed {twice.Count()} times: get the run again from where it came")
            : [.. lines.Select(line => KeyValuePair.Create(line[66..], line[..64]))];
    }

    private static string[] Lines(string path)
    {
        try
        {
            return File.ReadAllLines(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new HarnessException($"{path}: cannot be read ({e.Message.ReplaceLineEndings(" ")})", e);
        }
    }
}
