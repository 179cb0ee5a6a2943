using Harness.Host.Paths;

namespace Harness.Images.Userlands;

/// <summary>The files in the cache that virtual machines have an image's content from.</summary>
internal static class MachineFiles
{
    /// <summary>All its files, as the engine exports them.</summary>
    internal static string Tar(EnginePaths paths, string imageId) => Of(paths, imageId, ".tar");

    /// <summary>The same as a disk.</summary>
    internal static string Disk(EnginePaths paths, string digest) => Of(paths, digest, ".ext4");

    /// <summary>Deletes what there is of an image.</summary>
    internal static void Delete(EnginePaths paths, string imageId, string digest)
    {
        foreach (var file in new[] { Tar(paths, imageId), Disk(paths, digest) }.Where(File.Exists))
            File.Delete(file);
    }

    private static string Of(EnginePaths paths, string digest, string ending) => CachePath.Below(paths.Machines, digest.Replace("sha256:", "", StringComparison.Ordinal) + ending);
}
