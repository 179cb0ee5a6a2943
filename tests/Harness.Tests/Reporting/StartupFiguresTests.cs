using System.Xml.Linq;
using Harness.Analysis.Checking;
using Harness.Core.Journaling;
using Harness.Reporting;
using Harness.Tests.Analysis;

namespace Harness.Tests.Reporting;

public sealed class StartupFiguresTests : IDisposable
{
    private readonly StartupRun _run = new();

    public void Dispose() => _run.Dispose();

    [Fact]
    public void The_experiments_figures_tell_in_words_what_a_run_measured()
    {
        var folder = _run.Ladder(10).Build();
        Derivation.Regenerate(folder);
        var ladder = Words(folder, "startup-ladder");
        Assert.Equal(14, ladder.Length - 1);
        Assert.StartsWith("plain process: 1.", ladder[1], StringComparison.Ordinal);
        Assert.Equal("qemu microvm boot=distribution (tcg), debian:12: unavailable: the image cannot be built here", ladder[^1]);
        Assert.Contains("n = 130 trials;", ladder[0], StringComparison.Ordinal);
        Assert.Contains(ladder, line => line.StartsWith("docker/runc: ", StringComparison.Ordinal) && line.Contains("; create ", StringComparison.Ordinal) && line.Contains(", setup ", StringComparison.Ordinal) && line.Contains(", start ", StringComparison.Ordinal));
        Assert.Equal(13, Words(folder, "startup-distributions").Length - 1);
        var ratios = Words(folder, "startup-ratios");
        Assert.Contains(ratios, line => line.StartsWith("qemu microvm (tcg) over, namespaces: ", StringComparison.Ordinal) && line.EndsWith("n = 10", StringComparison.Ordinal));
        var split = Words(folder, "startup-split");
        Assert.Equal(
            ["engine and containerd", "shim", "runtime's create", "back and forth", "runtime's start"],
            split.Where(line => line.StartsWith("docker/runc, ", StringComparison.Ordinal)).Select(line => line["docker/runc, ".Length..].Split(':')[0]));
        Assert.Contains(split, line => line.StartsWith("docker/runc, shim: ", StringComparison.Ordinal) && line.Contains(" ms, 10 % (", StringComparison.Ordinal));
        Assert.Equal("docker/runsc: unavailable: the engine has no runtime 'runsc'", split[^1]);
        Golden.Equal("startup-report.md", File.ReadAllText(folder.ReportMd));
    }

    [Fact]
    public void Made_twice_they_are_the_same_byte_for_byte_and_verify()
    {
        var folder = _run.Ladder(3).Build();
        Derivation.Regenerate(folder);
        var first = Directory.GetFiles(folder.Figures).Order().Select(File.ReadAllBytes).ToList();
        Assert.Equal(8, first.Count);
        Derivation.Regenerate(folder);
        Assert.Equal(first, Directory.GetFiles(folder.Figures).Order().Select(File.ReadAllBytes));
        Assert.Empty(Verification.Verify(folder, RunBuilder.Environment(StartupRun.Host)).Where(finding => finding.IsFault));
    }

    [Fact]
    public void A_run_without_a_measured_trial_has_figures_that_say_so()
    {
        var folder = _run.Trial(StartupRun.Machine, 1, 0, new StartupRun.How { Outcome = Core.Model.Outcome.Unavailable, Detail = "no qemu" }).Build();
        Derivation.Regenerate(folder);
        Assert.Contains("qemu microvm (tcg): unavailable: no qemu", Words(folder, "startup-ladder"));
        Assert.Contains("Nothing measured.", Words(folder, "startup-ratios"));
    }

    private static string[] Words(RunFolder folder, string figure) =>
        XDocument.Load(Path.Combine(folder.Figures, figure + ".svg")).Root!.Element(XName.Get("desc", "http://www.w3.org/2000/svg"))!.Value.Split('\n');
}
