namespace Harness.Core.Model;

/// <summary>
/// How an image says that it only stands in for the userland whose name it goes by, and how rows say so. The label is part of the image's
/// configuration, and so of its id: an image that is pulled, pushed, saved, loaded or mirrored keeps it. Rows carry it before their digest,
/// so that they are marked when they are committed, and stay so wherever they are copied or merged to.
/// </summary>
public static class StandIn
{
    /// <summary>The image's label; its value is a text for people.</summary>
    public const string Label = "harness.stand-in";

    /// <summary>What stands before the digest in a row: schema.sql reads it.</summary>
    public const string Prefix = "synthetic:";

    /// <summary>A result that was measured in a stand-in. Where there is no image, nothing was.</summary>
    public static TrialResult Mark(TrialResult result) =>
        result.ImageDigest.Length == 0 ? result : result with { ImageDigest = Prefix + result.ImageDigest };
}
