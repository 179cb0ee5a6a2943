using Harness.Host.Paths;
using Harness.Images.Userlands;

namespace Harness.Tests.Supply;

/// <summary>What virtual machines have of an image goes with it.</summary>
public sealed class MachineFilesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("harness-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Tar_and_disk_of_an_image_are_deleted_and_no_others()
    {
        var paths = EnginePaths.At(_folder);
        Directory.CreateDirectory(paths.Machines);
        var (id, digest, other) = ("sha256:" + new string('a', 64), "sha256:" + new string('b', 64), "sha256:" + new string('c', 64));
        string[] own = [MachineFiles.Tar(paths, id), MachineFiles.Disk(paths, digest)];
        string[] others = [MachineFiles.Tar(paths, other), MachineFiles.Disk(paths, other)];
        foreach (var file in own.Concat(others))
            File.WriteAllText(file, "x");

        MachineFiles.Delete(paths, id, digest);

        Assert.All(own, file => Assert.False(File.Exists(file)));
        Assert.All(others, file => Assert.True(File.Exists(file)));
        // There need not be any.
        MachineFiles.Delete(paths, id, digest);
    }
}
