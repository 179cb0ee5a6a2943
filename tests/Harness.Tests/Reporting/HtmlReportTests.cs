using System.Text.Json;
using Harness.Analysis;
using Harness.Analysis.Checking;
using Harness.Core.Journaling;
using Harness.Core.Model;
using Harness.Reporting;
using Harness.Reporting.Html;
using Harness.Reporting.Model;
using Harness.Tests.Analysis;

namespace Harness.Tests.Reporting;

/// <summary>The page as text; how it looks and what it does in a browser is tested with one.</summary>
public sealed class HtmlReportTests : IDisposable
{
    private const string Hostile = "</script><img src=x onerror=alert(1)>\u001b[31m=cmd()\u202e";

    private readonly RunBuilder _run = new();

    public void Dispose() => _run.Dispose();

    [Fact]
    public void A_page_has_each_claim_with_its_verdict_headline_rules_threats_rows_and_recipe()
    {
        var page = Page(_run.Usual().Build());
        HtmlPage.Holds(page);
        foreach (var words in new[]
        {
            "href=\"#claim-C1\"", "id=\"claim-C1\"", "id=\"figure-kernel-identity\"", "id=\"kernel-identity-title\"", "Where it holds", "runtime=runsc",
            "Why we say so", "What could be wrong", "evidence/C1.csv", "definitions/schema.sql definitions/kernel-identity/verdict.sql", "harness run kernel-identity --seed 42",
        })
        {
            Assert.Contains(words, page, StringComparison.Ordinal);
        }

        Assert.Contains(Assert.Single(Judged.Verdicts(_run.Folder), verdict => verdict is { Claim: "C1", Scope: "" }).Lead, System.Net.WebUtility.HtmlDecode(page), StringComparison.Ordinal);
    }

