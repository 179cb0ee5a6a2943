using System.Globalization;
using System.Text.RegularExpressions;
using Harness.Core.Planning;

namespace Harness.Core.Journaling;

/// <summary>The folder that holds runs: <c>results/</c>, or what <c>--out</c> names.</summary>
/// <param name="Root">Absolute path.</param>
public sealed partial record RunFolders(string Root)
{
    /// <summary>A name that sorts by time and that two runs started in one second do not share.</summary>
    public static string NewId(DateTimeOffset now) =>
        now.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture) + "-" + Guid.NewGuid().ToString("N")[..4];

    /// <summary>The folder of a run.</summary>
    /// <exception cref="HarnessException">The id could not be a folder's name.</exception>
    public RunFolder Folder(string runId) => IsId(runId)
        ? new RunFolder(Path.Combine(Root, runId))
        : throw new HarnessException($"'{runId}' is not a valid run id: letters, digits, '.', '_' and '-', at most 64, beginning with a letter or digit");

    /// <summary>Whether a text can be a run's id, and so a folder's name.</summary>
    public static bool IsId(string runId) => RunIdPattern().IsMatch(runId);

    /// <summary>A run by id, by path, or the newest where <paramref name="name"/> is null.</summary>
    /// <exception cref="HarnessException">There is none, or its folder holds something other than files and folders.</exception>
    public RunFolder Find(string? name)
    {
        var folder = Locate(name);
        PlainFolder.Require(folder.Root);
        return folder;
    }

    /// <summary>The same without a look at what its folder consists of: for whoever looks before reading.</summary>
    /// <exception cref="HarnessException">There is none.</exception>
    public RunFolder Locate(string? name)
    {
        if (name is null)
        {
            return Newest(_ => true) ?? throw new HarnessException($"{Root}: no runs there yet; start one with 'harness all'");
        }

        var path = Directory.Exists(name) ? Path.GetFullPath(name) : Path.Combine(Root, name);
        var folder = new RunFolder(Path.TrimEndingDirectorySeparator(path));
        return File.Exists(folder.PlanJson)
            ? folder
            : throw new HarnessException($"{name}: no run of that name in {Root}, and not a run's folder either; 'harness list --runs' shows them");
    }

    /// <summary>The newest run that lacks some of its trials' rows, or has some that wait for a registry's limit to end; or null.</summary>
    public RunFolder? NewestUnfinished()
    {
        var folder = Newest(folder => JournalRepair.SettledTrials(folder).Count < PlanFile.Read(folder).Trials.Length);
        if (folder is not null)
        {
            PlainFolder.Require(folder.Root);
        }

        return folder;
    }

    /// <summary>Every run, oldest first.</summary>
    public IEnumerable<RunFolder> All() => !Directory.Exists(Root)
        ? []
        : Directory.EnumerateDirectories(Root)
            .Select(path => new RunFolder(path))
            .Where(folder => File.Exists(folder.PlanJson))
            .OrderBy(folder => File.GetLastWriteTimeUtc(folder.PlanJson))
            .ThenBy(folder => folder.RunId, StringComparer.Ordinal);

    private RunFolder? Newest(Func<RunFolder, bool> condition) => All().Reverse().FirstOrDefault(condition);

    [GeneratedRegex("^[A-Za-z0-9][A-Za-z0-9._-]{0,63}\\z")]
    private static partial Regex RunIdPattern();
}
