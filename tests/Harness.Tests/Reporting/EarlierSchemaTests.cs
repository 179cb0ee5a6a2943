using Harness.Analysis;
using Harness.Analysis.Checking;
using Harness.Analysis.Comparing;
using Harness.Core.Journaling;
using Harness.Core.Model;
using Harness.Reporting;
using Harness.Reporting.Sites;
using Harness.Tests.Analysis;
using Harness.Tests.Exporting;

namespace Harness.Tests.Reporting;

/// <summary>
/// Runs of every schema that this version reads, each as a harness of its time wrote it: kept in <c>Schemas/&lt;number&gt;</c> and never made again. If one
/// of these tests fails, the reader of that schema is to be mended, and not its run.
/// </summary>
public sealed class EarlierSchemaTests : IDisposable
{
    private static readonly string _kept = Path.Combine(RunBuilder.Repository, "tests", "Harness.Tests", "Reporting", "Schemas");

    private readonly string _root = Directory.CreateTempSubdirectory("harness-test-").FullName;

    public static TheoryData<int> Known => [.. RunSchemas.Known];

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void Every_schema_that_is_read_has_a_run_and_the_newest_is_what_is_written()
    {
        KeepTheNewest();
        Assert.Equal(RunSchemas.Known.Select(schema => schema.ToString(System.Globalization.CultureInfo.InvariantCulture)), Directory.EnumerateDirectories(_kept).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal));
        Assert.Equal(RunFolder.SchemaVersion, RunSchemas.Known[^1]);
    }

    [Theory]
    [MemberData(nameof(Known))]
    public void Its_run_is_verified_and_its_data_still_follow_from_its_rows(int schema)
    {
        var folder = Copy(schema, "sample");
        var findings = Verification.Verify(folder, RunBuilder.Environment(RunBuilder.FirstHost) with { Tool = Later }, TestContext.Current.CancellationToken);
        Assert.All(findings, finding => Assert.False(finding.IsFault, finding.ToString()));
    }

    [Theory]
    [MemberData(nameof(Known))]
    public void Its_report_is_made_again(int schema)
    {
        var folder = Copy(schema, "sample");
        var verdicts = File.ReadAllText(folder.VerdictsCsv);
        Assert.Empty(Derivation.Regenerate(folder, TestContext.Current.CancellationToken).Failures);
        Assert.Equal(verdicts, File.ReadAllText(folder.VerdictsCsv));
        Assert.Empty(RunChecksums.CheckDerived(folder));
    }

    [Theory]
    [MemberData(nameof(Known))]
    public void It_is_compared_with_a_run_of_now_and_shown_on_a_site(int schema)
    {
        Copy(schema, "before");
        using var now = new RunBuilder();
        Derivation.Regenerate(now.Usual().Build());
        var runs = new RunFolders(_root);
        var comparison = RunComparison.Of(RunSide.Find(runs, "before"), [RunSide.Find(runs, now.Folder.Root)], null, new ComparisonOptions(1.1, Across: false), interruption: TestContext.Current.CancellationToken);
        Assert.False(comparison.IsEmpty);
        Assert.Empty(comparison.Sides[0].Verdicts);
        var site = SiteFolder.Open(Path.Combine(_root, "site"), null);
        Assert.True(site.Add(runs.Find("before"), PlantedRun.Redaction with { OwnDefinitions = true }));
        Assert.NotEmpty(Assert.Single(site.Summaries()).Verdicts);
    }

    // Of a new schema: once, when golden files are made; what is there already stays as it is.
    private static void KeepTheNewest()
    {
        var target = Path.Combine(_kept, RunFolder.SchemaVersion.ToString(System.Globalization.CultureInfo.InvariantCulture));
        if (!Golden.IsUpdated || Directory.Exists(target))
        {
            return;
        }

        using var run = new RunBuilder();
        Derivation.Regenerate(run.Usual().Build());
        Copy(run.Folder.Root, target);
    }

    private static void Copy(string from, string target)
    {
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            var to = Path.Combine(target, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(to)!);
            File.Copy(file, to);
        }
    }

    // Words and drawings may differ from those of its time; data may not.
    private static ToolFacts Later { get; } = new("99.0.0", null, null, [], 0, DateTimeOffset.UnixEpoch);

    private RunFolder Copy(int schema, string name)
    {
        Copy(Path.Combine(_kept, schema.ToString(System.Globalization.CultureInfo.InvariantCulture)), Path.Combine(_root, name));
        return new RunFolder(Path.Combine(_root, name));
    }
}
