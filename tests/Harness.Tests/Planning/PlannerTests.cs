using Harness.Core;
using Harness.Core.Definitions;
using Harness.Core.Model;
using Harness.Core.Planning;
using Harness.Tests.Pipeline;

namespace Harness.Tests.Planning;

public sealed class PlannerTests
{
    private static Plan Make(PlanOptions options, int blocks = 1, int warmup = 0) =>
        Planner.Make([Scenario.Definition(blocks: blocks, warmup: warmup)], Scenario.Catalogue, options);

    [Fact]
    public void The_same_seed_gives_the_same_plan_and_another_gives_another_order()
    {
        var first = Make(new PlanOptions { Seed = 42 }, blocks: 8).Trials;
        Assert.Equal(first, Make(new PlanOptions { Seed = 42 }, blocks: 8).Trials);
        Assert.NotEqual(first, Make(new PlanOptions { Seed = 43 }, blocks: 8).Trials);
    }

    [Fact]
    public void Every_block_runs_every_cell_once()
    {
        var plan = Make(new PlanOptions { Seed = 1 }, blocks: 5);
        foreach (var block in plan.Sandboxes.GroupBy(sandbox => sandbox.Block))
        {
            Assert.Equal(3, block.Count());
            Assert.Equal(3, block.Select(sandbox => sandbox.Cell).Distinct().Count());
        }
    }

    [Fact]
    public void Blocks_differ_in_order_and_more_blocks_do_not_reorder_the_first()
    {
        var long_ = Make(new PlanOptions { Seed = 3 }, blocks: 20).Sandboxes;
        Assert.True(long_.GroupBy(sandbox => sandbox.Block).Select(block => string.Join(' ', block.Select(sandbox => sandbox.Cell.Name))).Distinct().Count() > 1);
        Assert.Equal(long_.Where(sandbox => sandbox.Block <= 2).Select(sandbox => sandbox.Cell), Make(new PlanOptions { Seed = 3 }, blocks: 2).Sandboxes.Select(sandbox => sandbox.Cell));
    }

    [Fact]
    public void The_machine_s_own_userland_is_one_cell_however_many_userlands_there_are() =>
        Assert.Single(Make(new PlanOptions { Seed = 1 }).Sandboxes, sandbox => sandbox.Cell.Runtime == "host");

    [Fact]
    public void Filters_are_globs_over_the_whole_cell()
    {
        var plan = Make(new PlanOptions { Seed = 1, Filters = ["a:1|*"] });
        Assert.Equal("a:1|host|docker/runc||", Assert.Single(plan.Sandboxes).Cell.Name);
    }

