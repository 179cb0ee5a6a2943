using Harness.Analysis.Judging;
using Harness.Core.Model;

namespace Harness.Tests.Analysis;

/// <summary>The table of userlands that a run keeps, as SQL sees it.</summary>
public sealed class UserlandTableTests : IDisposable
{
    private readonly MatrixRun _run = new();

    public void Dispose() => _run.Dispose();

    [Fact]
    public void A_run_without_the_table_of_userlands_is_still_judged() =>
        Assert.Equal("supported", Judged.Verdicts(_run.Machine().Container("debian:13").Build(withUserlands: false)).Single(row => row is { Claim: "C3", Scope: "" }).Verdict);

    [Fact]
    public void The_view_of_userlands_has_dates_and_leaves_out_what_is_not_stated()
    {
        using var database = RunDatabase.Open(_run.Machine().Build());
        var rows = database.Query("SELECT id, distribution, libc, libc_version, released, end_of_life, rolling FROM userland WHERE id IN ('debian:12', 'debian:sid', 'scratch')", "test").Rows;
        Assert.Equal<string?[]>(
            [["scratch", null, "none", null, null, null, "false"], ["debian:12", "debian", "glibc", "2.36", "2023-06-10", "2026-07-11", "false"], ["debian:sid", "debian", "glibc", null, null, null, "true"]],
            rows.Select(row => row.ToArray()));
    }
}
