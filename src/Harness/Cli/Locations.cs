using Harness.Core;
using Harness.Core.Definitions;
using Harness.Core.Journaling;

namespace Harness.Cli;

/// <summary>Where experiments are read from and runs are written to.</summary>
/// <param name="Experiments">The experiments folder, absolute.</param>
/// <param name="Runs">The folder of runs.</param>
/// <param name="Repository">The repository's root, or null where the harness runs outside of one.</param>
public sealed record Locations(string Experiments, RunFolders Runs, string? Repository)
{
    /// <summary>Looks above the current directory, then above the program.</summary>
    /// <exception cref="HarnessException">There are no experiments.</exception>
    public static Locations Find(string? output)
    {
        var repository = ExperimentsFolder.FindRepository(Environment.CurrentDirectory) ?? ExperimentsFolder.FindRepository(AppContext.BaseDirectory);
        var experiments = Path.Combine(repository ?? AppContext.BaseDirectory, "experiments");
        if (!Directory.Exists(experiments))
        {
            throw new HarnessException($"{experiments}: no experiments there; run the harness inside its repository");
        }

        var runs = output is not null ? Path.GetFullPath(output) : Path.Combine(repository ?? Environment.CurrentDirectory, "results");
        return new Locations(experiments, new RunFolders(runs), repository);
    }

    /// <summary>The folder of runs, absolute, where no experiments are needed: what reads runs works anywhere.</summary>
    public static string RunsOf(string? named) => Path.GetFullPath(named ?? Path.Combine(
        ExperimentsFolder.FindRepository(Environment.CurrentDirectory) ?? ExperimentsFolder.FindRepository(AppContext.BaseDirectory) ?? Environment.CurrentDirectory, "results"));

    /// <summary>The lock that <c>--lock</c> means: a file, a run's folder, or a run's id.</summary>
    /// <exception cref="HarnessException">There is none.</exception>
    public string FindLock(string named)
    {
        var path = Path.GetFullPath(named);
        var file = File.Exists(path) ? path
            : Directory.Exists(path) ? LockOf(new RunFolder(path))
            // A path that is not there cannot be a run's id: it is missing, rather than misspelt as an id.
            : Path.GetFileName(named) == named ? LockOf(Runs.Folder(named))
            : path;
        return File.Exists(file) ? file : throw new HarnessException($"--lock '{named}': neither a lock nor a run that has one; 'harness images lock' writes a lock, 'harness list --runs' shows the runs");
    }

    private static string LockOf(RunFolder folder)
    {
        if (File.Exists(folder.UserlandsLock))
        {
            PlainFolder.RequireFile(folder.Root, folder.UserlandsLock);
        }

        return folder.UserlandsLock;
    }
}
