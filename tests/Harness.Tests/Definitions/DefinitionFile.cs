using Harness.Core;
using Harness.Core.Definitions;

namespace Harness.Tests.Definitions;

/// <summary>A definition written to a folder of its own, and what reading it says.</summary>
public sealed class DefinitionFile : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("harness-test-").FullName;

    public UserlandCatalogue Catalogue(string yaml) => UserlandCatalogue.Read(Write("userlands.yaml", yaml));

    public KernelCatalogue Kernels(string yaml) => KernelCatalogue.Read(Write("kernels.yaml", yaml));

    public ExperimentDefinition Experiment(string yaml)
    {
        Write("experiment.yaml", yaml);
        return ExperimentReader.Read(_folder, needsFiles: false);
    }

    /// <summary>One that stands beside groups of metrics.</summary>
    public ExperimentDefinition Experiment(string yaml, string groups)
    {
        Write("metrics.yaml", groups);
        Write(Path.Combine("sample", "experiment.yaml"), yaml);
        return ExperimentReader.Read(Path.Combine(_folder, "sample"), needsFiles: false);
    }

    /// <summary>The lines of the mistake without the folder: <c>userlands.yaml: …</c>.</summary>
    public string[] Mistakes(Func<DefinitionFile, object> read)
    {
        var error = Assert.Throws<HarnessException>(() => read(this));
        return [.. error.Message.Split('\n').Select(line => line.Replace(_folder + Path.DirectorySeparatorChar, "", StringComparison.Ordinal))];
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string Write(string name, string yaml)
    {
        var path = Path.Combine(_folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, yaml);
        return path;
    }
}
