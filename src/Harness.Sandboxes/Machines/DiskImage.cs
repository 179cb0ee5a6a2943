using System.Globalization;
using Harness.Core;
using Harness.Host.Guarding;
using Harness.Host.Paths;
using Harness.Host.Processes;

namespace Harness.Sandboxes.Machines;

/// <summary>Makes a disk with a file system from an archive of files.</summary>
internal static class DiskImage
{
    /// <summary>Writes an ext4 image, whole or not at all.</summary>
    /// <param name="tar">The files.</param>
    /// <param name="disk">Where to; its folder is there.</param>
    /// <param name="room">Bytes for what the guest writes. The image is sparse.</param>
    /// <param name="paths">For the unpacked files.</param>
    /// <param name="guard">Removes them if need be.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="HarnessException">It cannot be made here.</exception>
    internal static async Task MakeAsync(string tar, string disk, long room, EnginePaths paths, GuardLink guard, CancellationToken cancellation)
    {
        if (Machine.FindProgram("mke2fs") is not { } mke2fs || Machine.FindProgram("tar") is not { } unpack)
            throw new HarnessException("a userland of this size needs a disk, and making one needs tar and mke2fs: install tar and e2fsprogs");
        if (await UserNamespace.ObstacleAsync(cancellation) is { } obstacle)
            throw new HarnessException($"a userland of this size needs a disk, and making one needs root or a user namespace; {obstacle}");
        await using var temporary = await TemporaryFolder.CreateAsync(paths, guard);
        var tree = Path.Combine(temporary.Path, "tree");
        Directory.CreateDirectory(tree);
        // Only root makes device nodes, and a guest's own kernel fills its /dev.
        ImmutableArray<string> left = Machine.IsLinuxRoot ? [] : ["--anchored", "--exclude=./dev/*", "--exclude=dev/*"];
        await RunAsync(unpack, ["--extract", "--numeric-owner", "--preserve-permissions", .. left, "--file", tar, "--directory", tree], cancellation);
        var image = Path.Combine(temporary.Path, "disk");
        // A third more than the files for their bookkeeping.
        var size = (new FileInfo(tar).Length * 4 / 3) + room;
        const string Fixed = "9f0d5c1e-6c0b-4f5e-8f43-4d2c7f1a0b6d";
        await RunAsync(
            mke2fs,
            ["-q", "-F", "-t", "ext4", "-O", "^has_journal", "-U", Fixed, "-E", $"hash_seed={Fixed},lazy_itable_init=0", "-d", tree, image, string.Create(CultureInfo.InvariantCulture, $"{size >> 10}k")],
            cancellation);
        File.Move(image, disk);
    }

    private static async Task RunAsync(string program, ImmutableArray<string> arguments, CancellationToken cancellation)
    {
        var result = await UserNamespace.AsRoot(new Command(program, arguments)).RunAsync(cancellation);
        if (result.ExitCode != 0)
            throw new HarnessException($"{Path.GetFileName(program)} could not make a userland's disk ({result.LastLine})");
    }
}
