using System.Collections.Immutable;
using Harness.Core;
using Harness.Core.Definitions;
using Harness.Core.Model;
using Harness.Core.Planning;
using Harness.Core.Sharding;
using Harness.Tests.Analysis;

namespace Harness.Tests.Sharding;

public sealed class ShardedPlanTests
{
    private static readonly ExperimentsFolder _folder = ExperimentsFolder.Read(Path.Combine(RunBuilder.Repository, "experiments"));

    private static Plan Whole(bool quick = false, string accelerator = "tcg") =>
        Planner.Make(_folder.Experiments, _folder.Catalogue, new PlanOptions { Seed = 7, Quick = quick, KnownKernels = _folder.Kernels, Accelerator = accelerator });

    [Theory]
    [InlineData("2/6", 2, 6)]
    [InlineData("1/1", 1, 1)]
    public void A_part_is_its_number_and_how_many_there_are(string text, int index, int count) => Assert.Equal(new Shard(index, count), Shard.Parse(text, _ => null));

    [Theory]
    [InlineData("0/6")]
    [InlineData("7/6")]
    [InlineData("1")]
    [InlineData("-1/6")]
    [InlineData("1/0")]
    [InlineData("1/99999999999")]
    [InlineData("1/2/3")]
    [InlineData("")]
    public void What_is_not_a_part_is_an_error(string text) => Assert.Throws<HarnessException>(() => Shard.Parse(text, _ => null));

    [Theory]
    [InlineData("CI_NODE_INDEX=1 CI_NODE_TOTAL=4", "1/4")]
    [InlineData("CIRCLE_NODE_INDEX=0 CIRCLE_NODE_TOTAL=4", "1/4")]
    [InlineData("BUILDKITE_PARALLEL_JOB=3 BUILDKITE_PARALLEL_JOB_COUNT=4", "4/4")]
    [InlineData("SLURM_ARRAY_TASK_ID=0 SLURM_ARRAY_TASK_COUNT=2 SLURM_ARRAY_TASK_MIN=0", "1/2")]
    [InlineData("SLURM_ARRAY_TASK_ID=14 SLURM_ARRAY_TASK_COUNT=3 SLURM_ARRAY_TASK_MIN=10 SLURM_ARRAY_TASK_STEP=2", "3/3")]
    [InlineData("JOB_COMPLETION_INDEX=1 HARNESS_SHARDS=5", "2/5")]
    public void Auto_takes_what_a_scheduler_says(string environment, string part) => Assert.Equal(part, Auto(environment).ToString());

