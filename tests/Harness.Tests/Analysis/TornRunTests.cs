using Harness.Analysis.Checking;
using Harness.Analysis.Comparing;
using Harness.Core;
using Harness.Core.Journaling;
using Harness.Core.Planning;
using Harness.Reporting;

namespace Harness.Tests.Analysis;

/// <summary>A run's folder that is torn, or somebody's: whatever is wrong with it is a line, never a defect.</summary>
public sealed class TornRunTests : IDisposable
{
    private readonly RunBuilder _run = new();

    public void Dispose() => _run.Dispose();

    [Fact]
    public void A_trial_that_is_twice_in_the_plan_is_one_line()
    {
        var folder = _run.Usual().Build();
        var plan = PlanFile.Read(folder);
        (plan with { Trials = [.. plan.Trials, plan.Trials[0]] }).Write(folder);
        var said = $"trial {plan.Trials[0].TrialId} is there 2 times";
        Assert.Contains(Integrity.Check(folder), finding => finding.IsFault && finding.Message.Contains(said, StringComparison.Ordinal));
        Assert.Contains(FrameProof.Check(folder), finding => finding.IsFault && finding.Message.Contains(said, StringComparison.Ordinal));
        Assert.Contains(said, Assert.Throws<HarnessException>(() => ComparedRun.Read(folder)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("../reference")]
    [InlineData("/tmp/x")]
    [InlineData("run\n")]
    [InlineData("")]
    public void A_run_whose_id_is_no_folders_name_is_one_line(string id)
    {
        var folder = _run.Usual().Build();
        (PlanFile.Read(folder) with { RunId = id }).Write(folder);
        Assert.Contains("is no run's id", Assert.Throws<HarnessException>(() => PlanFile.Read(folder)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("3")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("""{"schema_version": "1"}""")]
    public void A_plan_without_the_number_of_its_schema_is_one_line(string text)
    {
        var folder = _run.Usual().Build();
        File.WriteAllText(folder.PlanJson, text);
        Assert.Contains("(it has no schema_version)", Assert.Throws<HarnessException>(() => PlanFile.Read(folder)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_twice_in_the_checksums_is_one_line()
    {
        var folder = _run.Usual().Build();
        File.AppendAllText(folder.Sums, File.ReadAllLines(folder.Sums)[0] + "\n");
        Assert.Contains("is listed 2 times", Assert.Throws<HarnessException>(() => RunChecksums.CheckSources(folder)).Message, StringComparison.Ordinal);
    }

    // Each file cut, emptied, or with a few bytes changed; sealed again, so that what reads it meets it.
    [Theory]
    [InlineData("plan.json")]
    [InlineData("trials.csv")]
    [InlineData("observations.csv")]
    [InlineData("SHA256SUMS")]
    [InlineData("environments/" + RunBuilder.FirstHost + ".json")]
    [InlineData("definitions/claims.yaml")]
    [InlineData("definitions/kernel-identity/experiment.yaml")]
    [InlineData("definitions/userlands.yaml")]
    [InlineData("definitions/userlands.csv")]
    [InlineData("definitions/runtimes.csv")]
    [InlineData("definitions/kernels.csv")]
    public void Whatever_became_of_a_file_is_told_in_words(string file)
    {
        var folder = _run.HostCell().Container().Build();
        var path = Path.Combine(folder.Root, file);
        var whole = File.Exists(path) ? File.ReadAllBytes(path) : [];
        var random = new SplitMix64(3);
        for (var attempt = 0; attempt < 12; attempt++)
        {
            var bytes = whole.ToArray();
            if (attempt < 3)
            {
                bytes = bytes[..(bytes.Length * attempt / 3)];
            }
            else
            {
                for (var change = 0; change < 1 + (attempt / 3) && bytes.Length > 0; change++)
                    bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            }

            File.WriteAllBytes(path, bytes);
            if (file != "SHA256SUMS")
                RunChecksums.Seal(folder);
            Told(() => Verification.Verify(folder, RunBuilder.Environment(RunBuilder.FirstHost), TestContext.Current.CancellationToken));
            Told(() => Derivation.Regenerate(folder, TestContext.Current.CancellationToken));
            Told(() => Coverage(folder));
        }
    }

    private static void Coverage(Core.Journaling.RunFolder folder) => Harness.Analysis.Coverage.Of(PlanFile.Read(folder), Harness.Analysis.Tables.RunTables.Trials(folder));

    private static void Told(Action work)
    {
        try
        {
            work();
        }
        catch (HarnessException e)
        {
            Assert.NotEmpty(e.Message);
        }
    }
}
