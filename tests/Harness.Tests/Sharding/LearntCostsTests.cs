using Harness.Core;
using Harness.Core.Definitions;
using Harness.Core.Journaling;
using Harness.Core.Model;
using Harness.Core.Planning;
using Harness.Core.Running;
using Harness.Core.Sharding;
using Harness.Tests.Analysis;

namespace Harness.Tests.Sharding;

/// <summary>Parts that are balanced by what trials took in an earlier run.</summary>
public sealed class LearntCostsTests : IDisposable
{
    private static readonly ExperimentsFolder _folder = ExperimentsFolder.Read(Path.Combine(RunBuilder.Repository, "experiments"));

    private readonly string _root = Directory.CreateTempSubdirectory("harness-test-").FullName;

    private static Plan Whole => Planner.Make(
        [_folder.Find("kernel-identity")], _folder.Catalogue,
        new PlanOptions { Seed = 7, KnownKernels = _folder.Kernels, Runtimes = ["host", "runc", "runsc"], Filters = ["*|host|*/host||", "a*|host|docker/runsc||", "m*|host|docker/runc||", "o*|host|docker/runc||"] });

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void A_runtime_that_took_long_before_makes_parts_of_few_of_its_userlands()
    {
        var costs = LearntCosts.Of(Whole.Trials.Select(trial => (trial.Experiment, trial.Cell, trial.Probe, trial.Cell.Runtime == "runsc" ? 60_000_000_000 : 1_000_000)));
        var (typical, learnt) = (Cut(null), Cut(costs));
        // By what is typical no part is told from the others; learnt, no part has two of the slow ones while another has none.
        Assert.InRange(Slow(learnt).Max() - Slow(learnt).Min(), 0, 1);
        Assert.True(learnt.Costs.Max() > 10 * typical.Costs.Max(), string.Join(' ', learnt.Costs));
        Assert.Equal(Whole.Trials.Count(trial => trial.Cell.Runtime != "host"), Enumerable.Range(1, 3).Sum(index => learnt.Part(index)!.Trials.Count(trial => trial.Cell.Runtime != "host")));
    }

    [Fact]
    public void What_a_part_keeps_cuts_the_plan_as_it_was_cut()
    {
        var drawn = new SplitMix64(3);
        var costs = LearntCosts.Of(Whole.Trials.Select(trial => (trial.Experiment, trial.Cell, trial.Probe, (long)drawn.Next(1_000_000_000))));
        var run = new RunFolder(Path.Combine(_root, "part"));
        Directory.CreateDirectory(run.Definitions);
        Assert.Null(LearntCosts.Read(run));
        costs.Write(run);
        var again = LearntCosts.Read(run);
        Assert.Equal(Cut(costs).Costs, Cut(again).Costs);
        for (var index = 1; index <= 3; index++)
            Assert.Equal(Cut(costs).Part(index)!.Trials, Cut(again).Part(index)!.Trials);
    }

    [Theory]
    [InlineData("many,1")]
    [InlineData("3,NaN")]
    [InlineData("3,-1")]
    [InlineData("3,1e300")]
    public void A_table_that_is_none_is_said(string fields)
    {
        var run = new RunFolder(Path.Combine(_root, "part"));
        Directory.CreateDirectory(run.Definitions);
        File.WriteAllText(Path.Combine(run.Definitions, LearntCosts.FileName), $"experiment,runtime,probe,trials,mean_ms\nkernel-identity,runc,uname,{fields}\n");
        Assert.Contains("is no table of costs", Assert.Throws<HarnessException>(() => LearntCosts.Read(run)).Message, StringComparison.Ordinal);
    }

    private static ShardedPlan Cut(LearntCosts? costs) => ShardedPlan.Of(Whole, _folder.Experiments, 3, costs);

    private static List<int> Slow(ShardedPlan cut) =>
        [.. Enumerable.Range(1, 3).Select(index => cut.Part(index)!.Trials.Where(trial => trial.Cell.Runtime == "runsc").Select(trial => trial.Cell.Userland).Distinct().Count())];
}
