using Harness.Core.Definitions;

namespace Harness.Core.Journaling;

/// <summary>Keeps what a run was made from beside its results, so that resuming and judging again do not follow later changes.</summary>
public static class DefinitionsCopy
{
    private static readonly ImmutableArray<string> _shared = ["schema.sql", "claims.yaml", "userlands.yaml", "kernels.yaml", "metrics.yaml"];

    /// <summary>The name of a catalogue that the user added, from 1.</summary>
    public static string CatalogueName(int number) => $"catalog-{number}.yaml";

    /// <summary>
    /// Copies the shared files, the folders of the experiments, the scripts and programs they name and the catalogues that the user added, and writes
    /// what the source knows as tables.
    /// </summary>
    public static void Write(ExperimentsFolder source, IEnumerable<ExperimentDefinition> experiments, IEnumerable<string> catalogues, RunFolder run)
    {
        DefinitionTables.Write(run, source.Catalogue, source.Kernels);
        foreach (var name in _shared.Where(name => File.Exists(Path.Combine(source.Root, name))))
        {
            Copy(Path.Combine(source.Root, name), Path.Combine(run.Definitions, name));
        }

        foreach (var (catalogue, number) in catalogues.Select((catalogue, number) => (catalogue, number + 1)))
        {
            Copy(catalogue, Path.Combine(run.Definitions, CatalogueName(number)));
        }

        foreach (var experiment in experiments)
        {
            foreach (var file in Directory.EnumerateFiles(experiment.Folder))
            {
                Copy(file, Path.Combine(run.Definitions, experiment.Id, Path.GetFileName(file)));
            }

            foreach (var probe in experiment.Probes.Where(probe => probe.Kind == ProbeKind.Script))
            {
                Copy(Path.Combine(source.Root, probe.Command[0]), Path.Combine(run.Definitions, probe.Command[0]));
            }

            foreach (var build in experiment.Probes.SelectMany(probe => probe.OwnPrograms).Distinct().SelectMany(program => Builds(source, program)))
            {
                Copy(Path.Combine(source.Root, build), Path.Combine(run.Definitions, build));
            }
        }
    }

    // For every architecture: which ones a run meets is not known before its images are.
    private static IEnumerable<string> Builds(ExperimentsFolder source, string program)
    {
        var folder = Path.Combine(source.Root, "probes", "bin");
        return Directory.Exists(folder)
            ? Directory.EnumerateFiles(folder, program + "-*").Where(file => !Path.GetFileName(file)[(program.Length + 1)..].Contains('-', StringComparison.Ordinal)).Select(file => Path.Combine("probes", "bin", Path.GetFileName(file)))
            : [];
    }

    /// <summary>What <see cref="Write"/> kept, catalogues included.</summary>
    public static ExperimentsFolder Read(RunFolder run)
    {
        // A script that was left out of a published folder is needed by nobody but a run that goes on.
        var folder = ExperimentsFolder.Read(run.Definitions, needsFiles: false);
        var (catalogue, kernels) = (folder.Catalogue, folder.Kernels);
        for (var number = 1; File.Exists(Path.Combine(run.Definitions, CatalogueName(number))); number++)
        {
            var file = Path.Combine(run.Definitions, CatalogueName(number));
            (catalogue, kernels) = (catalogue.With(UserlandCatalogue.Read(file)), kernels.With(KernelCatalogue.Read(file)));
        }

        return folder with { Catalogue = catalogue, Kernels = kernels };
    }

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(to)!);
        File.Copy(from, to, overwrite: true);
    }
}
