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
}
