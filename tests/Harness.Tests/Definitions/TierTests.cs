using System.Collections.Immutable;
using Harness.Core;
using Harness.Core.Definitions;
using Harness.Core.Planning;

namespace Harness.Tests.Definitions;

public sealed class TierTests
{
    private static readonly ExperimentsFolder _shipped =
        ExperimentsFolder.Read(Path.Combine(ExperimentsFolder.FindRepository(AppContext.BaseDirectory)!, "experiments"));

    private static UserlandCatalogue Catalogue => _shipped.Catalogue;

    [Fact]
    public void The_core_tier_holds_many_families_over_twenty_years()
    {
        var core = Of("{tier: core}").Select(id => Catalogue.Find(id)!).Where(userland => userland.Distribution.Length > 0).ToList();
        Assert.InRange(core.Count, 36, 60);
        Assert.InRange(core.Select(userland => userland.Distribution).Distinct().Count(), 14, 40);
        var years = core.Select(userland => userland.Released?.First.Year).OfType<int>().ToList();
        Assert.InRange(years.Max() - years.Min(), 19, 40);
        Assert.Equal(Enum.GetValues<LibcKind>().Order(), core.Select(userland => userland.Libc!.Kind).Distinct().Order());
    }

    [Theory]
    [InlineData("centos:5 centos:6 centos:7 centos:stream9 debian:5 ubuntu:12.04 alpine:3.1 amazonlinux:1 amazonlinux:2 amazonlinux:2023")]
    [InlineData("archlinux:latest void:glibc void:musl photon:5.0 wolfi:latest busybox:glibc busybox:musl busybox:uclibc")]
    public void The_core_tier_holds_what_people_ask_about(string ids) => Assert.Superset(ids.Split(' ').ToHashSet(), Of("{tier: core}").ToHashSet());

    [Fact]
    public void Each_tier_holds_the_smaller_ones_and_no_stand_in()
    {
        var (quick, core, full) = (Of("{tier: quick}"), Of("{tier: core}"), Of("{tier: full}"));
        Assert.Superset(quick.ToHashSet(), core.ToHashSet());
        Assert.Superset(core.ToHashSet(), full.ToHashSet());
        Assert.DoesNotContain("synthetic-legacy:bash", full);
    }

    [Fact]
    public void One_of_each_distribution_is_what_packages_give_else_the_newest_release()
    {
        var chosen = Of("{tier: core, one_per_distribution: true}");
        Assert.Equal(chosen.Length, chosen.Select(id => Catalogue.Find(id)!.Distribution).Distinct().Count());
        Assert.Superset(new HashSet<string> { "debian:13", "busybox:static", "ubuntu:26.04" }, chosen.ToHashSet());
    }

    [Fact]
    public void An_old_C_library_is_older_by_number_and_not_by_text()
    {
        Assert.Equal(
            ["debian:5", "debian:6", "debian:7", "centos:5", "centos:6", "oraclelinux:5", "oraclelinux:6"],
            Of("{tier: full, glibc_before: \"2.15\"}"));
        Assert.DoesNotContain("ubuntu:12.04", Of("{tier: full, glibc_before: \"2.15\"}"));
    }

    [Fact]
    public void Named_userlands_stand_beside_those_that_a_tier_gives()
    {
        var ids = Of("{tier: quick, ids: [\"synthetic-legacy:bash\", \"debian:12\"]}");
        Assert.Equal("synthetic-legacy:bash", ids[0]);
        Assert.Single(ids, "debian:12");
        Assert.Equal(Of("{tier: quick}").Length + 1, ids.Length);
    }

    [Theory]
    [InlineData("{tier: huge}", "matrix.userlands.tier: 'huge' is not a tier: write quick, core or full")]
    [InlineData("{tier: named}", "matrix.userlands.tier: 'named' is not a tier: write quick, core or full")]
    [InlineData("{one_per_distribution: true}", "matrix.userlands.tier: '' is not a tier: write quick, core or full")]
    [InlineData("{tier: core, glibc_before: new}", "matrix.userlands.glibc_before: 'new' is not a version: write \"2.15\"")]
    [InlineData("{tier: core, familly: true}", "unknown key 'familly'")]
    [InlineData("[]", "matrix.userlands: needs at least one entry, or {tier: core}")]
    public void A_selection_that_is_wrong_is_told(string userlands, string message) =>
        Assert.Contains(message, Assert.Throws<HarnessException>(() => Read(userlands)).Message, StringComparison.Ordinal);

    [Fact]
    public void All_plans_many_distributions_where_distributions_are_compared()
    {
        foreach (var experiment in new[] { "distro-matrix", "userland-identity" })
        {
            var userlands = Containers(experiment, new PlanOptions { Seed = 1, KnownKernels = _shipped.Kernels }).ToList();
            Assert.InRange(userlands.Count, 36, 60);
            Assert.InRange(userlands.Select(id => Catalogue.Find(id)!.Distribution).Distinct().Count(), 14, 40);
        }
    }

    [Fact]
    public void A_tier_that_the_user_chose_wins_over_the_experiments_and_over_its_short_settings()
    {
        var options = new PlanOptions { Seed = 1, KnownKernels = _shipped.Kernels, Tier = UserlandTier.Full };
        Assert.Equal(Of("{tier: full}").Order(), Containers("distro-matrix", options).Order());
        Assert.Equal(Of("{tier: full}").Order(), Containers("distro-matrix", options with { Quick = true }).Order());
        Assert.Equal(Of("{tier: quick}").Order(), Containers("distro-matrix", options with { Tier = UserlandTier.Quick }).Order());
        // It takes no tier.
        Assert.Equal(Containers("startup", options with { Tier = null }).Order(), Containers("startup", options).Order());
        Assert.Equal(["debian:12"], Containers("distro-matrix", options with { Userlands = ["debian:12"] }));
    }

    [Fact]
    public void Virtual_machines_boot_the_userlands_listed_for_them_unless_the_user_names_one()
    {
        var experiment = _shipped.Find("distro-matrix");
        var options = new PlanOptions { Seed = 1, KnownKernels = _shipped.Kernels };
        Assert.Subset(experiment.Matrix.VmUserlands.ToHashSet(), Booted(options));
        Assert.Contains("ubuntu:24.04", Booted(options with { Userlands = ["ubuntu:24.04"] }));

        HashSet<string> Booted(PlanOptions chosen) =>
            [.. Planner.Cells(experiment, Catalogue, chosen).Where(cell => KnownRuntimes.Of(cell).Kind == RuntimeKind.VirtualMachine).Select(cell => cell.Userland)];
    }

    private static IEnumerable<string> Containers(string experiment, PlanOptions options) =>
        Planner.Cells(_shipped.Find(experiment), Catalogue, options).Where(cell => cell.Runtime == "runc").Select(cell => cell.Userland).Distinct();

    private static ImmutableArray<string> Of(string userlands) => Read(userlands).Matrix.UserlandsOf(Catalogue, null);

    private static ExperimentDefinition Read(string userlands)
    {
        using var file = new DefinitionFile();
        return file.Experiment(
            $"""
            schema: 1
            id: sample
            title: A sample
            claims: [C1]
            timeout: 5s
            matrix:
              userlands: {userlands}
              runtimes: [runc]
            probes:
              - id: kernel
                kind: builtin
                command: kernel
                about: asks the kernel

            """);
    }
}
