using Harness.Core.Definitions;
using Harness.Core.Model;

namespace Harness.Tests.Definitions;

/// <summary>Metrics that several experiments share are declared once, in <c>metrics.yaml</c>, and included by the group's name.</summary>
public sealed class SharedMetricsTests
{
    private const string Groups =
        """
        schema: 1
        groups:
          one:
            - {id: both, type: text, meaning: In two groups}
            - {id: first, type: number, unit: ns, meaning: In the first}
          two:
            - {id: both, type: text, meaning: In two groups}
            - {id: second, type: text, meaning: In the second}

        """;

    private static readonly string _experiments = Path.Combine(ExperimentsFolder.FindRepository(AppContext.BaseDirectory)!, "experiments");

    [Fact]
    public void An_experiment_has_the_metrics_of_the_groups_it_includes_each_once_and_its_own()
    {
        using var file = new DefinitionFile();
        var experiment = file.Experiment(Experiment("{include: [two, one], own: [{id: own, type: text, meaning: Its own}]}"), Groups);
        Assert.Equal(["both", "second", "first", "own"], experiment.Metrics.Except(ExperimentReader.Builtin).Select(metric => metric.Id));
        Assert.Equal(new MetricDefinition("first", MetricType.Number, "ns", "In the first"), experiment.Metrics[2]);
    }

    [Theory]
    [InlineData("{include: [three]}", "experiment.yaml:14: metrics.include: there is no group 'three' in metrics.yaml; choose one of: one, two")]
    [InlineData("{include: [one, one]}", "experiment.yaml: metrics.include: 'one' is listed twice")]
    [InlineData("{include: [one], own: [{id: first, type: text, meaning: Again}]}", "experiment.yaml: metrics: 'first' is listed twice")]
    [InlineData("{includes: [one]}", "experiment.yaml:14: unknown key 'includes'")]
    public void A_mistake_is_one_line(string metrics, string expected)
    {
        using var file = new DefinitionFile();
        Assert.Equal([expected], file.Mistakes(definitions => definitions.Experiment(Experiment(metrics), Groups)).Select(line => line.Replace("sample" + Path.DirectorySeparatorChar, "", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_metric_that_two_groups_declare_differently_is_a_mistake()
    {
        using var file = new DefinitionFile();
        var groups = Groups.Replace("{id: second, type: text", "{id: first, type: text", StringComparison.Ordinal);
        Assert.Equal(["metrics.yaml: groups: 'first' is declared in two ways: one metric has one type, unit and meaning"], file.Mistakes(definitions => definitions.Experiment(Experiment("{include: [one]}"), groups)));
    }

    [Fact]
    public void No_experiment_declares_again_what_a_group_has()
    {
        var shared = MetricReader.Groups(Path.Combine(_experiments, MetricReader.GroupsFile)).Values.SelectMany(metrics => metrics).Distinct().ToDictionary(metric => metric.Id, StringComparer.Ordinal);
        Assert.All(
            ExperimentsFolder.Read(_experiments).Experiments.SelectMany(experiment => experiment.Metrics).Where(metric => shared.ContainsKey(metric.Id)),
            metric => Assert.Equal(shared[metric.Id], metric));
    }

    [Fact]
    public void What_the_harness_itself_reads_is_what_no_program_may_report()
    {
        var groups = MetricReader.Groups(Path.Combine(_experiments, MetricReader.GroupsFile));
        string[] told = ["boot_id", "timens_monotonic_ns", .. HarnessMetrics.First];
        Assert.Equal(
            HarnessMetrics.Around.Order(StringComparer.Ordinal),
            new[] { "start", "clocks", "conditions", "pull", "engine" }.SelectMany(group => groups[group]).Select(metric => metric.Id).Except(told).Order(StringComparer.Ordinal));
    }

    private static string Experiment(string metrics) =>
        $$"""
        schema: 1
        id: sample
        title: A sample
        claims: [C1]
        timeout: 5s
        matrix:
          userlands: [debian:12]
          runtimes: [runc]
        probes:
          - id: kernel
            kind: builtin
            command: kernel
            about: asks the kernel
        metrics: {{metrics}}

        """;
}
