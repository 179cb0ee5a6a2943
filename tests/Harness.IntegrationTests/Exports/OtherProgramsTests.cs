using Harness.Core.Journaling;
using Harness.Host.Processes;
using Harness.Host.Provisioning;
using Harness.Reporting.Exporting;
using Harness.Tests.Analysis;
using Harness.Tests.Exporting;

namespace Harness.IntegrationTests.Exports;

/// <summary>Exported runs in the hands of other people's programs: npm's datapackage and tableschema, and ro-crate.</summary>
public sealed class OtherProgramsTests : IDisposable
{
    private readonly RunBuilder _run = new();
    private readonly string _target = Directory.CreateTempSubdirectory("harness-test-").FullName;

    public void Dispose()
    {
        _run.Dispose();
        Directory.Delete(_target, recursive: true);
    }

    [Fact]
    public async Task They_read_every_table_by_its_description_and_find_the_crate_whole()
    {
        var folder = Export();
        var (code, said) = await CheckAsync(folder);
        Assert.True(code == 0, said);
        Assert.Matches("^[0-9]+ tables with [0-9]+ rows, [0-9]+ entities, 2 actions", said);
    }

    [Fact]
    public async Task They_find_a_number_that_is_none_and_a_crate_without_a_name()
    {
        var folder = Export();
        File.WriteAllText(folder.DataPackage, File.ReadAllText(folder.DataPackage).Replace("\"name\": \"cell\",\n            \"type\": \"string\"", "\"name\": \"cell\",\n            \"type\": \"integer\"", StringComparison.Ordinal));
        File.WriteAllText(folder.Crate, File.ReadAllText(folder.Crate).Replace("\"@id\": \"./\",", "\"@id\": \"./elsewhere\",", StringComparison.Ordinal));
        var (code, said) = await CheckAsync(folder);
        Assert.Equal(1, code);
        Assert.Contains("trials: ", said, StringComparison.Ordinal);
    }

    private RunFolder Export()
    {
        var folder = new RunFolder(Path.Combine(_target, "run"));
        PlantedRun.Export(PlantedRun.Write(_run), folder.Root, ExportKind.DataPackage, ExportKind.RoCrate);
        return folder;
    }

    private static async Task<(int Code, string Said)> CheckAsync(RunFolder folder)
    {
        var here = Path.Combine(RunBuilder.Repository, "tests", "exports");
        await Tools.RequireAsync("npm", "npm");
        if (!Directory.Exists(Path.Combine(here, "node_modules")) && Provisioner.AllowedByEnvironment)
        {
            var install = await new Command("npm", ["--prefix", here, "ci", "--no-audit", "--no-fund", "--ignore-scripts"]).RunAsync(TestContext.Current.CancellationToken);
            Assert.True(install.ExitCode == 0, install.Error);
        }

        Tools.SkipWhere(!Directory.Exists(Path.Combine(here, "node_modules")), $"{here} has no node_modules; 'npm ci' there, or HARNESS_PROVISION=1");
        var checkedBy = await new Command("node", [Path.Combine(here, "check.mjs"), folder.Root]).RunAsync(TestContext.Current.CancellationToken);
        return (checkedBy.ExitCode, checkedBy.Output + checkedBy.Error);
    }
}
