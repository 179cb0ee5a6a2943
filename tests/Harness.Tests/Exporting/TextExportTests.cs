using System.Text;
using System.Text.Json;
using System.Xml.Linq;
using Harness.Analysis.Checking;
using Harness.Core;
using Harness.Core.Journaling;
using Harness.Core.Model;
using Harness.Reporting.Exporting;
using Harness.Tests.Analysis;

namespace Harness.Tests.Exporting;

/// <summary>What CI and readers get: test cases, a step's summary, a post, an archive.</summary>
public sealed class TextExportTests : IDisposable
{
    private readonly RunBuilder _run = new();
    private readonly string _target = Directory.CreateTempSubdirectory("harness-test-").FullName;

    public void Dispose()
    {
        _run.Dispose();
        Directory.Delete(_target, recursive: true);
    }

    [Fact]
    public void A_verdict_is_no_failure_and_what_was_not_decided_is_skipped()
    {
        // A kernel of its own under runc refutes the claim.
        var refuted = Cases(_run.HostCell().Container("crun").Container("runc", readings: KernelReadings.Gvisor).Build());
        var claim = refuted.Single(one => Name(one).StartsWith("C1:", StringComparison.Ordinal));
        Assert.Empty(claim.Elements("failure"));
        Assert.StartsWith("refuted: ", claim.Element("system-out")!.Value, StringComparison.Ordinal);
    }

    [Fact]
    public void What_was_not_tested_is_skipped_and_broken_trials_fail()
    {
        var cases = Cases(_run.HostCell().Unmeasured(Outcome.Broken, "the engine went away").Build());
        Assert.StartsWith("not tested: ", cases.Single(one => Name(one).StartsWith("C1:", StringComparison.Ordinal)).Element("skipped")!.Value, StringComparison.Ordinal);
        Assert.Contains("1 broken: ", cases.Single(one => Name(one) == "trials were measured").Element("failure")!.Attribute("message")!.Value, StringComparison.Ordinal);
    }

    [Fact]
    public void Alarms_of_a_gate_fail_and_unconfirmed_ones_do_not()
    {
        const string Gate = """{"gate": {"exit_code": 1, "alarms": [{"kind": "slower", "name": "a cell", "what": "1.4 times as long", "confirmed": true}, {"kind": "verdict", "name": "C1", "what": "worse", "confirmed": false}]}}""";
        var suite = Document(_run.Usual().Build(), Gate).Root!.Elements("testsuite").Single(one => Name(one) == "gate");
        Assert.Equal("1", suite.Attribute("failures")!.Value);
        Assert.Equal("2", suite.Attribute("tests")!.Value);
    }

    [Fact]
    public void A_file_that_holds_no_gate_is_refused_with_the_remedy() =>
        Assert.Contains("harness compare BASE NEW --gate --format json", Assert.Throws<HarnessException>(() => Document(_run.Usual().Build(), "{}")).Message, StringComparison.Ordinal);

    [Fact]
    public void A_step_summary_has_pictures_only_where_they_have_an_address()
    {
        var folder = _run.Usual().Build();
        var (without, with) = (Text(folder, ExportKind.StepSummary, null), Text(folder, ExportKind.StepSummary, "https://example.org/run/figures"));
        Assert.DoesNotContain("![", without, StringComparison.Ordinal);
        Assert.Contains("](https://example.org/run/figures/kernel-identity.svg)", with, StringComparison.Ordinal);
        Assert.True(Encoding.UTF8.GetByteCount(with) < 1 << 20);
        Assert.StartsWith("## Measured 10 of 10 planned trials", without, StringComparison.Ordinal);
    }

    [Fact]
    public void A_post_has_its_figures_beside_it_with_alternative_texts_and_says_how_much_was_measured_where()
    {
        var text = Text(_run.Usual().Build(), ExportKind.Markdown, null);
        // Of this run the id is drawn from its sums, and so from all definitions.
        Golden.Equal("post.md", System.Text.RegularExpressions.Regex.Replace(text, "[0-9]{8}T[0-9]{6}Z-[0-9a-f]{4}", "RUN"));
        Assert.True(File.Exists(Path.Combine(_target, "text.figures", "kernel-identity.svg")));
        Assert.True(File.Exists(Path.Combine(_target, "text.figures", "kernel-identity.png")));
    }

