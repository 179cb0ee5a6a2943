using Harness.Core.Model;
using Harness.Core.Planning;
using Harness.Images.Userlands;
using Harness.Instruments.Footprint;
using Harness.Runtimes;
using Harness.Sandboxes.Treatments;

namespace Harness.Tests.Planning;

/// <summary>The table of runtimes, and that everything in it can be made.</summary>
public sealed class KnownRuntimesTests
{
    [Fact]
    public void Names_are_unique_and_one_runtime_is_the_engines_default()
    {
        Assert.Equal(KnownRuntimes.All.Length, KnownRuntimes.All.Select(runtime => runtime.Name).Distinct().Count());
        Assert.Equal("runc", KnownRuntimes.Default.Name);
        Assert.All(KnownRuntimes.Oci, runtime => Assert.Equal(RuntimeKind.Container, runtime.Kind));
        Assert.All(KnownRuntimes.Oci, runtime => Assert.NotNull(runtime.Tool));
        // What the others are compared with.
        Assert.Single(KnownRuntimes.All, runtime => runtime.Kind == RuntimeKind.Process);
    }

    [Fact]
    public async Task Each_runtime_of_the_table_is_made_once_for_each_way_to_start_it()
    {
        using var folder = new TemporaryCache();
        await using var set = await RuntimeSet.CreateAsync(
            new RuntimeOptions { RunId = "r", Userlands = [], AgentDirectory = folder.Path, Messages = new Progress<string>(), CacheFolder = folder.Path }, TestContext.Current.CancellationToken);

        var expected = KnownRuntimes.All.SelectMany(runtime => (runtime.IsOci ? [.. KnownEngines.All.Select(known => known.Name), ""] : new[] { "" }).Select(engine => $"{engine}/{runtime.Name}"));
        Assert.Equal(expected.Order(StringComparer.Ordinal), set.Runtimes.Select(runtime => $"{runtime.Engine}/{runtime.Runtime}").Order(StringComparer.Ordinal));
    }

    [Fact]
    public void What_the_table_says_of_capabilities_and_helpers_is_understood_where_it_is_used()
    {
        foreach (var runtime in KnownRuntimes.All)
        {
            Assert.All(runtime.WithheldCapabilities, name => Assert.NotNull(KernelCapabilities.Bit(name)));
            Assert.All(runtime.Helpers, helper => Assert.NotEqual(PartRole.Payload, ContainerWitness.Role([runtime.Name, helper.Command])));
        }
    }

    [Theory]
    [InlineData("docker", "runc", "", 0.6, 0.6)]
    [InlineData("", "runc", "", 0.3, 0.3)]
    [InlineData("docker", "runsc", "", 1.5, 1.5)]
    [InlineData("", "host", "", 0.1, 0.1)]
    [InlineData("", "qemu", "tcg", 6, 3)]
    [InlineData("", "qemu", "kvm", 3, 1.5)]
    public void A_start_is_forecast_by_engine_accelerator_and_what_runs_beside_it(string engine, string runtime, string accelerator, double crowded, double alone)
    {
        var cell = new Cell("busybox:static", "host", engine, runtime, accelerator, "");

        Assert.Equal(crowded, KnownRuntimes.Of(cell).Cost.In(cell, isAlone: false).Start);
        Assert.Equal(alone, KnownRuntimes.Of(cell).Cost.In(cell, isAlone: true).Start);
    }

    [Fact]
    public void A_runtime_of_another_version_is_taken_for_a_container_about_which_nothing_is_known()
    {
        var cell = new Cell("busybox:static", "host", "", "later", "", "");

        Assert.Equal(RuntimeKind.Container, KnownRuntimes.Of(cell).Kind);
        Assert.Equal("it has no seccomp filter", Confinement.Gap(cell));
    }

    private sealed class TemporaryCache : IDisposable
    {
        public string Path { get; } = Directory.CreateTempSubdirectory("harness-test-").FullName;

        public void Dispose() => Directory.Delete(Path, recursive: true);
    }
}
