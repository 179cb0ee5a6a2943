using System.Collections.Immutable;
using Harness.Images.Userlands;

namespace Harness.Tests.Supply;

/// <summary>What the images of a run need, in bytes to fetch and on the disk.</summary>
public sealed class PullNeedTests
{
    [Fact]
    public void The_disk_must_hold_the_largest_wave_and_not_the_sum()
    {
        var need = PullNeed.Of(Images("a", "b", "c"), Known(("a", [("1", 10)]), ("b", [("2", 20)]), ("c", [("3", 40)])), [["a", "b"], ["c", "a"]]);
        Assert.Equal(70, need.Bytes);
        Assert.Equal(3 * 50, need.AtOnce);
        Assert.Equal(0, need.Estimated);
    }

    [Fact]
    public void Without_waves_all_lie_there_at_once()
    {
        var need = PullNeed.Of(Images("a", "b"), Known(("a", [("1", 10_000_000)]), ("b", [("2", 20_000_000)])), []);
        Assert.Equal(3 * 30_000_000, need.AtOnce);
        Assert.Equal("30.0 MB compressed, about 90.0 MB on the disk at once", need.ToString());
    }

    [Fact]
    public void Layers_that_images_share_count_once_in_a_wave_and_in_all()
    {
        var need = PullNeed.Of(Images("a", "b", "c"), Known(("a", [("1", 10), ("2", 5)]), ("b", [("1", 10)]), ("c", [("1", 10)])), [["a", "b"], ["c"]]);
        Assert.Equal(15, need.Bytes);
        Assert.Equal(3 * 15, need.AtOnce);
    }

    [Fact]
    public void An_image_that_several_userlands_are_lies_there_in_each_of_their_waves()
    {
        ImmutableArray<NeededImage> images = [new(Reference("x"), ["a", "b"]), new(Reference("c"), ["c"])];
        var need = PullNeed.Of(images, Known(("x", [("1", 10)]), ("c", [("2", 20)])), [["a"], ["b", "c"]]);
        Assert.Equal(3 * 30, need.AtOnce);
    }

    [Fact]
    public void Sizes_that_are_not_known_count_as_the_median_of_those_that_are_and_are_called_an_estimate()
    {
        var need = PullNeed.Of(Images("a", "b", "c", "d"), Known(("a", [("1", 10_000_000)]), ("b", [("2", 30_000_000)])), [["a", "c"], ["d", "b"]]);
        Assert.Equal((2, 2, 20_000_000L), (need.Known, need.Estimated, need.Each));
        Assert.Equal(80_000_000, need.Bytes);
        Assert.Equal(3 * 50_000_000, need.AtOnce);
        Assert.Equal("an estimated 80.0 MB compressed, about 150.0 MB on the disk at once (2 sizes are known; their median, 20.0 MB, for each of the other 2)", need.ToString());
    }

    [Fact]
    public void Where_no_size_is_known_a_usual_base_image_is_assumed_and_said()
    {
        var need = PullNeed.Of(Images("a", "b"), Known(), [["a"], ["b"]]);
        Assert.Equal("an estimated 120.0 MB compressed, about 180.0 MB on the disk at once (no size is known: 60.0 MB for each, a usual base image)", need.ToString());
    }

    private static ImageReference Reference(string name) => ImageReference.Parse($"registry.example/{name}:1");

    private static ImmutableArray<NeededImage> Images(params string[] userlands) => [.. userlands.Select(userland => new NeededImage(Reference(userland), [userland]))];

    private static Dictionary<ImageReference, RegistryManifest> Known(params (string Name, (string Digest, long Bytes)[] Layers)[] images) =>
        images.ToDictionary(image => Reference(image.Name), image => new RegistryManifest("sha256:" + image.Name, [], [.. image.Layers.Select(layer => new RegistryLayer(layer.Digest, layer.Bytes))]));
}
