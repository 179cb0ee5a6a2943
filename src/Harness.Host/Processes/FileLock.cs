namespace Harness.Host.Processes;

/// <summary>
/// A lock between processes: a file held open without sharing (flock on Linux). The kernel releases it when its
/// holder dies, however that happens.
/// </summary>
internal sealed class FileLock : IDisposable
{
    private readonly FileStream _file;

    private FileLock(FileStream file) => _file = file;

    /// <summary>The locked file.</summary>
    internal string Path => _file.Name;

    /// <summary>The lock, or null where another process (or another part of this one) holds it.</summary>
    internal static FileLock? TryAcquire(string path)
    {
        try
        {
            return new FileLock(new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (IOException e) when (e is not (DirectoryNotFoundException or FileNotFoundException or PathTooLongException))
        {
            return null;
        }
    }

    /// <summary>The locks of a folder that living processes hold. Those of dead ones are removed.</summary>
    internal static ImmutableArray<string> Held(string folder)
    {
        var held = ImmutableArray.CreateBuilder<string>();
        foreach (var file in Directory.Exists(folder) ? Directory.EnumerateFiles(folder, "*.lock") : [])
        {
            if (TryAcquire(file) is { } stale)
                stale.DeleteAndRelease();
            else
                held.Add(file);
        }

        return held.ToImmutable();
    }

    /// <summary>Waits for the lock, trying ten times a second.</summary>
    internal static async Task<FileLock> AcquireAsync(string path, CancellationToken cancellation)
    {
        while (true)
        {
            if (TryAcquire(path) is { } acquired)
                return acquired;
            await Task.Delay(100, cancellation);
        }
    }

    /// <summary>Removes the file while it is still held, then releases it.</summary>
    internal void DeleteAndRelease()
    {
        File.Delete(_file.Name);
        Dispose();
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();
}
