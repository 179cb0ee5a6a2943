using Harness.Analysis;
using Harness.Analysis.Checking;
using Harness.Core.Journaling;
using Harness.Reporting;
using Harness.Reporting.Exporting;
using Harness.Tests.Analysis;

namespace Harness.Tests.Exporting;

/// <summary>Earlier versions named a host without a machine id, as under macOS and Windows, by a hash of its name, which can be guessed.</summary>
public sealed class NamedHostTests : IDisposable
{
    private readonly RunBuilder _run = new();
    private readonly string _target = Directory.CreateTempSubdirectory("harness-test-").FullName;

    public void Dispose()
    {
        _run.Dispose();
        Directory.Delete(_target, recursive: true);
    }

    [Fact]
    public void Its_id_is_replaced_everywhere_and_once()
    {
        var folder = _run.Usual().Build();
        var environment = EnvironmentFiles.Read(folder)[0];
        // The commit of such runs begins as their host's id does.
        EnvironmentFiles.Write(folder, environment with { Tool = environment.Tool with { Commit = null }, Os = environment.Os with { Id = null }, Kernel = environment.Kernel with { Version = null } });
        RunChecksums.Seal(folder);
        var once = Export(folder, "once");
        foreach (var file in Directory.GetFiles(once.Root, "*", SearchOption.AllDirectories))
        {
            Assert.DoesNotContain(RunBuilder.FirstHost, file + File.ReadAllText(file), StringComparison.Ordinal);
        }

        var host = EnvironmentFiles.Read(once)[0].HostId;
        Assert.Matches("^[0-9a-f]{12}$", host);
        Assert.Equal(host, PlanFile.Read(once).HostId);
        Assert.Contains(RedactionList.Read(once), row => row.What == "host id");
        Assert.DoesNotContain(Verification.Verify(once, RunBuilder.Environment(host), TestContext.Current.CancellationToken), finding => finding.IsFault);
        Assert.Equal(host, EnvironmentFiles.Read(Export(once, "twice"))[0].HostId);
    }

    [Fact]
    public void An_id_of_a_machine_stays() => Assert.Equal(RunBuilder.FirstHost, EnvironmentFiles.Read(Export(_run.Usual().Build(), "once"))[0].HostId);

    private RunFolder Export(RunFolder folder, string name)
    {
        var target = new RunFolder(Path.Combine(_target, name));
        PlantedRun.Export(folder, target.Root, ExportKind.Folder);
        return target;
    }
}
