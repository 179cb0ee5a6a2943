using Harness.Analysis;
using Harness.Analysis.Checking;
using Harness.Analysis.Tables;
using Harness.Core;
using Harness.Core.Journaling;
using Harness.Core.Model;

namespace Harness.Tests.Sharding;

public sealed class RunMergeTests : IDisposable
{
    private const string OtherHost = "ba9876543210";

    private readonly ShardRuns _runs = new();

    public void Dispose() => _runs.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(5)]
    public void Parts_of_one_host_merge_into_the_rows_of_the_uncut_run(int count)
    {
        var whole = _runs.Uncut();
        var merged = _runs.Merge("m", false, [.. Enumerable.Range(1, count).Reverse().Select(index => _runs.Part(index, count))]);

        Assert.Equal(Rows(whole), Rows(merged));
        Assert.Equal(Readings(whole, "whole"), Readings(merged, "m"));
        Assert.Equal(PlanFile.Read(whole).Trials.ToHashSet(), PlanFile.Read(merged).Trials.ToHashSet());
        Assert.Empty(RunChecksums.CheckSources(merged));
        Assert.Empty(Integrity.Check(merged, new HashSet<string> { "kernel-identity", "startup" }));
        // Of a shared trial one part's sandbox counts, and only its bytes are kept.
        Assert.Equal(
            RunTables.Trials(merged).Select(row => $"{row.Sandbox}.frames").Distinct().Order(StringComparer.Ordinal),
            Directory.EnumerateFiles(merged.Raw).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Merging_in_any_order_and_in_any_steps_gives_the_same_folder()
    {
        RunFolder[] parts = [.. Enumerable.Range(1, 4).Select(index => _runs.Part(index, 4, index % 2 == 0 ? OtherHost : ShardRuns.Host))];
        var expected = Sources(_runs.Merge("m", false, parts));
        var random = new Random(20);
        for (var round = 0; round < 12; round++)
        {
            // Two of what is left become one until one is left.
            var left = parts.OrderBy(_ => random.Next()).ToList();
            while (left.Count > 2)
            {
                left.Add(_runs.Merge($"x{round}-{left.Count}", true, left[0], left[1]));
                left.RemoveRange(0, 2);
            }

            var target = $"y{round}";
            Assert.Equal(expected, Sources(_runs.Merge(target, false, [.. left]), target));
        }
    }

    [Fact]
    public void Merging_a_part_again_changes_nothing()
    {
        RunFolder[] parts = [_runs.Part(1, 2), _runs.Part(2, 2)];
        var once = _runs.Merge("m", false, parts);
        Assert.Equal(Sources(once), Sources(_runs.Merge("n", false, [once, .. parts, parts[0]]), "n"));
    }

    [Fact]
    public void Rows_keep_their_host_and_each_host_its_environment()
    {
        var merged = _runs.Merge("m", false, _runs.Part(1, 2), _runs.Part(2, 2, OtherHost));

        Assert.Equal([ShardRuns.Host, OtherHost], EnvironmentFiles.Read(merged).Select(environment => environment.HostId).Order(StringComparer.Ordinal));
        // What every part runs is there once for each host.
        var shared = RunTables.Trials(merged).Where(row => row.Experiment == "kernel-identity" && row.Cell == "host|host|/host||").ToList();
        Assert.Equal([ShardRuns.Host, OtherHost], shared.Select(row => row.HostId).Distinct().Order(StringComparer.Ordinal));
        // Blocks of a timed experiment are never on two hosts, warm-ups apart.
        var blocks = RunTables.Trials(merged).Where(row => row.Experiment == "startup" && row.Block > 1).GroupBy(row => row.Block);
        Assert.All(blocks, block => Assert.Single(block.Select(row => row.HostId).Distinct()));
    }

    [Fact]
    public void A_missing_part_is_named_and_becomes_a_gap_where_that_is_allowed()
    {
        RunFolder[] two = [_runs.Part(1, 3), _runs.Part(3, 3)];
        Assert.Contains("part 2 of 3 is missing", Refusal(two), StringComparison.Ordinal);

        var merged = _runs.Merge("m", true, two);
        var gap = Assert.Single(Coverage.Of(PlanFile.Read(merged), RunTables.Trials(merged)).Gaps);
        Assert.Equal(Coverage.NotRun, gap.Kind);
        // With the part itself the gap is gone.
        var whole = _runs.Merge("n", false, merged, _runs.Part(2, 3));
        Assert.Empty(Coverage.Of(PlanFile.Read(whole), RunTables.Trials(whole)).Gaps);
    }

    [Fact]
    public void A_part_that_was_not_finished_is_refused_unless_gaps_are_allowed()
    {
        RunFolder[] parts = [_runs.Part(1, 2), _runs.Part(2, 2, leftOut: 1)];
        Assert.Contains("were not run", Refusal(parts), StringComparison.Ordinal);
        Assert.NotEmpty(Coverage.Of(PlanFile.Read(_runs.Merge("m", true, parts)), RunTables.Trials(_runs.Folder("m"))).Gaps);
    }

    [Fact]
    public void A_part_that_two_runs_claim_is_refused() =>
        Assert.Contains("part 2 of 2 is there twice", Refusal(_runs.Part(1, 2), _runs.Part(2, 2), _runs.Part(2, 2, mark: "x")), StringComparison.Ordinal);

    [Fact]
    public void Parts_of_two_plans_are_refused_with_what_differs()
    {
        var first = _runs.Part(1, 2);
        Assert.Contains("another number of parts", Refusal(first, _runs.Part(3, 3)), StringComparison.Ordinal);
        Assert.Contains("another seed", Refusal(first, _runs.Part(2, 2, mark: "a", plan: file => file with { Seed = 8 })), StringComparison.Ordinal);
        Assert.Contains("another version", Refusal(first, _runs.Part(2, 2, mark: "b", plan: file => file with { ToolVersion = "0.2.0" })), StringComparison.Ordinal);
        Assert.Contains("another plan", Refusal(first, _runs.Part(2, 2, mark: "c", plan: file => file with { Shard = file.Shard! with { Plan = "f" } })), StringComparison.Ordinal);
        Assert.Contains("another time limit", Refusal(first, _runs.Part(2, 2, mark: "d", plan: file => file with { TimeoutMs = 5 })), StringComparison.Ordinal);
        Assert.Contains("is not a part of a plan", Refusal(first, _runs.Uncut()), StringComparison.Ordinal);
    }

    [Fact]
    public void Other_definitions_are_refused()
    {
        var (first, second) = (_runs.Part(1, 2), _runs.Part(2, 2));
        File.AppendAllText(Path.Combine(second.Definitions, "startup", "verdict.sql"), "-- changed\n");
        RunChecksums.Seal(second);
        Assert.Contains("other definitions", Refusal(first, second), StringComparison.Ordinal);
    }

    [Fact]
    public void A_userland_of_two_digests_is_refused() =>
        Assert.Contains("debian:12 was sha256:b", Refusal(_runs.Part(1, 2), _runs.Part(2, 2, OtherHost, digest: "b")), StringComparison.Ordinal);

    [Theory]
    [InlineData("trials.csv")]
    [InlineData("observations.csv")]
    [InlineData("plan.json")]
    public void A_part_that_does_not_verify_is_refused_and_nothing_is_written(string file)
    {
        var (first, second) = (_runs.Part(1, 2), _runs.Part(2, 2));
        var path = Path.Combine(second.Root, file);
        File.WriteAllText(path, File.ReadAllText(path) + "\n");
        Assert.Contains(second.Root, Refusal(first, second), StringComparison.Ordinal);
        Assert.False(Directory.Exists(_runs.Folder("refused").Root));
        Assert.Empty(Directory.EnumerateDirectories(Path.GetDirectoryName(first.Root)!, ".*"));
    }

    private string Refusal(params RunFolder[] parts) => Assert.Throws<HarnessException>(() => _runs.Merge("refused", false, parts)).Message;

    // Sandboxes are named by chance.
    private static HashSet<string> Rows(RunFolder folder) => [.. RunTables.Trials(folder).Select(row => $"{row with { Sandbox = "" }}")];

    private static HashSet<string> Readings(RunFolder folder, string id) =>
        [.. File.ReadAllText(folder.ObservationsCsv).Split("\n" + id + ",").Skip(1).Select(record => record.TrimEnd('\n'))];

    private static Dictionary<string, string> Sources(RunFolder folder, string id = "m") => MergedFolder.Sources(folder, id);
}
