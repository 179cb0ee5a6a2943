using Harness.Core;
using Harness.Core.Planning;

namespace Harness.Tests.Planning;

/// <summary>The table of engines, and that cells can name each of it.</summary>
public sealed class KnownEnginesTests
{
    [Fact]
    public void Names_are_unique_and_a_runtime_is_understood_under_each() => Assert.All(KnownEngines.All, engine =>
    {
        Assert.Single(KnownEngines.All, other => other.Name == engine.Name);
        Assert.Equal((engine.Name, "runc"), RuntimeNames.Resolve($"{engine.Name}/runc"));
    });

    [Fact]
    public void An_engine_that_the_harness_boots_is_looked_for_nowhere()
    {
        Assert.DoesNotContain(RuntimeNames.DockerInVm, RuntimeNames.Engines);
        Assert.Equal([RuntimeNames.DockerInVm], KnownEngines.All.Select(engine => engine.Name).Except(RuntimeNames.Engines));
    }

    // Starting one is code, which a new row does not bring.
    [Fact]
    public void The_harness_starts_those_engines_that_it_has_code_for() => Assert.Equal(["docker", "podman"], KnownEngines.Started);

    [Fact]
    public void An_engine_that_is_no_row_is_a_mistake() =>
        Assert.Contains("There is no runtime 'dokcer/runc'", Assert.Throws<HarnessException>(() => RuntimeNames.Resolve("dokcer/runc")).Message, StringComparison.Ordinal);
}
