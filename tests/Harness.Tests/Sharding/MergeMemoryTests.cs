using System.Globalization;
using System.Text;
using Harness.Analysis.Checking;
using Harness.Analysis.Merging;
using Harness.Core;
using Harness.Core.Journaling;

namespace Harness.Tests.Sharding;

/// <summary>What merging very many trials and readings must not hold.</summary>
public sealed class MergeMemoryTests : IDisposable
{
    private readonly ShardRuns _runs = new();

    public void Dispose() => _runs.Dispose();

    [Fact]
    public void Readings_of_a_part_are_checked_without_keeping_any()
    {
        const int more = 200_000;
        var part = _runs.Part(1, 40);
        var before = Allocated(part);
        var last = File.ReadLines(part.ObservationsCsv).Last(line => line.StartsWith(part.RunId + ",", StringComparison.Ordinal)).Split(',')[1];
        var rows = new StringBuilder();
        for (var i = 0; i < more; i++)
            rows.Append(CultureInfo.InvariantCulture, $"{part.RunId},{last},boot_id,{i},,,a text\n");
        File.AppendAllText(part.ObservationsCsv, rows.ToString());
        RunChecksums.Seal(part);

        // Less than one string each.
        Assert.InRange(Allocated(part) - before, long.MinValue, more * 10);
        // And they are looked at.
        File.AppendAllText(part.ObservationsCsv, $"{part.RunId},{last},boot_id,,1,,a text\n{part.RunId},{last.ToUpperInvariant()},boot_id,,,,a text\n");
        RunChecksums.Seal(part);
        Assert.Contains("must have exactly one of value and text", Assert.Throws<HarnessException>(() => MergePart.Read(part)).Message, StringComparison.Ordinal);
        Assert.Contains(Integrity.Check(part), finding => finding.ToString().Contains("belongs to no trial of trials.csv", StringComparison.Ordinal));
    }

    [Fact]
    public void A_plan_has_each_experiment_cell_and_probe_once()
    {
        var plan = PlanFile.Read(_runs.Part(1, 2));

        Assert.All<Func<PlannedRow, string>>([row => row.Experiment, row => row.Cell, row => row.Probe], text =>
            Assert.Equal(plan.Trials.Select(text).Distinct(StringComparer.Ordinal).Count(), plan.Trials.Select(text).Distinct(ReferenceEqualityComparer.Instance).Count()));
    }

    private static long Allocated(RunFolder part)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        _ = MergePart.Read(part);
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }
}