    [Fact]
    public void A_filter_that_leaves_nothing_is_an_error_that_names_the_remedy()
    {
        var error = Assert.Throws<HarnessException>(() => Make(new PlanOptions { Seed = 1, Filters = ["nothing"] }));
        Assert.Contains("--filter", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Choosing_a_runtime_keeps_the_host_to_compare_with() =>
        Assert.Equal(["host", "runc"], Make(new PlanOptions { Seed = 1, Runtimes = ["runc"] }).Sandboxes.Select(sandbox => sandbox.Cell.Runtime).Distinct().Order());

    [Theory]
    [InlineData("runc", "docker/runc")]
    [InlineData("docker/runc", "docker/runc")]
    [InlineData("podman/runc", "podman/runc")]
    [InlineData("docker@vm/runc", "docker@vm/runc")]
    [InlineData("/runc", "/runc")]
    [InlineData("namespaces", "/namespaces")]
    [InlineData("/host", "/host")]
    public void A_runtimes_name_without_its_engine_is_the_engines_and_with_a_slash_alone_it_is_called_directly(string name, string cell)
    {
        var (engine, runtime) = RuntimeNames.Resolve(name);
        Assert.Equal(cell, $"{engine}/{runtime}");
    }

    [Fact]
    public void Containers_bear_the_name_of_the_engine_that_answers()
    {
        Assert.Equal(
            ["a:1|host|podman/runc||", "b:2|host|podman/runc||", "host|host|/host||"],
            Make(new PlanOptions { Seed = 1, Engines = [RuntimeNames.Podman] }).Sandboxes.Select(sandbox => sandbox.Cell.Name).Distinct().Order(StringComparer.Ordinal));
        // What a user names is what is asked for, whatever answers.
        Assert.Contains(Make(new PlanOptions { Seed = 1, Engines = [RuntimeNames.Podman], Runtimes = ["docker/runc"] }).Sandboxes, sandbox => sandbox.Cell.Engine == RuntimeNames.Docker);
    }

    [Fact]
    public void Each_engine_of_a_run_has_its_cells_in_the_same_blocks()
    {
        var plan = Make(new PlanOptions { Seed = 1, Engines = [RuntimeNames.Docker, "far"] });

        Assert.Equal(
            ["a:1|host|docker/runc||", "a:1|host|far/runc||", "b:2|host|docker/runc||", "b:2|host|far/runc||", "host|host|/host||"],
            plan.Sandboxes.Select(sandbox => sandbox.Cell.Name).Distinct().Order(StringComparer.Ordinal));
        Assert.All(plan.Sandboxes.GroupBy(sandbox => sandbox.Block), block => Assert.Equal(5, block.Select(sandbox => sandbox.Cell).Distinct().Count()));
        Assert.Equal(["far/runc"], RuntimeNames.ResolveAll("far/runc", ["docker", "far"], isChosen: true).Select(one => $"{one.Engine}/{one.Runtime}"));
        // What an experiment says of Podman is for runs that have one.
        Assert.Empty(RuntimeNames.ResolveAll("podman/crun", ["docker", "far"], isChosen: false));
        Assert.Single(RuntimeNames.ResolveAll("podman/crun", ["docker", "podman"], isChosen: false));
        Assert.Single(RuntimeNames.ResolveAll("qemu", ["docker", "far"], isChosen: false));
        Assert.Throws<HarnessException>(() => RuntimeNames.ResolveAll("near/runc", ["docker", "far"], isChosen: true).ToList());
    }

    [Fact]
    public void Containers_of_an_engine_in_a_VM_bear_the_accelerator_that_drives_it_and_are_no_default()
    {
        Assert.Equal(
            ["a:1|host|docker@vm/runc|tcg|", "b:2|host|docker@vm/runc|tcg|", "host|host|/host||"],
            Make(new PlanOptions { Seed = 1, Runtimes = ["docker@vm/runc"] }).Sandboxes.Select(sandbox => sandbox.Cell.Name).Distinct().Order(StringComparer.Ordinal));
        Assert.DoesNotContain(Make(new PlanOptions { Seed = 1 }).Sandboxes, sandbox => sandbox.Cell.Engine == RuntimeNames.DockerInVm);
        // --engine docker@vm
        Assert.Contains(Make(new PlanOptions { Seed = 1, Engines = [RuntimeNames.DockerInVm] }).Sandboxes, sandbox => sandbox.Cell.Name == "a:1|host|docker@vm/runc|tcg|");
    }

    [Theory]
    [InlineData("z:9", "", "There is no userland 'z:9'; choose one of: a:1, b:2")]
    [InlineData("", "warp", "There is no runtime 'warp'; choose one of: /crun, /runc, /runsc, crun, host, namespaces, qemu, runc, runsc")]
    [InlineData("", "/warp", "There is no runtime '/warp'")]
    [InlineData("", "nerdctl/runc", "There is no runtime 'nerdctl/runc'")]
    [InlineData("", "podman/qemu", "There is no runtime 'podman/qemu'")]
    public void Unknown_names_are_errors_that_list_the_known_ones(string userland, string runtime, string message)
    {
        var error = Assert.Throws<HarnessException>(() => Make(new PlanOptions
        {
            Seed = 1,
            Userlands = userland.Length > 0 ? [userland] : [],
            Runtimes = runtime.Length > 0 ? [runtime] : [],
        }));
        Assert.StartsWith(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Quick_takes_the_short_settings() =>
        Assert.Equal(["a:1", "host"], Make(new PlanOptions { Seed = 1, Quick = true }, blocks: 9).Sandboxes.Select(sandbox => sandbox.Cell.Userland).Order());

    [Fact]
    public void An_image_of_the_users_own_takes_its_settings_unless_the_user_says_otherwise()
    {
        var experiment = Scenario.Definition(blocks: 9) with { Image = QuickDefinition.Nothing with { Blocks = 1, Runtimes = ["host"] } };
        Assert.Equal(["host|host|/host||"], Cells(new PlanOptions { Seed = 1, OwnImages = true, Userlands = ["b:2"] }));
        Assert.Equal(
            ["b:2|host|docker/runc||", "b:2|host|docker/runc||", "host|host|/host||", "host|host|/host||"],
            Cells(new PlanOptions { Seed = 1, OwnImages = true, Userlands = ["b:2"], Runtimes = ["runc"], Repeat = 2 }));
        Assert.Equal(18, Cells(new PlanOptions { Seed = 1, Userlands = ["b:2"] }).Count);

        List<string> Cells(PlanOptions options) => [.. Planner.Make([experiment], Scenario.Catalogue, options).Sandboxes.Select(sandbox => sandbox.Cell.Name).Order(StringComparer.Ordinal)];
    }

    [Fact]
    public void Warm_up_blocks_come_first_and_are_flagged()
    {
        var blocks = Make(new PlanOptions { Seed = 1 }, blocks: 2, warmup: 1).Sandboxes.GroupBy(sandbox => sandbox.Block).Select(block => (block.Key, block.All(sandbox => sandbox.Warmup)));
        Assert.Equal([(1, true), (2, false), (3, false)], blocks);
    }

    [Fact]
    public void Trial_ids_are_unique_and_follow_from_what_was_tried_alone()
    {
        var ids = Make(new PlanOptions { Seed = 1 }, blocks: 10).Trials.Select(trial => trial.Id("h")).ToList();
        Assert.Equal(ids.Count, ids.Distinct().Count());
        Assert.Equal(ids.Order(), Make(new PlanOptions { Seed = 99 }, blocks: 10).Trials.Select(trial => trial.Id("h")).Order());
        Assert.NotEqual(ids[0], Make(new PlanOptions { Seed = 1 }, blocks: 10).Trials.First().Id("other"));
    }

    [Fact]
    public void A_cell_s_name_reads_back()
    {
        var cell = new Cell("debian:12", "host", "docker", "runc", "", "seccomp=unconfined");
        Assert.Equal(cell, Cell.Parse(cell.Name));
        Assert.Throws<FormatException>(() => Cell.Parse("debian:12|host"));
    }

    [Fact]
    public void SplitMix64_gives_the_published_sequence()
    {
        // The first outputs for seed 1234567, as the reference implementation prints them.
        var random = new SplitMix64(1234567);
        Assert.Equal([6457827717110365317UL, 3203168211198807973UL, 9817491932198370423UL], [random.Next(), random.Next(), random.Next()]);
    }
}
