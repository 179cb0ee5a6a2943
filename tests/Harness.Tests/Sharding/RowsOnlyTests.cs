using Harness.Core;
using Harness.Core.Journaling;
using Harness.Tests.Comparing;

namespace Harness.Tests.Sharding;

/// <summary><c>harness merge --rows-only</c>: the rows of a merge, from which everything else can still be derived.</summary>
public sealed class RowsOnlyTests : IDisposable
{
    private readonly ShardRuns _runs = new();

    public void Dispose() => _runs.Dispose();

    [Fact]
    public async Task It_has_the_rows_of_the_merge_is_merged_further_and_derives_the_same_later()
    {
        RunFolder[] parts = [_runs.Part(1, 3), _runs.Part(2, 3), _runs.Part(3, 3)];
        Assert.Equal(ExitCode.Ok, (await HarnessAsync("merge", parts[0].Root, parts[1].Root, "--allow-missing", "--rows-only", "--run-id", "rows")).Code);
        var rows = _runs.Folder("rows");
        Assert.False(File.Exists(rows.VerdictsCsv) || File.Exists(rows.ReportMd) || Directory.Exists(rows.Evidence));

        var (code, _, error) = await HarnessAsync("merge", rows.Root, parts[2].Root, "--rows-only", "--run-id", "all");
        Assert.Equal(ExitCode.Ok, code);
        Assert.Contains("verdicts and report: harness report all", error, StringComparison.Ordinal);
        Assert.Equal(MergedFolder.Sources(_runs.Merge("at-once", false, parts), "at-once"), MergedFolder.Sources(_runs.Folder("all"), "all"));

        Assert.Equal(ExitCode.GateFailed, (await HarnessAsync("verify", "all")).Code);
        Assert.Equal(ExitCode.Ok, (await HarnessAsync("report", "all")).Code);
        var verified = await HarnessAsync("verify", "all");
        Assert.True(verified.Code == ExitCode.Ok, verified.Answer);
    }

    [Fact]
    public async Task A_gate_on_verdicts_that_are_not_made_is_refused()
    {
        var (code, _, error) = await HarnessAsync("merge", _runs.Part(1, 1).Root, "--rows-only", "--fail-on", "refuted");
        Assert.Equal(ExitCode.Usage, code);
        Assert.Contains("--fail-on needs verdicts: leave out --rows-only", error, StringComparison.Ordinal);
    }

    private Task<(int Code, string Answer, string Error)> HarnessAsync(params string[] arguments) =>
        Consoles.HarnessAsync([.. arguments, "--out", Path.GetDirectoryName(_runs.Folder("x").Root)!]);
}
