using Harness.Analysis.Checking;
using Harness.Core;
using Harness.Core.Journaling;
using Harness.Core.Model;
using Harness.Reporting;
using Harness.Tests.Analysis;

namespace Harness.Tests.Reporting;

/// <summary>What <c>verify</c> finds in a run's folder that was changed, and what it only remarks upon.</summary>
public sealed class VerificationTests : IDisposable
{
    private readonly RunBuilder _run = new();

    public void Dispose() => _run.Dispose();

    [Fact]
    public void A_whole_run_verifies()
    {
        var folder = _run.Usual().Build();
        Derivation.Regenerate(folder);
        Assert.Equal([WithoutKeys], Verification.Verify(folder, Here()));
    }

    [Theory]
    [InlineData("observations.csv", "4.4.0", "4.4.1", "observations.csv: was changed after the run", "verdicts.csv: differs from what the data produce")]
    [InlineData("trials.csv", ",ok,0,", ",ok,1,", "trials.csv: was changed after the run")]
    [InlineData("verdicts.csv", "qualified", "supported", "verdicts.csv: differs from what the data produce")]
    [InlineData("report.md", "qualified", "supported", "report.md: differs from what the data produce")]
    [InlineData("report.html", "Where it holds", "Where it held", "report.html: differs from what the data produce")]
    [InlineData("evidence/C1.csv", ",other,", ",same,", "evidence/C1.csv: differs from what the data produce")]
    [InlineData("definitions/kernel-identity/verdict.sql", "'refuted'", "'supported'", "definitions/kernel-identity/verdict.sql: was changed after the run")]
    public void Whatever_was_changed_verification_finds_it(string file, string before, string after, params string[] findings)
    {
        var folder = _run.Usual().Build();
        Derivation.Regenerate(folder);
        Change(Path.Combine(folder.Root, file), before, after);
        var found = Verification.Verify(folder, Here()).Where(finding => finding.IsFault).Select(finding => finding.ToString()).ToList();
        Assert.All(findings, finding => Assert.Contains(finding, found));
    }

    [Fact]
    public void A_changed_line_of_SHA256SUMS_is_found_for_derived_files_too()
    {
        var folder = _run.Usual().Build();
        Derivation.Regenerate(folder);
        var lines = File.ReadAllLines(folder.Sums);
        File.WriteAllLines(folder.Sums, lines.Select(line => line.EndsWith("  report.md", StringComparison.Ordinal) ? new string('0', 64) + "  report.md" : line));
        Assert.Equal(["report.md: is not what SHA256SUMS says"], Verification.Verify(folder, Here()).Where(finding => finding.IsFault).Select(finding => finding.ToString()));
    }

    [Fact]
    public void A_derived_file_that_follows_from_nothing_and_one_that_is_missing_are_found()
    {
        var folder = _run.Usual().Build();
        Derivation.Regenerate(folder);
        File.WriteAllText(Path.Combine(folder.Evidence, "C9.csv"), "x\n");
        File.Delete(Path.Combine(folder.Figures, "kernel-identity.svg"));
        var found = Verification.Verify(folder, Here()).Select(finding => finding.ToString()).ToList();
        Assert.Contains("evidence/C9.csv: is not derivable from this run", found);
        Assert.Contains("figures/kernel-identity.svg: is missing", found);
    }

    [Fact]
    public void Images_of_another_platform_are_remarked_upon_and_not_compared()
    {
        var folder = _run.Usual().Build();
        Derivation.Regenerate(folder);
        var here = Here() with { Os = Here().Os with { Architecture = "aarch64" } };
        var findings = Verification.Verify(folder, here);
        Assert.All(findings, finding => Assert.False(finding.IsFault));
        Assert.Equal(["raw", "figures/kernel-identity.png", "figures/kernel-identity.svg", "report.html"], findings.Select(finding => finding.File));
    }

    [Fact]
    public void A_check_of_the_method_that_does_not_hold_is_in_its_table_the_report_and_verify_and_is_no_fault()
    {
        var folder = _run.HostCell().Container().VirtualMachine("debian-trixie", KernelReadings.Host).Build();
        Derivation.Regenerate(folder);
        Assert.Contains("sample,kernel-identity,vm-kernels,no,", File.ReadAllText(folder.ChecksCsv), StringComparison.Ordinal);
        Assert.Contains("| [vm-kernels](evidence/vm-kernels.csv), kernel-identity | **no** | 1 |", File.ReadAllText(folder.ReportMd), StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(folder.Evidence, "vm-kernels.csv")));
        var findings = Verification.Verify(folder, Here());
        Assert.DoesNotContain(findings, finding => finding.IsFault);
        Assert.Contains(findings, finding => finding.ToString().StartsWith("checks.csv: the check vm-kernels does not hold: 0 of 1 trial", StringComparison.Ordinal));
        File.AppendAllText(folder.ChecksCsv, "\n");
        Assert.Contains(Verification.Verify(folder, Here()), fault => fault is { IsFault: true, File: "checks.csv" });
    }

    // Its rows are written by a test and not read from any sandbox.
    private static Finding WithoutKeys => Finding.Remark("raw", "holds no keys (a run of an earlier version): its rows cannot be proved from its frames");

    private HostEnvironment Here() => Harness.Analysis.EnvironmentFiles.Read(_run.Folder)[0];

    private static void Change(string path, string before, string after)
    {
        var text = File.ReadAllText(path);
        Assert.Contains(before, text, StringComparison.Ordinal);
        File.WriteAllText(path, text.Replace(before, after, StringComparison.Ordinal));
    }
}
