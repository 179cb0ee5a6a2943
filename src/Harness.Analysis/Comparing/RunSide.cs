using Harness.Analysis.Tables;
using Harness.Core;
using Harness.Core.Definitions;
using Harness.Core.Journaling;
using Harness.Core.Model;

namespace Harness.Analysis.Comparing;

/// <summary>One run of a comparison: what its folder says without its SQL.</summary>
/// <param name="Folder">The folder.</param>
/// <param name="Plan">What was to be run.</param>
/// <param name="Trials">What became of it.</param>
/// <param name="Hosts">Where.</param>
/// <param name="Definitions">The experiments, as they were run.</param>
public sealed record ComparedRun(RunFolder Folder, PlanFile Plan, ImmutableArray<TrialRow> Trials, ImmutableArray<HostEnvironment> Hosts, ExperimentsFolder Definitions)
{
    /// <summary>Reads a run's folder and nothing else.</summary>
    /// <exception cref="HarnessException">It is not whole.</exception>
    public static ComparedRun Read(RunFolder folder) =>
        new(folder, PlanFile.Read(folder), RunTables.Trials(folder), EnvironmentFiles.Read(folder), DefinitionsCopy.Read(folder));
}

/// <summary>What is compared with something: a run, or several runs that stand for one thing.</summary>
/// <param name="Name">As the user named it.</param>
/// <param name="Runs">The oldest first, at least one.</param>
public sealed record RunSide(string Name, ImmutableArray<ComparedRun> Runs)
{
    /// <summary>The newest run: what is told of single rows is told of this one.</summary>
    public ComparedRun Newest => Runs[^1];

    /// <summary>Whether a run of this side is one of the other's, or a copy of one.</summary>
    public bool Shares(RunSide other) => Runs.Any(other.Holds);

    /// <summary>Whether a run is one of this side's, or a copy of one.</summary>
    public bool Holds(ComparedRun run) => Runs.Any(one => one.Folder.Root == run.Folder.Root || IsCopy(one.Folder, run.Folder));

    /// <summary>The runs that others do not have too, and of the rest what each is.</summary>
    public (ImmutableArray<ComparedRun> Own, ImmutableArray<string> Others) Without(ImmutableArray<RunSide> others)
    {
        var of = Runs.Select(run => (Run: run, Side: others.FirstOrDefault(side => side.Holds(run)))).ToImmutableArray();
        return ([.. of.Where(run => run.Side is null).Select(run => run.Run)], [.. of.Where(run => run.Side is not null).Select(run => $"{run.Run.Folder.RunId}: is a run of {run.Side!.Name} itself")]);
    }

    private static bool IsCopy(RunFolder one, RunFolder other) =>
        File.Exists(one.Sums) && File.Exists(other.Sums) && File.ReadAllBytes(one.Sums).AsSpan().SequenceEqual(File.ReadAllBytes(other.Sums));

    /// <summary>A run by id or folder, or all runs of a folder that holds runs.</summary>
    /// <exception cref="HarnessException">There is none, or a folder holds something other than files and folders.</exception>
    public static RunSide Find(RunFolders runs, string name) =>
        new(name, [.. Folders(runs, name).Select(ComparedRun.Read).OrderBy(run => run.Plan.CreatedAtUtc).ThenBy(run => run.Folder.RunId, StringComparer.Ordinal)]);

    /// <summary>The folder of a run by id or folder, or of all runs of a folder that holds runs.</summary>
    /// <exception cref="HarnessException">There is none, or a folder holds something other than files and folders.</exception>
    public static ImmutableArray<RunFolder> Folders(RunFolders runs, string name)
    {
        var path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(name));
        if (!Directory.Exists(path) || File.Exists(new RunFolder(path).PlanJson))
        {
            return [runs.Find(name)];
        }

        ImmutableArray<RunFolder> folders = [.. new RunFolders(path).All()];
        if (folders.IsEmpty)
        {
            throw new HarnessException($"{name}: is neither a run's folder nor a folder that holds runs; 'harness list --runs' shows the runs");
        }

        foreach (var folder in folders)
        {
            // The user named the folder of runs, and none of what it holds: a link there is not followed.
            PlainFolder.RequireFile(path, folder.Root);
            PlainFolder.Require(folder.Root);
        }

        return folders;
    }
}