    [Fact]
    public void Whatever_a_run_says_is_text()
    {
        var folder = _run.HostCell().Container("runsc", readings: KernelReadings.Gvisor with { Release = Hostile })
            .Container("runc", userland: "<b>\"x'</b>").Unmeasured(Outcome.Broken, Hostile).Build();
        var page = Page(folder);
        HtmlPage.Holds(page);
        Assert.DoesNotContain("<img", page, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("<b>", page, StringComparison.Ordinal);
        Assert.Contains(@"\u003C/script\u003E\u003Cimg src=x onerror=alert(1)\u003E\\x1b[31m=cmd()\\u202e", HtmlPage.Cells(page), StringComparison.Ordinal);
        Assert.DoesNotContain(Verification.Verify(folder, EnvironmentFiles.Read(folder)[0]), finding => finding.IsFault);
    }

    [Fact]
    public void Each_cell_of_the_run_has_its_trials_and_the_first_of_their_readings()
    {
        using var cells = JsonDocument.Parse(HtmlPage.Cells(Page(_run.Usual().NotRun("runsc", 3).Build())));
        var texts = cells.RootElement.GetProperty("texts").EnumerateArray().Select(text => text.GetString()!).ToList();
        var all = cells.RootElement.GetProperty("cells").EnumerateArray().ToList();
        Assert.Equal(5, all.Count);
        var gvisor = Assert.Single(all, cell => Text(cell[1]) == "debian:12" && Text(cell[3]) == "docker/runsc");
        // Two that are ok, and one that was not run: the last of the outcomes.
        Assert.Equal([0, 2, CellEntry.Outcomes.Length - 1, 1], gvisor[7].EnumerateArray().Select(number => number.GetInt32()));
        var readings = gvisor[8][0][9].EnumerateArray().Select(Text).ToList();
        Assert.Contains("4.4.0", readings);

        string Text(JsonElement place) => texts[place.GetInt32()];
    }

    [Fact]
    public void A_cell_has_the_same_anchor_in_every_run_and_no_two_cells_have_one()
    {
        var cell = new Cell("debian:12", "host", "docker", "runc", "", "");
        Assert.Equal("cell-kernel-identity-debian-12-host-docker-runc-01bc24", Anchor(cell));
        Assert.NotEqual(Anchor(cell with { Userland = "debian-12" }), Anchor(cell));

        static string Anchor(Cell cell) => new CellEntry("kernel-identity", cell, [], []).Anchor;
    }

    [Fact]
    public void More_rows_than_a_page_holds_are_counted_and_linked_to()
    {
        var folder = _run.Usual().Build();
        Directory.CreateDirectory(folder.Evidence);
        File.WriteAllLines(Path.Combine(folder.Evidence, "C1.csv"), Enumerable.Range(0, 1200).Select(row => $"kernel-identity,C1,{row},").Prepend("experiment,claim,trial_id,nothing"));
        var evidence = ClaimEvidence.Read(folder, "evidence/C1.csv", int.MaxValue);
        Assert.Equal((1200, ClaimEvidence.Most), (evidence.Total, evidence.Rows.Length));
        Assert.Equal(["trial_id"], evidence.Columns);
        Assert.Equal("The first 1000 of 1200 rows. In every row shown: experiment kernel-identity, claim C1; all of them are in the file.", evidence.Said);
        Assert.InRange(ClaimEvidence.Read(folder, "evidence/C1.csv", 20_000).Rows.Length, 100, 900);
    }

    [Fact]
    public void A_page_that_cannot_be_written_costs_itself_alone_and_the_report_says_so()
    {
        var folder = _run.Usual().Build();
        var target = new RunFolder(folder.Root + "-derived");
        Directory.CreateDirectory(target.ReportHtml);
        var failure = Assert.Single(Derivation.Write(folder, target, TestContext.Current.CancellationToken).Failures);
        Assert.Equal(DerivedPart.Page, failure.Part);
        Assert.StartsWith("the page report.html missing: ", failure.ToString(), StringComparison.Ordinal);
        Assert.Contains("**The page report.html is missing:** ", File.ReadAllText(target.ReportMd), StringComparison.Ordinal);
        Assert.True(File.Exists(target.VerdictsCsv));
    }

    [Fact]
    public void What_could_not_be_derived_is_said_in_its_place()
    {
        var folder = _run.Usual().Build();
        File.AppendAllText(Path.Combine(folder.Definitions, "kernel-identity", "verdict.sql"), "nonsense;\n");
        RunChecksums.Seal(folder);
        var page = Page(folder);
        HtmlPage.Holds(page);
        Assert.Contains("The SQL of this experiment failed, so its verdicts, statistics and figures are missing:", page, StringComparison.Ordinal);
        Assert.Contains("No claim was judged.", page, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;")]
    [InlineData("[here](javascript:alert(1))", "<p>here</p>")]
    [InlineData("<javascript:alert(1)>", "<p>javascript:alert(1)</p>")]
    [InlineData("![pixel](https://a.example/p.png)", "<p>pixel</p>")]
    [InlineData("[sql](verdict.sql)", "href=\"definitions/kernel-identity/verdict.sql\"")]
    [InlineData("[up](../../../etc/passwd)", "<p>up</p>")]
    [InlineData("[web](https://a.example/)", "href=\"https://a.example/\"")]
    [InlineData("### A heading", "<h5>A heading</h5>")]
    [InlineData("| a |\n|--:|\n| 1 |", "<td>1</td>")]
    public void A_README_is_rendered_and_not_obeyed(string markdown, string html)
    {
        var folder = _run.Usual().Build();
        File.WriteAllText(Path.Combine(folder.Definitions, "kernel-identity", "README.md"), $"# T\n\n## Rules of decision\n{markdown}\n\n## Threats to validity\nNone.\n");
        RunChecksums.Seal(folder);
        var page = Page(folder);
        HtmlPage.Holds(page);
        Assert.Contains(html, page, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_rules_that_are_about_several_claims_each_claim_has_its_own()
    {
        var folder = _run.Usual().Build();
        File.WriteAllText(
            Path.Combine(folder.Definitions, "kernel-identity", "README.md"),
            "# T\n\n## Rules of decision\nFor all.\n\n### C1: one\nOf one.\n\n### C2: two\nOf two.\n\n## Threats to validity\nNone.\n");
        var readme = ReadmeParts.Read(folder, "kernel-identity")!;
        Assert.Equal("<p>For all.</p>\n<h5>C1: one</h5>\n<p>Of one.</p>", readme.Html("Rules of decision", "C1", ["C2"]));
        Assert.Equal("<p>For all.</p>\n<h5>C2: two</h5>\n<p>Of two.</p>", readme.Html("Rules of decision", "C2", ["C1"]));
        Assert.Equal("", readme.Html("No such heading"));
    }

    [Fact]
    public void A_README_nested_without_end_costs_nothing_else()
    {
        var folder = _run.Usual().Build();
        File.WriteAllText(Path.Combine(folder.Definitions, "kernel-identity", "README.md"), "## Rules of decision\n" + new string('>', 20_000) + "x\n");
        RunChecksums.Seal(folder);
        Assert.Empty(Derivation.Regenerate(folder).Failures);
    }

    [Fact]
    public void Every_section_about_the_run_is_in_both_reports()
    {
        var folder = _run.Usual().Unmeasured(Outcome.Unavailable, "the image is not available", block: 3).Build();
        var report = Report.Of(Derivation.Regenerate(folder));
        var (markdown, page) = (File.ReadAllText(folder.ReportMd), File.ReadAllText(folder.ReportHtml));
        Assert.All(report.Sections, section => Assert.Contains($"## {section.Title}\n", markdown, StringComparison.Ordinal));
        Assert.All(report.Sections, section => Assert.Contains($"<section id=\"{section.Id}\"", page, StringComparison.Ordinal));
    }

    private static string Page(RunFolder folder)
    {
        Assert.DoesNotContain(Derivation.Regenerate(folder).Failures, failure => failure.Part == DerivedPart.Page);
        return File.ReadAllText(folder.ReportHtml);
    }
}
