using Harness.Analysis;
using Harness.Analysis.Checking;
using Harness.Analysis.Judging;
using Harness.Analysis.Tables;
using Harness.Core;
using Harness.Core.Journaling;
using Harness.Core.Model;
using Harness.Core.Planning;

namespace Harness.Tests.Analysis;

public sealed class CheckingTests : IDisposable
{
    private readonly RunBuilder _run = new();

    public void Dispose() => _run.Dispose();

    [Fact]
    public void A_whole_run_has_no_findings()
    {
        var folder = _run.Usual().Build();
        Assert.Empty(Integrity.Check(folder));
        Assert.Empty(RunChecksums.CheckSources(folder));
    }

    [Theory]
    [InlineData("trials.csv", "debian:12|host|docker/runc||,debian:12", "debian:13|host|docker/runc||,debian:12", "does not hash to its id")]
    [InlineData("trials.csv", ",ok,", ",fine,", "'fine' is not an outcome")]
    [InlineData("trials.csv", ",kernel,1,1,false", ",kernel,0x1,1,false", "row 2")]
    [InlineData("observations.csv", ",release,,,,6.1.0", ",release,,5,,6.1.0", "exactly one of value and text")]
    [InlineData("observations.csv", ",release,,,,6.1.0-18-amd64", ",release,,,,", "exactly one of value and text")]
    public void What_does_not_fit_together_is_found(string file, string before, string after, string finding)
    {
        var folder = _run.HostCell().Container().Build();
        var path = Path.Combine(folder.Root, file);
        var text = File.ReadAllText(path);
        Assert.Contains(before, text, StringComparison.Ordinal);
        File.WriteAllText(path, text.Replace(before, after, StringComparison.Ordinal));
        Assert.Contains(Integrity.Check(folder), found => found.IsFault && found.Message.Contains(finding, StringComparison.Ordinal));
    }

