using Harness.Analysis.Checking;
using Harness.Core;
using Harness.Core.Journaling;
using Harness.Core.Model;
using Harness.Reporting;
using Harness.Tests.Analysis;
using static Harness.Tests.Analysis.StartupRun;

namespace Harness.Tests.Reporting;

/// <summary>The view sample of the experiment startup, and what becomes of it in the run's folder.</summary>
public sealed class StartupStatisticsTests : IDisposable
{
    private readonly StartupRun _run = new();

    public void Dispose() => _run.Dispose();

    [Fact]
    public void Cells_pairs_and_both_instruments_are_in_the_files_and_the_report()
    {
        var folder = Instruments().Build();
        Derivation.Regenerate(folder);
        Golden.Equal("startup-statistics.csv", File.ReadAllText(Path.Combine(folder.Statistics, "startup.csv")));
        Golden.Equal("startup-statistics-pairs.csv", File.ReadAllText(Path.Combine(folder.Statistics, "startup-pairs.csv")));
        Golden.Equal("startup-statistics.md", File.ReadAllText(folder.ReportMd).Split("### Statistics")[1].Split("![")[0]);
    }

    [Fact]
    public void Made_twice_they_are_the_same_byte_for_byte_and_verify()
    {
        var folder = Instruments().Build();
        Derivation.Regenerate(folder);
        var first = Directory.GetFiles(folder.Statistics).Order().Select(File.ReadAllText).ToList();
        Assert.Equal(2, first.Count);
        Derivation.Regenerate(folder);
        Assert.Equal(first, Directory.GetFiles(folder.Statistics).Order().Select(File.ReadAllText));
        Assert.Empty(Faults(folder));
    }

    [Theory]
    [InlineData("startup.csv", ",0.95,", ",0.99,")]
    [InlineData("startup-pairs.csv", ",0.99,", ",0.95,")]
    public void A_number_that_was_changed_is_found_and_made_again(string name, string number, string changed)
    {
        var folder = Instruments().Build();
        Derivation.Regenerate(folder);
        var path = Path.Combine(folder.Statistics, name);
        var before = File.ReadAllText(path);
        File.WriteAllText(path, before.Replace(number, changed, StringComparison.Ordinal));
        Assert.Contains($"statistics/{name}: differs from what the data produce", Faults(folder));
        Derivation.Regenerate(folder);
        Assert.Equal(before, File.ReadAllText(path));
    }

    [Fact]
    public void Warm_ups_and_disturbed_trials_are_in_no_number_and_the_latter_are_counted()
    {
        _run.Blocks(8, container: 50, machine: 2000)
            .Trial(Runc, 9, 90_000, new How { Warmup = true }).Trial(Runc, 10, 90_000, new How { Disturbance = "foreign_cpu 0.6" });
        var folder = _run.Build();
        Derivation.Regenerate(folder);
        var row = File.ReadAllLines(Path.Combine(folder.Statistics, "startup.csv")).Single(line => line.Contains(Runc.Name, StringComparison.Ordinal));
        Assert.Contains(",docker/runc,8,1,", row, StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_from_before_the_view_has_no_statistics_and_still_verifies()
    {
        var folder = _run.Blocks(3, 50, 2000).Build();
        File.AppendAllText(Path.Combine(folder.Definitions, "startup", "verdict.sql"), "DROP VIEW sample;\n");
        RunChecksums.Seal(folder);
        Directory.CreateDirectory(folder.Statistics);
        File.WriteAllText(Path.Combine(folder.Statistics, "startup.csv"), "from elsewhere\n");
        Derivation.Regenerate(folder);
        Assert.False(Directory.Exists(folder.Statistics));
        Assert.DoesNotContain("### Statistics", File.ReadAllText(folder.ReportMd), StringComparison.Ordinal);
        Assert.Empty(Faults(folder));
    }

    [Theory]
    [InlineData("SELECT 1 AS value", "the view sample lacks host_id, measure, unit, probe, cell, label, reference, block")]
    [InlineData("SELECT * REPLACE ('NaN' AS value) FROM startup_sample", "the view sample has 'NaN' in the column value")]
    public void A_view_that_is_wrong_is_told_in_one_line(string sql, string expected)
    {
        var folder = _run.Blocks(3, 50, 2000).Build();
        var path = Path.Combine(folder.Definitions, "startup", "verdict.sql");
        File.AppendAllText(path, $"ALTER VIEW sample RENAME TO startup_sample;\nCREATE VIEW sample AS {sql};\n");
        RunChecksums.Seal(folder);
        Assert.Contains(expected, Assert.Single(Derivation.Regenerate(folder).Failures).Reason, StringComparison.Ordinal);
    }

    // A run whose second instrument agrees on the container and not on the plain process, with a machine that was never measured.
    private StartupRun Instruments()
    {
        for (var block = 1; block <= 12; block++)
        {
            _run.Trial(Process, block, _run.Draw(1.5, 0.1)).Trial(Runc, block, _run.Draw(190, 0.1))
                .Trial(Cell.Parse("busybox:static|host|docker/runc||net=bridge"), block, _run.Draw(340, 0.1))
                .Trial(Runc, block, _run.Draw(190, 0.1), new How { Probe = "shell" })
                .Trial(Process, block, _run.Draw(3, 0.1), new How { Probe = "bdn" }).Trial(Runc, block, _run.Draw(190, 0.1), new How { Probe = "bdn" })
                .Trial(Machine, block, 0, new How { Outcome = Outcome.Unavailable, Detail = "no qemu" });
        }

        return _run;
    }

    private static IEnumerable<string> Faults(RunFolder folder) =>
        Verification.Verify(folder, RunBuilder.Environment(StartupRun.Host)).Where(finding => finding.IsFault).Select(finding => finding.ToString());
}
