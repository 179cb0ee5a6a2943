using Harness.IntegrationTests.Cli;

[assembly: AssemblyFixture(typeof(MadeParts))]

namespace Harness.IntegrationTests.Cli;

/// <summary>
/// What takes long to make and is the same for every test: userlands from packages, kernels, and the disk of a VM with Docker. The first test that needs one
/// makes it in its own harness, and the others find it. Tests of the making itself keep a cache of their own.
/// </summary>
public sealed class MadeParts : IDisposable
{
    private static readonly string[] _folders = ["userlands", "machines", "kernels"];
    private readonly string _root = Directory.CreateTempSubdirectory("h-parts-").FullName;

    public MadeParts()
    {
        foreach (var folder in _folders)
        {
            Directory.CreateDirectory(Path.Combine(_root, folder));
        }
    }

    /// <summary>Lets a cache, which is still empty, use them and make those that are missing.</summary>
    public void Share(string cache)
    {
        if (OperatingSystem.IsWindows())
            throw new PlatformNotSupportedException();
        var own = Directory.CreateDirectory(Path.Combine(cache, "harness"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        foreach (var folder in _folders)
        {
            Directory.CreateSymbolicLink(Path.Combine(own.FullName, folder), Path.Combine(_root, folder));
        }
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);
}
