namespace Harness.Engines.Contract;

/// <summary>How engines keep images, and what they mean by an image's size: the same image has another number in each.</summary>
internal static class ImageMeasure
{
    /// <summary>Docker's own store: one folder a layer.</summary>
    internal const string GraphDriver = "graph driver";

    /// <summary>containerd's: an image's content as it was pulled or loaded, and beside it the same unpacked.</summary>
    internal const string Containerd = "containerd";

    /// <summary>Podman's.</summary>
    internal const string Podman = "containers/storage";

    // As Docker names containerd's store among the facts of its driver.
    private const string Snapshotter = "io.containerd.snapshotter";

    /// <summary>The store of an engine, by what it tells of its driver: rows of a name and values.</summary>
    internal static string Of(bool isPodman, IEnumerable<IEnumerable<string>>? driver) =>
        isPodman ? Podman
        : (driver ?? []).Any(row => row.Any(word => word.StartsWith(Snapshotter, StringComparison.Ordinal))) ? Containerd
        : GraphDriver;

    /// <summary>What the size of an image counts there, for readers of a row.</summary>
    /// <param name="store">The store.</param>
    /// <param name="isWhole">Whether it comes from the engine's account of its disk, else from the image's description.</param>
    internal static string Text(string? store, bool isWhole) => store switch
    {
        Containerd when isWhole => "its content as pulled or loaded, and the same unpacked, in whole blocks (containerd's image store)",
        Containerd => "its content as pulled or loaded, without what is unpacked of it (containerd's image store)",
        Podman => "its layers as archives, and its descriptions (containers/storage)",
        _ => "the files of its layers, unpacked (Docker's own image store)",
    };
}
