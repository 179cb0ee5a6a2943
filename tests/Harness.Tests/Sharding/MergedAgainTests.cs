using Harness.Analysis;
using Harness.Analysis.Checking;
using Harness.Analysis.Tables;
using Harness.Core;
using Harness.Core.Journaling;
using Harness.Core.Model;
using Harness.Core.Planning;

namespace Harness.Tests.Sharding;

/// <summary>Parts that are there more than once: as they were and as they became, in a merged run and beside it, or run a second time.</summary>
public sealed class MergedAgainTests : IDisposable
{
    private readonly ShardRuns _runs = new();

    public void Dispose() => _runs.Dispose();

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void A_part_that_was_continued_brings_what_an_earlier_merge_lacks(bool allowMissing, bool isLast)
    {
        var first = _runs.Part(1, 2);
        var half = _runs.Merge("half", true, first, _runs.Part(2, 2, leftOut: 20));
        var second = _runs.Part(2, 2);

        var whole = _runs.Merge("m", allowMissing, isLast ? [half, second] : [second, half]);
        Assert.Equal(MergedFolder.Sources(_runs.Merge("n", false, first, second), "n"), MergedFolder.Sources(whole, "m"));
        Assert.Equal(_runs.Whole.Trials.ToHashSet().Count, RunTables.Trials(whole).Length);
    }

    [Fact]
    public void A_row_that_waited_for_a_registry_gives_way_to_the_one_that_was_run()
    {
        static TrialResult Waiting(TrialResult row) => row.Trial.Cell.Userland == "alpine:3.20"
            ? row with { Outcome = Outcome.Unavailable, ExitCode = null, Sandbox = "", DurationNs = null, Observations = [], Detail = RegistryWait.Limit("registry.example", null, DateTimeOffset.UnixEpoch) }
            : row;

        var first = _runs.Part(1, 2, result: Waiting);
        var half = _runs.Merge("half", false, first, _runs.Part(2, 2, result: Waiting));
        // As a run is that was continued.
        RunFolder[] parts = [_runs.Part(1, 2), _runs.Part(2, 2)];

        var expected = MergedFolder.Sources(_runs.Merge("n", false, parts), "n");
        Assert.Equal(expected, MergedFolder.Sources(_runs.Merge("m", false, [half, .. parts]), "m"));
        Assert.Equal(expected, MergedFolder.Sources(_runs.Merge("o", false, [.. parts, half]), "o"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void One_part_run_twice_under_one_name_is_refused(bool isFirst)
    {
        var (first, second) = (_runs.Part(1, 2), _runs.Part(2, 2));
        var again = _runs.Part(2, 2, id: "again/s2-0123", plan: file => file with { CreatedAtUtc = file.CreatedAtUtc.AddHours(1) });
        RunFolder[] twice = isFirst ? [first, again, second] : [first, second, again];

        Assert.Contains("part 2 of 2 is there twice", Refusal(twice), StringComparison.Ordinal);
        // A merged run remembers which of the two it has.
        Assert.Contains("part 2 of 2 is there twice", Refusal(_runs.Merge("m", false, first, second), again), StringComparison.Ordinal);
        Assert.NotNull(_runs.Merge("n", false, first, again));
    }

    [Fact]
    public void One_part_that_two_copies_continued_differently_is_refused()
    {
        RunFolder Of(string id, string detail) => _runs.Part(2, 2, id: id, result: row => row with { Detail = detail });
        var (first, second, copy) = (_runs.Part(1, 2), Of("s2-0123", "here"), Of("again/s2-0123", "there"));

        Assert.Contains("is not the same in ", Refusal(first, second, copy), StringComparison.Ordinal);
        Assert.Contains("is not the same in ", Refusal(_runs.Merge("m", false, first, second), copy), StringComparison.Ordinal);
    }

    [Fact]
    public void What_all_parts_run_is_of_one_part_whichever_lacks_some_of_it()
    {
        var random = new Random(7);
        for (var round = 0; round < 8; round++)
        {
            // Other rows in each part, and some missing: a row tells from which part it is.
            RunFolder[] parts = [.. Enumerable.Range(1, 4).Select(index => _runs.Part(
                index, 4, id: $"r{round}/s{index}", runs: _ => random.Next(3) > 0, result: row => row with { Detail = $"of part {index}", StartedAt = row.StartedAt.AddSeconds(random.Next(3)) }))];
            var flat = _runs.Merge($"flat{round}", true, parts);
            var left = parts.OrderBy(_ => random.Next()).ToList();
            while (left.Count > 2)
            {
                left.Add(_runs.Merge($"x{round}-{left.Count}", true, left[0], left[1]));
                left.RemoveRange(0, 2);
            }

            Assert.Equal(MergedFolder.Sources(flat, flat.RunId), MergedFolder.Sources(_runs.Merge($"y{round}", true, [.. left, parts[0], flat]), $"y{round}"));
            // Frames name their trials by their place in the sandbox: those of one sandbox stay together.
            var shared = RunTables.Trials(flat).Where(row => row is { Experiment: "kernel-identity", Cell: "host|host|/host||" });
            Assert.All(shared.GroupBy(row => row.Block), block => Assert.Single(block.Select(row => row.Detail).Distinct()));
            Assert.Empty(Integrity.Check(flat, new HashSet<string> { "kernel-identity", "startup" }));
        }
    }

    [Fact]
    public void Rows_that_are_open_are_said_of_the_part_that_lacks_them()
    {
        var second = _runs.Part(2, 2, leftOut: 3);
        Assert.Contains($"{second.Root}: ", Refusal(_runs.Merge("half", true, _runs.Part(1, 2), second), second), StringComparison.Ordinal);
        Directory.Delete(second.Root, recursive: true);
        Assert.Contains("name its folder too", Refusal(_runs.Folder("half")), StringComparison.Ordinal);
    }

    private string Refusal(params RunFolder[] parts) => Assert.Throws<HarnessException>(() => _runs.Merge("refused", false, parts)).Message;
}
