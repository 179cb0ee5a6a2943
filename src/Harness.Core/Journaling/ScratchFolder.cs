namespace Harness.Core.Journaling;

/// <summary>
/// A folder among the system's temporary ones that goes with its owner. The owner holds a lock on a file in it, which the kernel
/// releases when the owner dies, so that what a killed process left can be told from what a living one uses.
/// </summary>
public sealed class ScratchFolder : IDisposable
{
    private const string Prefix = "harness-";
    private const string LockName = ".owner";

    // Between making a folder and locking it.
    private static readonly TimeSpan _grace = TimeSpan.FromHours(1);

    private static readonly string[] _purposes = ["judge", "verify", "benchmark", "export", "site"];

    private readonly FileStream _owner;

    private ScratchFolder(string path, FileStream owner) => (Path, _owner) = (path, owner);

    /// <summary>The folder's absolute path.</summary>
    public string Path { get; }

    /// <summary>Creates one that only its owner may enter.</summary>
    /// <param name="purpose">Part of its name: <c>judge</c>, <c>verify</c>, <c>benchmark</c>, <c>export</c> or <c>site</c>.</param>
    public static ScratchFolder Create(string purpose)
    {
        if (!_purposes.Contains(purpose))
        {
            throw new ArgumentException("a purpose that cleaning does not know", nameof(purpose));
        }

        var path = Directory.CreateTempSubdirectory($"{Prefix}{purpose}-").FullName;
        return new ScratchFolder(path, new FileStream(System.IO.Path.Combine(path, LockName), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None));
    }

    /// <summary>The folders whose owners are dead, and links among them left out: they are nobody's to remove.</summary>
    public static IEnumerable<string> Abandoned(string temporary) =>
        _purposes
            .SelectMany(purpose => Directory.EnumerateDirectories(temporary, $"{Prefix}{purpose}-*"))
            .Where(folder => new DirectoryInfo(folder).LinkTarget is null && IsAbandoned(folder))
            .Order(StringComparer.Ordinal);

    /// <inheritdoc/>
    public void Dispose()
    {
        _owner.Dispose();
        Directory.Delete(Path, recursive: true);
    }

    private static bool IsAbandoned(string folder)
    {
        var owner = System.IO.Path.Combine(folder, LockName);
        try
        {
            if (!File.Exists(owner))
            {
                return DateTime.UtcNow - Directory.GetLastWriteTimeUtc(folder) > _grace;
            }

            using var free = new FileStream(owner, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Somebody holds it, or it is somebody else's.
            return false;
        }
    }
}
