namespace Harness.Core.Definitions;

/// <summary>Everything that can be run: the experiments and the catalogue, read from one folder.</summary>
/// <param name="Root">The <c>experiments</c> folder (or a run's <c>definitions</c>), absolute.</param>
/// <param name="Experiments">Sorted by id.</param>
/// <param name="Catalogue">The userlands.</param>
public sealed record ExperimentsFolder(string Root, ImmutableArray<ExperimentDefinition> Experiments, UserlandCatalogue Catalogue)
{
    /// <summary>The kernels, beside the machine's own.</summary>
    public KernelCatalogue Kernels { get; init; } = KernelCatalogue.Empty;

    /// <summary>The repository's root: the nearest folder above <paramref name="start"/> that holds <c>Harness.sln</c>, or null.</summary>
    public static string? FindRepository(string start)
    {
        for (var folder = new DirectoryInfo(start); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Harness.sln")))
            {
                return folder.FullName;
            }
        }

        return null;
    }

    /// <summary>Reads every experiment of a folder, its <c>userlands.yaml</c> and its <c>kernels.yaml</c>.</summary>
    /// <param name="root">The folder.</param>
    /// <param name="needsFiles">Whether the scripts and programs that experiments name must be there.</param>
    /// <exception cref="HarnessException">Something in it is wrong; all wrong files are named.</exception>
    public static ExperimentsFolder Read(string root, bool needsFiles = true)
    {
        var mistakes = new List<string>();
        var experiments = new List<ExperimentDefinition>();
        foreach (var folder in Directory.EnumerateDirectories(root).Order(StringComparer.Ordinal))
        {
            if (!File.Exists(Path.Combine(folder, "experiment.yaml")))
            {
                continue;
            }

            try
            {
                var experiment = ExperimentReader.Read(folder, needsFiles);
                experiments.Add(experiment);
                if (experiment.Id != Path.GetFileName(folder))
                {
                    mistakes.Add($"{folder}: its experiment.yaml says id '{experiment.Id}'; folder and id must be equal");
                }
            }
            catch (HarnessException e)
            {
                mistakes.Add(e.Message);
            }
        }

        if (mistakes.Count > 0)
        {
            throw new HarnessException(string.Join('\n', mistakes));
        }

        var catalogue = UserlandCatalogue.Read(Path.Combine(root, "userlands.yaml"));
        // Runs from before there was a choice of kernels have no such file.
        var kernels = Path.Combine(root, "kernels.yaml");
        return new ExperimentsFolder(root, [.. experiments], catalogue)
        {
            Kernels = File.Exists(kernels) ? KernelCatalogue.Read(kernels) : KernelCatalogue.Empty,
        };
    }

    /// <summary>The experiment of that id.</summary>
    /// <exception cref="HarnessException">There is none; the known ones are named.</exception>
    public ExperimentDefinition Find(string id) =>
        Experiments.FirstOrDefault(experiment => experiment.Id == id)
        ?? throw new HarnessException($"There is no experiment '{id}'; choose one of: {string.Join(", ", Experiments.Select(experiment => experiment.Id))}");
}
