using Harness.Analysis.Judging;
using Harness.Core;
using Harness.Core.Definitions;
using Harness.Core.Journaling;
using Harness.Core.Model;
using Harness.Reporting;
using Harness.Reporting.Model;

namespace Harness.Tests.Analysis;

/// <summary>What a headline may be, and that runs from before there were any are read, judged and verified as ever.</summary>
public sealed class HeadlineTests : IDisposable
{
    private readonly RunBuilder _run = new();

    public void Dispose() => _run.Dispose();

    [Fact]
    public void A_headline_of_a_hundred_letters_is_taken_whatever_bytes_they_need()
    {
        var headline = new string('–', 100);
        Assert.Equal(headline, Assert.Single(Judged.Verdicts(Stating($"'{headline}'"), isShipped: false)).Headline);
    }

    [Theory]
    [InlineData("repeat('a', 101)", "the headline of C1 has 101 characters, more than 100: 'aaa")]
    [InlineData("'a' || chr(10) || 'b'", "the headline of C1 is more than one line: 'a b'")]
    [InlineData("''", "the headline of C1 is empty")]
    [InlineData("NULL", "column headline of a verdict is NULL")]
    public void Another_one_is_refused(string sql, string reason)
    {
        var message = Assert.Throws<HarnessException>(() => Judged.Verdicts(Stating(sql), isShipped: false)).Message;
        Assert.Contains("definitions/kernel-identity/verdict.sql: " + reason, message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
    }

    [Fact]
    public void The_macro_shortens_what_was_put_together() =>
        Assert.Equal(new string('a', 99) + "…", Assert.Single(Judged.Verdicts(Stating("headline(repeat('a', 200))"), isShipped: false)).Headline);

    [Fact]
    public void A_run_whose_sql_knows_no_headlines_is_reported_and_verified_with_the_table_that_it_always_had()
    {
        var folder = Stating(null);
        Assert.Equal("", Assert.Single(Judged.Verdicts(folder, isShipped: false)).Headline);
        OldClaims(folder);
        Assert.Empty(Derivation.Regenerate(folder).Failures);
        Assert.Equal(
            "run_id,experiment,claim,scope,verdict,basis,summary,trials\nsample,kernel-identity,C1,,supported,real,As ever.,1\n", File.ReadAllText(folder.VerdictsCsv));
        Assert.DoesNotContain(Verification.Verify(folder, RunBuilder.Environment(RunBuilder.FirstHost)), finding => finding.IsFault);
    }

    [Fact]
    public void Every_claim_of_the_repository_says_what_is_meant_by_it_and_one_of_an_older_run_need_not()
    {
        var path = Path.Combine(RunBuilder.Repository, "experiments", "claims.yaml");
        Assert.Equal(ClaimTexts.Read(path).Keys, ClaimTexts.OrdinaryScopes(path).Keys);
        var folder = _run.HostCell().Build();
        OldClaims(folder);
        Assert.Empty(RunFacts.Read(folder).OrdinaryScopes);
        Assert.Equal("A claim", RunFacts.Read(folder).Claims["C1"]);
    }

    private static void OldClaims(RunFolder folder)
    {
        File.WriteAllText(Path.Combine(folder.Definitions, "claims.yaml"), "schema: 1\nclaims:\n  - {id: C1, text: A claim}\n");
        Harness.Analysis.Checking.RunChecksums.Seal(folder);
    }

    private RunFolder Stating(string? headline)
    {
        var folder = _run.HostCell().Container().Build();
        var column = headline is null ? "" : $"{headline} AS headline, ";
        File.AppendAllText(
            Path.Combine(folder.Definitions, "kernel-identity", "verdict.sql"),
            $"\nCREATE OR REPLACE VIEW verdict AS SELECT 'C1' AS claim, '' AS scope, 'supported' AS verdict, 'real' AS basis, {column}'As ever.' AS summary, 1 AS trials;\n"
            + "CREATE OR REPLACE VIEW evidence AS SELECT 'C1' AS claim, '' AS scope, trial_id FROM trial WHERE runtime <> 'host';\n"
            + "DROP VIEW method_check;\n");
        Harness.Analysis.Checking.RunChecksums.Seal(folder);
        return folder;
    }
}
