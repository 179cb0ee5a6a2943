using Harness.Engines.Contract;
using Harness.Engines.DockerApi;

namespace Harness.Tests.Footprint;

/// <summary>What an engine tells of its images' layers.</summary>
public sealed class DockerDiskTests
{
    [Theory]
    [InlineData("""{"LayersSize":9,"Images":[{"Id":"b","Size":1,"SharedSize":0},{"Id":"a","Size":100,"SharedSize":60}]}""")]
    [InlineData("""{"ImageUsage":{"Items":[{"Id":"a","Size":100,"SharedSize":60}]}}""")]
    public void Shared_and_own_bytes_add_up_to_the_image(string answer) => Assert.Equal(new LayerBytes(60, 40), DockerDisk.Parse(answer, "a"));

    [Fact]
    public void Podman_names_an_image_by_its_digest_without_the_algorithm() =>
        Assert.Equal(new LayerBytes(0, 100), DockerDisk.Parse("""{"Images":[{"Id":"a","Size":100,"SharedSize":0}]}""", "sha256:a"));

    [Fact]
    public void What_an_image_s_size_counts_follows_from_how_the_engine_keeps_images()
    {
        var graph = ImageMeasure.Of(isPodman: false, [["Backing Filesystem", "extfs"]]);
        var containerd = ImageMeasure.Of(isPodman: false, [["driver-type", "io.containerd.snapshotter.v1"]]);
        var podman = ImageMeasure.Of(isPodman: true, null);

        Assert.Equal(["graph driver", "containerd", "containers/storage"], new[] { graph, containerd, podman });
        Assert.Equal(4, new[] { (graph, true), (containerd, true), (containerd, false), (podman, true) }.Select(kept => ImageMeasure.Text(kept.Item1, kept.Item2)).Distinct().Count());
    }

    [Theory]
    [InlineData("""{"Images":[{"Id":"a","Size":100,"SharedSize":-1}]}""", "did not count")]
    [InlineData("""{"Images":[{"Id":"b","Size":100,"SharedSize":1}]}""", "lacks a")]
    [InlineData("""{"Images":[{"Id":"a","Size":100}]}""", "cannot be read")]
    [InlineData("""{"Images":null}""", "has no images")]
    [InlineData("no", "cannot be read")]
    public void What_it_does_not_tell_is_no_zero(string answer, string reason) =>
        Assert.Contains(reason, Assert.Throws<IOException>(() => DockerDisk.Parse(answer, "a")).Message, StringComparison.Ordinal);
}