    [Fact]
    public void A_trial_twice_an_orphan_and_a_trial_outside_the_plan_are_found()
    {
        var folder = _run.HostCell().Container().Build();
        var rows = File.ReadAllLines(folder.TrialsCsv);
        File.AppendAllText(folder.TrialsCsv, rows[1] + "\n");
        File.AppendAllText(folder.ObservationsCsv, "sample,ffffffffffffffff,release,,,,9.9\n");
        var plan = PlanFile.Read(folder);
        (plan with { Trials = [plan.Trials[0]] }).Write(folder);
        var messages = Integrity.Check(folder).Select(finding => finding.Message).ToList();
        Assert.Contains(messages, message => message.EndsWith("has 2 rows", StringComparison.Ordinal));
        Assert.Contains(messages, message => message.EndsWith("belongs to no trial of trials.csv", StringComparison.Ordinal));
        Assert.Contains(messages, message => message.EndsWith("is not in plan.json", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("verdicts.csv", "command line all agreed.\",1", "command line all agreed.\",7", "C1 of kernel-identity rests on 7 trials and its evidence names 1")]
    [InlineData("evidence/C1.csv", "kernel-identity,C1,,", "kernel-identity,C1,elsewhere,", "C1 of kernel-identity rests on 1 trial and its evidence names 0")]
    [InlineData("evidence/C1.csv", "docker/runc||,1,", "docker/runc||,1,0", "which is not in trials.csv")]
    public void A_verdict_that_does_not_rest_on_its_evidence_is_found(string file, string before, string after, string finding)
    {
        var folder = _run.HostCell().Container().Build();
        Harness.Reporting.Derivation.Regenerate(folder);
        Assert.Empty(Integrity.Check(folder));
        var path = Path.Combine(folder.Root, file);
        var text = File.ReadAllText(path);
        Assert.Contains(before, text, StringComparison.Ordinal);
        File.WriteAllText(path, text.Replace(before, after, StringComparison.Ordinal));
        Assert.Contains(Integrity.Check(folder), found => found.IsFault && found.Message.Contains(finding, StringComparison.Ordinal));
    }

    [Fact]
    public void A_verdict_without_evidence_is_found_and_one_that_was_not_tested_needs_none()
    {
        Assert.Equal("is supported without any evidence", EvidenceCheck.Problem("supported", 0, 0));
        Assert.Null(EvidenceCheck.Problem("not tested", 0, 0));
        Assert.Null(EvidenceCheck.Problem("refuted", 3, 3));
    }

    [Fact]
    public void A_source_that_was_changed_removed_or_added_is_found()
    {
        var folder = _run.HostCell().Build();
        File.AppendAllText(folder.Log, "more\n");
        File.Delete(folder.UserlandsLock);
        File.WriteAllText(Path.Combine(folder.Raw, "new.frames"), "");
        Assert.Equal(
            ["log.txt: was changed after the run", "raw/new.frames: was added after the run", "userlands.lock.json: is missing"],
            RunChecksums.CheckSources(folder).Select(finding => finding.ToString()));
    }

    [Fact]
    public void A_run_that_has_not_ended_is_told_so()
    {
        var folder = _run.HostCell().Build();
        File.Delete(folder.Sums);
        Assert.Contains("--resume", Assert.Throws<HarnessException>(() => RunChecksums.CheckSources(folder)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Coverage_counts_what_was_planned_and_groups_what_is_missing_by_reason()
    {
        var folder = _run.HostCell().Container().Unmeasured(Outcome.Unavailable, "runsc is not installed", "runsc", 1).Unmeasured(Outcome.Unavailable, "runsc is not installed", "runsc", 2)
            .Unmeasured(Outcome.Broken, "the channel broke", block: 2).NotRun(block: 3).Build();
        var coverage = Coverage.Of(PlanFile.Read(folder), RunTables.Trials(folder));
        Assert.Equal((6, 2), (coverage.Planned, coverage.Measured));
        Assert.Equal([(Outcome.Ok, 2), (Outcome.Unavailable, 2), (Outcome.Broken, 1)], coverage.Outcomes);
        Assert.Equal(
            [("unavailable", "runsc is not installed", 2), ("broken", "the channel broke", 1)],
            coverage.Gaps.Take(2).Select(gap => (gap.Kind, gap.Reason, gap.Trials)));
        Assert.Equal(1, coverage.Missing(Coverage.NotRun));
        Assert.Equal(["debian:12|host|docker/runsc||"], coverage.Gaps[0].Cells);
    }

    [Fact]
    public void Evidence_of_two_experiments_for_one_claim_stands_in_one_file_with_the_columns_of_both()
    {
        var folder = _run.HostCell().Build();
        using (var files = new EvidenceFiles(folder))
        {
            HashSet<string> claims = ["C7", "C8", "C9"];
            var first = files.Begin("a", claims, ["claim", "scope", "trial_id", "x"]);
            first(["C9", "", "1", null]);
            first(["C6", "of a claim that nobody judged", "1", null]);
            first([null, "of none", "1", null]);
            var second = files.Begin("b", claims, ["claim", "y", "scope", "trial_id"]);
            second(["C8", "", "one\ntwo", "3"]);
            second(["C9", " q, \"r\"\r\ns ", "", "2"]);
            files.Finish(["C8", "C9", "C7"]);
        }

        Assert.Equal("experiment,claim,scope,trial_id,x,y\na,C9,,1,,\nb,C9,,2,,\" q, \"\"r\"\"\r\ns \"\n", File.ReadAllText(Path.Combine(folder.Evidence, "C9.csv")));
        Assert.Equal("experiment,claim,y,scope,trial_id\nb,C8,,\"one\ntwo\",3\n", File.ReadAllText(Path.Combine(folder.Evidence, "C8.csv")));
        Assert.Equal("experiment,claim,scope,trial_id\n", File.ReadAllText(Path.Combine(folder.Evidence, "C7.csv")));
        Assert.Equal(3, Directory.GetFiles(folder.Evidence).Length);
    }

    [Fact]
    public void Verdicts_are_written_as_they_were_found()
    {
        var folder = _run.HostCell().Build();
        VerdictEngine.Write([new VerdictRow("sample", "a", "C9", "", "supported", "real", "1.", "One.", 1), new VerdictRow("sample", "b", "C9", "", "refuted", "real", "2.", "Two, \"quoted\".", 1)], folder);
        Assert.Equal(
            "run_id,experiment,claim,scope,verdict,basis,headline,summary,trials\nsample,a,C9,,supported,real,1.,One.,1\nsample,b,C9,,refuted,real,2.,\"Two, \"\"quoted\"\".\",1\n",
            File.ReadAllText(folder.VerdictsCsv));
    }
}