    [Theory]
    [InlineData("", "the environment names no part")]
    [InlineData("JOB_COMPLETION_INDEX=1", "HARNESS_SHARDS")]
    [InlineData("CI_NODE_INDEX=5 CI_NODE_TOTAL=4", "part 5 of 4")]
    [InlineData("SLURM_ARRAY_TASK_ID=11 SLURM_ARRAY_TASK_COUNT=3 SLURM_ARRAY_TASK_MIN=10 SLURM_ARRAY_TASK_STEP=2", "not a step")]
    public void Auto_without_a_whole_answer_is_an_error_that_says_what_is_missing(string environment, string said) =>
        Assert.Contains(said, Assert.Throws<HarnessException>(() => Auto(environment)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData(1, true)]
    [InlineData(2, true)]
    [InlineData(3, false)]
    [InlineData(6, false)]
    [InlineData(11, false)]
    public void Every_trial_is_in_one_part_or_in_all(int count, bool quick)
    {
        var whole = Whole(quick);
        var cut = ShardedPlan.Of(whole, _folder.Experiments, count);
        var parts = Enumerable.Range(1, count).Select(index => cut.Part(index)!.Trials.ToList()).ToList();

        Assert.Equal(whole.Trials.ToHashSet(), parts.SelectMany(part => part).ToHashSet());
        foreach (var trial in parts.SelectMany(part => part).GroupBy(trial => trial))
            Assert.Equal(IsShared(trial.Key) ? count : 1, trial.Count());
        // In the order of the whole.
        var place = whole.Trials.Select((trial, index) => (trial, index)).ToDictionary(one => one.trial, one => one.index);
        Assert.All(parts, part => Assert.Equal(part.OrderBy(trial => place[trial]), part));
    }

    [Fact]
    public void What_is_timed_together_is_in_one_part_whole()
    {
        var whole = Whole();
        var cut = ShardedPlan.Of(whole, _folder.Experiments, 6);
        foreach (var part in Enumerable.Range(1, 6).Select(index => cut.Part(index)!))
        {
            var blocks = part.Trials.Where(trial => _folder.Find(trial.Experiment).Timed && !trial.Warmup).GroupBy(trial => (trial.Experiment, trial.Block));
            Assert.NotEmpty(blocks);
            Assert.All(blocks, block => Assert.Equal(whole.Trials.Count(trial => (trial.Experiment, trial.Block) == block.Key), block.Count()));
        }
    }

    [Fact]
    public void An_image_is_fetched_by_one_part()
    {
        var cut = ShardedPlan.Of(Whole(), _folder.Experiments, 6);
        var fetched = Enumerable.Range(1, 6).SelectMany(index => cut.Part(index)!.Trials
            .Where(trial => !_folder.Find(trial.Experiment).Timed && !IsShared(trial)).Select(trial => (Part: index, trial.Cell.Userland)).Distinct());
        Assert.All(fetched.GroupBy(one => one.Userland), userland => Assert.Single(userland));
    }

    [Fact]
    public void Parts_take_about_the_same_time()
    {
        var costs = ShardedPlan.Of(Whole(), _folder.Experiments, 6).Costs;
        Assert.True(costs.Max() < 1.25 * costs.Min(), string.Join(' ', costs));
    }

    [Fact]
    public void A_plan_with_fewer_blocks_and_userlands_than_parts_leaves_some_empty()
    {
        var experiment = _folder.Find("kernel-identity");
        var whole = Planner.Make([experiment], _folder.Catalogue, new PlanOptions { Seed = 7, Quick = true, KnownKernels = _folder.Kernels, Userlands = ["busybox:static"] });
        var cut = ShardedPlan.Of(whole, [experiment], 3);
        Assert.NotNull(cut.Part(1));
        Assert.Null(cut.Part(2));
    }

    [Fact]
    public void Hosts_with_and_without_acceleration_share_a_plan()
    {
        var plan = ShardedPlan.Fingerprint(Whole().Trials);
        Assert.Equal(plan, ShardedPlan.Fingerprint(Whole(accelerator: "kvm").Trials));
        Assert.NotEqual(plan, ShardedPlan.Fingerprint(Whole(quick: true).Trials));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(6)]
    public void Hosts_with_and_without_acceleration_and_of_two_kinds_of_engines_cut_a_plan_alike(int count)
    {
        foreach (var experiment in (string[])["kernel-identity", "syscall-surface", "userland-identity"])
        {
            var (slow, quick, podman) = (Cut(experiment, "tcg", "docker"), Cut(experiment, "kvm", "docker"), Cut(experiment, "kvm", "podman"));
            foreach (var index in Enumerable.Range(1, count))
            {
                Assert.Equal(Userlands(slow, index), Userlands(quick, index));
                Assert.Equal(Userlands(slow, index), Userlands(podman, index));
            }
        }

        ShardedPlan Cut(string experiment, string accelerator, string engine) => ShardedPlan.Of(
            Planner.Make([_folder.Find(experiment)], _folder.Catalogue, new PlanOptions { Seed = 7, KnownKernels = _folder.Kernels, Accelerator = accelerator, Engines = [engine] }), [_folder.Find(experiment)], count);
    }

    [Fact]
    public void Engines_that_were_given_names_are_of_the_plan_and_one_that_was_found_is_not()
    {
        Assert.Equal(Of(["docker"]), Of(["podman"]));
        Assert.NotEqual(Of(["docker"], "docker"), Of(["podman"], "podman"));
        Assert.NotEqual(Of(["docker", "podman"], "docker", "podman"), Of(["docker"], "docker"));
        Assert.NotEqual(Of(["docker"]), Of(["docker@vm"]));

        static string Of(ImmutableArray<string> engines, params string[] named) => ShardedPlan.Fingerprint(
            Planner.Make([_folder.Find("kernel-identity")], _folder.Catalogue, new PlanOptions { Seed = 7, KnownKernels = _folder.Kernels, Engines = engines }).Trials, named);
    }

    private static HashSet<string> Userlands(ShardedPlan plan, int index) => [.. plan.Part(index)?.Trials.Select(trial => trial.Cell.Userland) ?? []];

    private static bool IsShared(PlannedTrial trial)
    {
        var experiment = _folder.Find(trial.Experiment);
        return experiment.Timed ? trial.Warmup : trial.Cell.Userland == Cell.HostUserland || experiment.Shared.Any(glob => Planner.Matches(glob, trial.Cell));
    }

    private static Shard Auto(string environment)
    {
        var variables = environment.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(one => one.Split('=')).ToImmutableDictionary(one => one[0], one => one[1]);
        return Shard.Parse(Shard.Auto, variables.GetValueOrDefault);
    }
}
