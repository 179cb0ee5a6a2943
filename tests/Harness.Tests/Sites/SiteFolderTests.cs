using Harness.Analysis.Checking;
using Harness.Core.Journaling;
using Harness.Reporting;
using Harness.Tests.Analysis;
using Harness.Tests.Comparing;

namespace Harness.Tests.Sites;

/// <summary><c>harness site</c> over run folders.</summary>
public sealed class SiteFolderTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("harness-test-").FullName;

    private string Site => Path.Combine(_root, "site");

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public async Task Runs_become_a_site_and_one_more_is_added_without_reading_those_before_it()
    {
        Make("first", qualified: true);
        Make("second", qualified: true);
        var (code, answer, _) = await SiteAsync("first", "second", "--out", Site);
        Assert.Equal((0, $"{Site}: 2 added, 0 there already; open index.html\n"), (code, answer));
        var index = File.ReadAllText(Path.Combine(Site, "index.html"));
        Assert.Contains("runs/second/report.html", index, StringComparison.Ordinal);
        Assert.Equal(
            ["badges", "feed.xml", "feeds", "index.html", "runs", "site.json"],
            Directory.EnumerateFileSystemEntries(Site).Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal));
        var published = Directory.EnumerateFileSystemEntries(Path.Combine(Site, "runs", "first")).Select(path => Path.GetFileName(path)!).ToList();
        Assert.Superset(new HashSet<string>(["evidence", "figures", "redacted.csv", "report.html", "summary.json", "verdicts.csv"]), published.ToHashSet());
        Assert.DoesNotContain("raw", published);
        // Sums are the salt of the names that stand for others.
        Assert.DoesNotContain("SHA256SUMS", published);
        Assert.DoesNotContain(
            Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(new RunFolder(Path.Combine(_root, "first")).Sums))),
            File.ReadAllText(Path.Combine(Site, "runs", "first", "summary.json")), StringComparison.Ordinal);

        // The runs before it need not be there any more.
        Directory.Delete(Path.Combine(_root, "first"), recursive: true);
        Make("third", qualified: false);
        (code, answer, _) = await SiteAsync("third", "second", "--out", Site, "--url", "https://example.org/h");
        Assert.Equal((0, $"{Site}: 1 added, 1 there already; open index.html\n"), (code, answer));
        Assert.Contains("https://example.org/h/runs/third/report.html", File.ReadAllText(Path.Combine(Site, "feeds", "C1.xml")), StringComparison.Ordinal);
        Assert.Contains("C1: qualified → refuted", File.ReadAllText(Path.Combine(Site, "feed.xml")), StringComparison.Ordinal);
        Assert.Contains("refuted", File.ReadAllText(Path.Combine(Site, "badges", "C1.svg")), StringComparison.Ordinal);

        // Made again, it is the same, and remembers its address.
        var before = Directory.EnumerateFiles(Site, "*", SearchOption.AllDirectories).Order().Select(path => (path, File.ReadAllText(path))).ToList();
        Assert.Equal(0, (await SiteAsync("third", "--out", Site)).Code);
        Assert.Equal(before, Directory.EnumerateFiles(Site, "*", SearchOption.AllDirectories).Order().Select(path => (path, File.ReadAllText(path))));
    }

    [Fact]
    public async Task Runs_of_one_id_stand_beside_each_other_and_one_that_was_derived_again_replaces_itself()
    {
        var first = Made("monday");
        var second = Made("tuesday", days: 1);
        Assert.Equal(0, (await SiteAsync(first.Root, "--out", Site)).Code);
        Assert.Equal(0, (await SiteAsync(second.Root, "--out", Site)).Code);
        string[] both = ["run", $"run-{PlanFile.Read(second).CreatedAtUtc:yyyyMMdd'T'HHmmss'Z'}"];
        Assert.Equal(both, Runs());
        Assert.Contains($"runs/{both[1]}/report.html", File.ReadAllText(Path.Combine(Site, "index.html")), StringComparison.Ordinal);

        // Nothing is read again, and both may be given at once.
        Assert.Equal($"{Site}: 0 added, 2 there already; open index.html\n", (await SiteAsync(first.Root, second.Root, "--out", Site)).Answer);
        File.AppendAllText(second.Log, "derived again\n");
        RunChecksums.Seal(second);
        RunChecksums.RenewDerived(second);
        Assert.Equal($"{Site}: 1 added, 1 there already; open index.html\n", (await SiteAsync(first.Root, second.Root, "--out", Site)).Answer);
        Assert.Equal(both, Runs());

        RunFolder Made(string day, int days = 0)
        {
            var made = Make("run", qualified: true);
            var folder = new RunFolder(Path.Combine(_root, day, "run"));
            Directory.CreateDirectory(Path.Combine(_root, day));
            Directory.Move(made.Root, folder.Root);
            var plan = PlanFile.Read(folder);
            (plan with { CreatedAtUtc = plan.CreatedAtUtc.AddDays(days) }).Write(folder);
            RunChecksums.Seal(folder);
            Derivation.Regenerate(folder);
            return folder;
        }

        List<string> Runs() => [.. Directory.EnumerateDirectories(Path.Combine(Site, "runs")).Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal)];
    }

    [Fact]
    public async Task A_run_that_was_changed_is_not_published()
    {
        var run = Make("changed", qualified: true);
        File.WriteAllText(run.VerdictsCsv, File.ReadAllText(run.VerdictsCsv).Replace("qualified", "supported", StringComparison.Ordinal));
        var (code, _, error) = await SiteAsync("changed", "--out", Site);
        Assert.Equal(3, code);
        Assert.Contains("verdicts.csv: is not what SHA256SUMS says", error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(Site, "runs", "changed")));
    }

    [Theory]
    [InlineData("is no site", "first", "--out", "first")]
    [InlineData("no run of that name", "nothing", "--out", "site")]
    [InlineData("--url needs an address", "first", "--out", "site", "--url", "ftp:x")]
    public async Task A_mistake_is_one_line(string message, string run, params string[] arguments)
    {
        Make("first", qualified: true);
        var (code, answer, error) = await SiteAsync([run, .. arguments.Select(argument => argument is "first" or "site" ? Path.Combine(_root, argument) : argument)]);
        Assert.Equal((3, ""), (code, answer));
        Assert.Contains(message, error, StringComparison.Ordinal);
        Assert.Single(error.TrimEnd().Split('\n'));
    }

    private RunFolder Make(string name, bool qualified) => MadeRun.In(_root, name, qualified);

    private Task<(int Code, string Answer, string Error)> SiteAsync(params string[] arguments) => Consoles.HarnessAsync(["site", .. arguments, "--runs", _root]);
}
