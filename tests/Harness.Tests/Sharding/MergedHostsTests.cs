using System.Collections.Immutable;
using Harness.Analysis;
using Harness.Core;
using Harness.Core.Journaling;
using Harness.Core.Model;
using Harness.Images.Userlands;
using Harness.Reporting;

namespace Harness.Tests.Sharding;

/// <summary>What hosts differ in that run parts of one plan: what is refused, and what is kept apart.</summary>
public sealed class MergedHostsTests : IDisposable
{
    private const string OtherHost = "ba9876543210";

    private readonly ShardRuns _runs = new();

    public void Dispose() => _runs.Dispose();

    [Theory]
    [InlineData("kernel")]
    [InlineData("engine")]
    [InlineData("engine's kernel")]
    [InlineData("engine's operating system")]
    public void One_host_with_two_kernels_or_engines_is_refused(string what)
    {
        HostEnvironment Of(HostEnvironment facts, string kernel, string version, string engineKernel, string system) => facts with
        {
            Kernel = facts.Kernel with { Release = kernel },
            Engine = facts.Engine! with { Version = version, KernelVersion = engineKernel, OperatingSystem = system },
        };
        string Other(string one) => what == one ? "b" : "a";

        var first = _runs.Part(1, 2, environment: facts => Of(facts, "a", "a", "a", "a"));
        var second = _runs.Part(2, 2, environment: facts => Of(facts, Other("kernel"), Other("engine"), Other("engine's kernel"), Other("engine's operating system")));
        Assert.Contains($"with {what} ", Refusal(first, second), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("processor")]
    [InlineData("mitigations")]
    [InlineData("frequency governor")]
    [InlineData("vsyscall")]
    [InlineData("kernel's command line")]
    [InlineData("engine's storage")]
    [InlineData("engine's runc")]
    [InlineData("engine in a VM")]
    public void One_host_id_for_two_machines_or_two_states_of_one_is_refused(string what)
    {
        HostEnvironment Changed(HostEnvironment facts) => what switch
        {
            "processor" => facts with { Hardware = facts.Hardware with { CpuModel = "Another Processor" } },
            "mitigations" => facts with { Hardware = facts.Hardware with { Mitigations = ImmutableSortedDictionary<string, string>.Empty.Add("spectre_v2", "Vulnerable") } },
            "frequency governor" => facts with { Hardware = facts.Hardware with { Governor = "powersave" } },
            "vsyscall" => facts with { Kernel = facts.Kernel with { Vsyscall = "none" } },
            "kernel's command line" => facts with { Kernel = facts.Kernel with { Cmdline = "quiet mitigations=off" } },
            "engine's storage" => facts with { Engine = facts.Engine! with { StorageDriver = "btrfs" } },
            "engine's runc" => facts with { Engine = facts.Engine! with { Components = facts.Engine.Components.SetItem("runc", "9.9") } },
            _ => facts with { EngineInVm = facts.Engine! with { Version = "9.9" } },
        };
        HostEnvironment Full(HostEnvironment facts) => facts with
        {
            EngineInVm = facts.Engine,
            Engine = facts.Engine! with { Components = ImmutableSortedDictionary<string, string>.Empty.Add("runc", "1.0") },
        };

        var message = Refusal(_runs.Part(1, 2, environment: Full), _runs.Part(2, 2, environment: facts => Changed(Full(facts))));
        Assert.Contains($"{_runs.Folder("s2-0123").Root}: ran on host {ShardRuns.Host} with {what} ", message, StringComparison.Ordinal);
        Assert.Contains("/etc/machine-id", message, StringComparison.Ordinal);
        // Machines of several kinds may run parts: what is timed is compared on each alone.
        Assert.NotNull(_runs.Merge("m", false, _runs.Part(1, 2, mark: "x", environment: Full), _runs.Part(2, 2, OtherHost, environment: facts => Changed(Full(facts)))));
    }

    [Fact]
    public void How_busy_a_host_was_and_whether_it_asked_its_engine_may_differ()
    {
        static HostEnvironment Idle(HostEnvironment facts) => facts with { Hardware = facts.Hardware with { LoadAverage = [9, 9, 9] }, Engine = null };

        Assert.NotNull(_runs.Merge("m", false, _runs.Part(1, 2, environment: Idle), _runs.Part(2, 2)));
    }

    [Fact]
    public void An_engine_in_a_VM_stays_whichever_part_had_it()
    {
        static HostEnvironment InVm(HostEnvironment facts) => facts with { EngineInVm = facts.Engine! with { Version = "28.5.2" } };
        RunFolder[] parts = [_runs.Part(1, 3), _runs.Part(2, 3, environment: InVm), _runs.Part(3, 3)];

        Assert.Equal("28.5.2", Assert.Single(EnvironmentFiles.Read(_runs.Merge("m", false, parts))).EngineInVm?.Version);
        // Also once it was merged.
        Assert.Equal("28.5.2", Assert.Single(EnvironmentFiles.Read(_runs.Merge("o", false, _runs.Merge("n", true, parts[0], parts[1]), parts[2]))).EngineInVm?.Version);
    }

    [Fact]
    public void Of_an_engine_that_parts_describe_differently_the_same_stays_in_any_steps()
    {
        RunFolder Part(int index, string? foundBy) => _runs.Part(index, 3, environment: facts => facts with { Engine = foundBy is null ? null : facts.Engine! with { FoundBy = foundBy } });
        RunFolder[] parts = [Part(1, null), Part(2, "context"), Part(3, "DOCKER_HOST")];

        string? Kept(string id, params RunFolder[] merged) => Assert.Single(EnvironmentFiles.Read(_runs.Merge(id, true, merged))).Engine?.FoundBy;
        Kept("x", parts[0], parts[2]);
        Assert.Equal(Kept("m", parts), Kept("n", _runs.Folder("x"), parts[1]));
    }

    [Fact]
    public void One_name_for_engines_on_two_machines_is_refused_also_where_the_first_part_has_none_of_them()
    {
        RunFolder Part(int index, string? machine) => _runs.Part(index, 3, named: ["far"], mark: machine ?? "", environment: facts => facts with
        {
            Engine = null,
            Engines = machine is null ? ImmutableSortedDictionary<string, EngineFacts>.Empty : ImmutableSortedDictionary<string, EngineFacts>.Empty.Add("far", facts.Engine! with { Machine = machine }),
        });

        Assert.Contains("with engine far's machine ", Refusal(Part(1, null), Part(2, "lab1"), Part(3, "lab2")), StringComparison.Ordinal);
        Assert.NotNull(_runs.Merge("m", false, Part(1, null), Part(2, "lab1"), Part(3, "lab1")));
    }

    [Fact]
    public void Parts_with_other_names_of_engines_are_refused()
    {
        var first = _runs.Part(1, 2, named: ["docker", "podman"], options: one => one with { Engines = ["docker", "podman"] });
        var message = Refusal(first, _runs.Part(2, 2, named: ["docker"]));
        Assert.Contains("the engines named docker, podman", message, StringComparison.Ordinal);
        Assert.Contains("the engines named docker,", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Where_one_kind_of_engine_has_cells_of_its_own_the_refusal_says_so()
    {
        // Pulls are Docker's alone, and podman/crun is Podman's.
        var other = _runs.Part(2, 2, OtherHost, options: one => one with { Engines = ["podman"] });

        Assert.Contains($"{other.Root}: is of a plan for podman, without a name, and ", Refusal(_runs.Part(1, 2), other), StringComparison.Ordinal);
    }

    [Fact]
    public void Parts_that_are_together_not_their_plan_are_refused()
    {
        RunFolder Part(int index) => _runs.Part(index, 2, plan: file => file with { Shard = file.Shard! with { Plan = "f" } });

        Assert.Contains("together they are not the plan", Refusal(Part(1), Part(2)), StringComparison.Ordinal);
    }

    [Fact]
    public void Parts_that_have_nothing_to_run_are_not_missing()
    {
        // Four blocks and five userlands: of more parts some are empty.
        var cut = Core.Sharding.ShardedPlan.Of(_runs.Whole, ShardRuns.Experiments, 12);
        RunFolder[] parts = [.. Enumerable.Range(1, 12).Where(index => cut.Part(index) is not null).Select(index => _runs.Part(index, 12))];

        Assert.True(parts.Length < 12);
        var merged = _runs.Merge("m", false, parts);
        Assert.Equal(_runs.Whole.Trials.ToHashSet().Count, PlanFile.Read(merged).Trials.Length);
        Assert.Contains("is missing", Refusal(parts[1..]), StringComparison.Ordinal);
    }

    [Fact]
    public void An_image_of_a_hosts_own_program_is_another_on_each_host_which_lock_and_report_say()
    {
        var merged = _runs.Merge("m", false, _runs.Part(1, 2, entry: ShardRuns.OfHost('a')), _runs.Part(2, 2, OtherHost, entry: ShardRuns.OfHost('b')));

        var read = ImageLock.Read(merged.UserlandsLock, isComplete: true);
        Assert.Equal([ShardRuns.Digest('a'), ShardRuns.Digest('b')], read.FindAll("busybox:static").Select(entry => entry.Digest));
        Derivation.Regenerate(merged, TestContext.Current.CancellationToken);
        Assert.Contains(
            $"busybox:static was another image on other hosts: sha256:aaaaaaaaaaaa on {ShardRuns.Host}, sha256:bbbbbbbbbbbb on {OtherHost}. What is timed is compared on one host only", File.ReadAllText(merged.ReportMd), StringComparison.Ordinal);
    }

    [Fact]
    public void One_host_that_has_a_cell_of_two_images_is_refused() =>
        Assert.Contains(
            $"was {ShardRuns.Digest('b')} on host {ShardRuns.Host}", Refusal(_runs.Part(1, 2, entry: ShardRuns.OfHost('a')), _runs.Part(2, 2, entry: ShardRuns.OfHost('b'))), StringComparison.Ordinal);

    [Theory]
    [InlineData("amd64", false)]
    [InlineData("arm64", true)]
    public void An_image_of_a_registry_has_one_digest_for_each_architecture(string second, bool isMerged)
    {
        RunFolder[] parts = [_runs.Part(1, 2, entry: ShardRuns.Lock("debian:13", 'a', "amd64", "registry")), _runs.Part(2, 2, OtherHost, entry: ShardRuns.Lock("debian:13", 'b', second, "registry"))];
        if (isMerged)
            Assert.Equal(["amd64", "arm64"], ImageLock.Read(_runs.Merge("m", false, parts).UserlandsLock, isComplete: true).Userlands.Select(entry => entry.Architecture).Order(StringComparer.Ordinal));
        else
            Assert.Contains("run the parts with one --lock", Refusal(parts), StringComparison.Ordinal);
    }

    private string Refusal(params RunFolder[] parts) => Assert.Throws<HarnessException>(() => _runs.Merge("refused", false, parts)).Message;
}
