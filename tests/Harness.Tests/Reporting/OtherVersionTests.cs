using System.Text.Json.Nodes;
using Harness.Analysis;
using Harness.Analysis.Checking;
using Harness.Core;
using Harness.Core.Journaling;
using Harness.Reporting;
using Harness.Tests.Analysis;

namespace Harness.Tests.Reporting;

/// <summary>What <c>verify</c> says of a run that another version of the harness wrote.</summary>
public sealed class OtherVersionTests : IDisposable
{
    private const string Writer = "harness 0.1.0 (commit fedcba987654)";

    private readonly RunBuilder _run = new();

    public void Dispose() => _run.Dispose();

    [Fact]
    public void Words_and_drawings_of_another_version_are_a_remark_that_names_it()
    {
        var folder = Foreign(
            run =>
            {
                File.AppendAllText(run.ReportMd, "As it was worded then.\n");
                File.AppendAllText(Path.Combine(run.Figures, "kernel-identity.svg"), "<!-- -->\n");
            });
        var findings = Findings(folder);
        Assert.All(findings, finding => Assert.False(finding.IsFault, finding.ToString()));
        Assert.Contains(findings, finding => finding.ToString() == $"figures/kernel-identity.svg: and 1 more of report and figures are not proven: {Writer} wrote the run, and this version words or draws them otherwise; 'harness report' makes them again");
    }

    [Fact]
    public void Data_that_this_version_derives_otherwise_are_a_fault_that_says_which_version_can_prove_them()
    {
        var folder = Foreign(run => File.WriteAllText(run.VerdictsCsv, File.ReadAllText(run.VerdictsCsv).Replace("qualified", "supported", StringComparison.Ordinal)));
        Assert.Contains($"verdicts.csv: differs from what the data produce; {Writer} wrote the run, and this version cannot prove it: verify with that one", Findings(folder).Where(finding => finding.IsFault).Select(finding => finding.ToString()));
    }

    [Fact]
    public void A_word_that_was_changed_afterwards_is_a_fault_whoever_wrote_the_run()
    {
        var folder = Foreign(_ => { });
        File.AppendAllText(folder.ReportMd, "Changed.\n");
        Assert.Contains("report.md: is not what SHA256SUMS says", Findings(folder).Where(finding => finding.IsFault).Select(finding => finding.ToString()));
    }

    [Theory]
    [InlineData("2", "use that harness or a later one")]
    [InlineData("99999999999", "use that harness or a later one")]
    [InlineData("0", "use that harness")]
    [InlineData("1.5", "use that harness or a later one")]
    public async Task A_run_of_another_schema_is_one_line_that_names_the_version(string schema, string remedy)
    {
        var folder = Foreign(_ => { });
        var plan = JsonNode.Parse(File.ReadAllText(folder.PlanJson))!.AsObject();
        plan["schema_version"] = JsonNode.Parse(schema);
        plan["tool_version"] = "7.0.0";
        plan["something_new"] = true;
        File.WriteAllText(folder.PlanJson, plan.ToJsonString());
        var message = Assert.Throws<HarnessException>(() => PlanFile.Read(folder)).Message;
        Assert.Equal($"{folder.PlanJson}: harness 7.0.0 wrote it with schema {schema}; this version reads schema 1: {remedy}", message);
        var (code, output, _) = await HarnessProcess.RunAsync(folder.Root, "verify", folder.Root);
        Assert.Equal(ExitCode.GateFailed, code);
        Assert.Contains($"harness 7.0.0 wrote it with schema {schema}", output, StringComparison.Ordinal);
    }

    private static Finding[] Findings(RunFolder folder) => [.. Verification.Verify(folder, RunBuilder.Environment(RunBuilder.FirstHost), TestContext.Current.CancellationToken)];

    /// <summary>A finished run of another commit, its derived files as that one would have written them.</summary>
    private RunFolder Foreign(Action<RunFolder> wrote)
    {
        var folder = _run.Usual().Build();
        var environment = EnvironmentFiles.Read(folder)[0];
        File.Delete(Path.Combine(folder.Environments, environment.HostId + ".json"));
        EnvironmentFiles.Write(folder, environment with { Tool = environment.Tool with { Commit = "fedcba9876543210fedcba9876543210fedcba98" } });
        RunChecksums.Seal(folder);
        Derivation.Regenerate(folder);
        wrote(folder);
        RunChecksums.RenewDerived(folder);
        return folder;
    }
}
