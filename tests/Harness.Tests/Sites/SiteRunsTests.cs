using Harness.Analysis.Checking;
using Harness.Core.Journaling;
using Harness.Reporting;
using Harness.Reporting.Exporting;
using Harness.Reporting.Sites;
using Harness.Tests.Analysis;
using Harness.Tests.Comparing;
using Harness.Tests.Exporting;

namespace Harness.Tests.Sites;

/// <summary>Which runs a site takes, which of them are the same, and which are counted.</summary>
public sealed class SiteRunsTests : IDisposable
{
    private const string FirstPart = "20260102T030405Z-aaaa", SecondPart = "20260102T030405Z-bbbb", Whole = "20260102T030405Z-cccc";

    private readonly string _root = Directory.CreateTempSubdirectory("harness-test-").FullName;

    private string Site => Path.Combine(_root, "site");

    private string Results => Path.Combine(_root, "results");

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public async Task A_run_whose_id_is_private_keeps_its_name_when_it_is_derived_or_sealed_again()
    {
        var run = Make("acme-prod");
        Assert.Equal(0, (await SiteAsync(run.Root, "--out", Site)).Code);
        var name = Assert.Single(Runs());
        Assert.DoesNotContain("acme", name, StringComparison.Ordinal);
        var first = Exported(run, "first");

        // As 'harness report' of another version does.
        File.AppendAllText(run.ReportMd, "\n");
        RunChecksums.RenewDerived(run);
        Assert.Equal((0, $"{Site}: 1 added, 0 there already; open index.html\n"), await Told(run.Root, "--out", Site));
        Assert.Equal([name], Runs());
        var second = Exported(run, "second");
        Assert.Equal(PlanFile.Read(first).RunId, PlanFile.Read(second).RunId);
        Assert.Equal(File.ReadAllText(first.TrialsCsv), File.ReadAllText(second.TrialsCsv));

        File.AppendAllText(run.Log, "resumed\n");
        RunChecksums.Seal(run);
        RunChecksums.RenewDerived(run);
        Assert.Equal((0, $"{Site}: 1 added, 0 there already; open index.html\n"), await Told(run.Root, "--out", Site));
        Assert.Equal([name], Runs());
        Assert.Equal(name, PlanFile.Read(new RunFolder(Path.Combine(Site, "runs", name))).RunId);
        Assert.Equal((0, $"{Site}: 0 added, 1 there already; open index.html\n"), await Told(run.Root, "--out", Site));
    }

    [Fact]
    public async Task A_run_that_cannot_be_added_leaves_the_others_on_the_pages()
    {
        Make("first");
        File.Delete(Make("second").Sums);
        File.CreateSymbolicLink(Path.Combine(Make("fourth").Raw, "link"), "/etc/hostname");
        Make("third");
        var (code, answer, error) = await SiteAsync(Results, "--out", Site);
        Assert.Equal((3, $"{Site}: 2 added, 0 there already, 2 left out; open index.html\n"), (code, answer));
        Assert.Contains("second: has no SHA256SUMS", error, StringComparison.Ordinal);
        Assert.Contains("is a link", error, StringComparison.Ordinal);
        var index = File.ReadAllText(Path.Combine(Site, "index.html"));
        Assert.Contains("runs/first/report.html", index, StringComparison.Ordinal);
        Assert.Contains("runs/third/report.html", index, StringComparison.Ordinal);
        Assert.Equal(["first", "third"], Runs());
    }

    [Fact]
    public async Task Of_a_run_that_is_there_already_only_its_sums_are_looked_at()
    {
        var run = Make("first");
        Assert.Equal(0, (await SiteAsync(Results, "--out", Site)).Code);
        File.WriteAllText(run.PlanJson, "{");
        File.CreateSymbolicLink(Path.Combine(run.Raw, "link"), "/etc/hostname");
        Assert.Equal((0, $"{Site}: 0 added, 1 there already; open index.html\n"), await Told(Results, "--out", Site));
        // Not even by a link.
        File.Move(run.Sums, Path.Combine(_root, "sums"));
        File.CreateSymbolicLink(run.Sums, Path.Combine(_root, "sums"));
        Assert.Contains("is a link", (await SiteAsync(Results, "--out", Site)).Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(FirstPart, SecondPart, Whole)]
    [InlineData(Whole, SecondPart, FirstPart)]
    public void A_part_of_a_run_that_is_there_too_is_listed_and_not_counted(params string[] order)
    {
        var made = new Dictionary<string, RunFolder>
        {
            [FirstPart] = Make(FirstPart, qualified: false, new PlannedPart(1, RunBuilder.FirstHost, FirstPart)),
            [SecondPart] = Make(SecondPart, qualified: true, new PlannedPart(2, RunBuilder.FirstHost, SecondPart)),
        };
        // As a merge writes it: with the time of each part's plan.
        made[Whole] = Make(Whole, qualified: true, Planned(1, made[FirstPart]), Planned(2, made[SecondPart]));
        var site = SiteFolder.Open(Site, null);
        Assert.All(order, name => Assert.True(site.Add(made[name], PlantedRun.Redaction, TestContext.Current.CancellationToken)));
        var shown = Harness.Reporting.Sites.Site.Of(site.Summaries());
        Assert.Equal(3, shown.Runs.Length);
        Assert.Empty(shown.Turns);
        Assert.All(shown.Claims.SelectMany(claim => claim.Series).SelectMany(series => series.Spells), spell => Assert.Equal((Whole, 1), (spell.First.Run.RunId, spell.Runs)));
        Assert.NotEmpty(shown.Claims);
    }

    private static PlannedPart Planned(int index, RunFolder part) => new(index, RunBuilder.FirstHost, part.RunId) { CreatedAtUtc = PlanFile.Read(part).CreatedAtUtc };

    [Fact]
    public void A_merged_run_of_its_parts_id_stands_beside_them()
    {
        var site = SiteFolder.Open(Site, null);
        Assert.True(site.Add(Make("part", qualified: true, new PlannedPart(1, RunBuilder.FirstHost, "part")), PlantedRun.Redaction, TestContext.Current.CancellationToken));
        Directory.Move(Path.Combine(Results, "part"), Path.Combine(_root, "part"));
        Assert.True(site.Add(Make("part", qualified: true, new PlannedPart(1, RunBuilder.FirstHost, "part"), new PlannedPart(2, RunBuilder.FirstHost, "part")), PlantedRun.Redaction, TestContext.Current.CancellationToken));
        Assert.Equal(2, Runs().Count);
    }

    private RunFolder Make(string name, bool qualified = true, params PlannedPart[] parts) => MadeRun.In(Results, name, qualified, parts);

    private RunFolder Exported(RunFolder run, string name)
    {
        var target = new RunFolder(Path.Combine(_root, name));
        PlantedRun.Export(run, target.Root, ExportKind.Folder);
        return target;
    }

    private List<string> Runs() => [.. Directory.EnumerateDirectories(Path.Combine(Site, "runs")).Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal)];

    private async Task<(int Code, string Answer)> Told(params string[] arguments) => await SiteAsync(arguments) is var (code, answer, _) ? (code, answer) : default;

    private Task<(int Code, string Answer, string Error)> SiteAsync(params string[] arguments) => Consoles.HarnessAsync(["site", .. arguments, "--runs", Results]);
}