    [Fact]
    public void A_claim_that_the_run_does_not_judge_is_refused_with_those_it_does()
    {
        var request = new ExportRequest([ExportKind.Markdown], Path.Combine(_target, "x.md"), PlantedRun.Redaction) { Claims = ["C9"] };
        Assert.EndsWith("judges no claim 'C9'; it judges C1", Assert.Throws<HarnessException>(() => Exports.Write(_run.Usual().Build(), request, TestContext.Current.CancellationToken)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_archive_holds_sums_that_hold_and_is_the_same_twice()
    {
        var folder = _run.Usual().Build();
        var (first, second) = (Path.Combine(_target, "a.zip"), Path.Combine(_target, "b.zip"));
        PlantedRun.Export(folder, first, ExportKind.Zip);
        PlantedRun.Export(folder, second, ExportKind.Zip);
        Assert.Equal(File.ReadAllBytes(first), File.ReadAllBytes(second));
        System.IO.Compression.ZipFile.ExtractToDirectory(first, Path.Combine(_target, "unpacked"));
        var unpacked = new RunFolder(Assert.Single(Directory.GetDirectories(Path.Combine(_target, "unpacked"))));
        Assert.Empty(RunChecksums.CheckSources(unpacked));
        Assert.Empty(RunChecksums.CheckDerived(unpacked));
        Assert.Contains("datapackage.json", File.ReadAllText(unpacked.Sums), StringComparison.Ordinal);
    }

    [Fact]
    public void A_crate_says_who_ran_what_with_which_software()
    {
        var target = new RunFolder(Path.Combine(_target, "crate"));
        Exports.Write(_run.Usual().Build(), new ExportRequest([ExportKind.RoCrate], target.Root, PlantedRun.Redaction) { Author = "A. Reader", License = "CC-BY-4.0" }, TestContext.Current.CancellationToken);
        using var crate = JsonDocument.Parse(File.ReadAllText(target.Crate));
        var graph = crate.RootElement.GetProperty("@graph").EnumerateArray().ToDictionary(entity => entity.GetProperty("@id").GetString()!);
        var action = graph[$"#measuring-{RunBuilder.FirstHost}"];
        Assert.Equal("A. Reader", graph[action.GetProperty("agent").GetProperty("@id").GetString()!].GetProperty("name").GetString());
        Assert.Equal("Harness", graph[action.GetProperty("instrument").GetProperty("@id").GetString()!].GetProperty("name").GetString());
        // Every reference within the crate leads somewhere.
        foreach (var id in action.GetProperty("object").EnumerateArray().Concat(action.GetProperty("result").EnumerateArray()).Select(one => one.GetProperty("@id").GetString()!))
        {
            Assert.True(File.Exists(Path.Combine(target.Root, Uri.UnescapeDataString(id))), id);
            Assert.Contains(id, graph);
        }
    }

    [Fact]
    public void What_is_there_already_is_not_written_over()
    {
        Directory.CreateDirectory(Path.Combine(_target, "there"));
        File.WriteAllText(Path.Combine(_target, "there", "x"), "");
        Assert.Contains("holds something already", Assert.Throws<HarnessException>(() => PlantedRun.Export(_run.Usual().Build(), Path.Combine(_target, "there"), ExportKind.Folder)).Message, StringComparison.Ordinal);
    }

    private List<XElement> Cases(RunFolder folder) => [.. Document(folder).Descendants("testcase")];

    private XDocument Document(RunFolder folder, string? gate = null)
    {
        var path = Path.Combine(_target, "junit.xml");
        Exports.Write(folder, new ExportRequest([ExportKind.Junit], path, PlantedRun.Redaction) { Gate = gate }, TestContext.Current.CancellationToken);
        return XDocument.Load(path);
    }

    private string Text(RunFolder folder, ExportKind kind, string? pictures)
    {
        var path = Path.Combine(_target, "text.md");
        Exports.Write(folder, new ExportRequest([kind], path, PlantedRun.Redaction) { Pictures = pictures }, TestContext.Current.CancellationToken);
        return File.ReadAllText(path);
    }

    private static string Name(XElement element) => element.Attribute("name")!.Value;
}
