using Harness.Host.Guarding;
using Harness.Host.Processes;

namespace Harness.Host.Paths;

/// <summary>A folder that only the user may enter and that is gone afterwards, by the guard's hand if need be.</summary>
internal sealed class TemporaryFolder : IAsyncDisposable
{
    private readonly GuardLink _guard;

    private TemporaryFolder(string path, GuardLink guard) => (Path, _guard) = (path, guard);

    /// <summary>Absolute.</summary>
    internal string Path { get; }

    /// <summary>Creates one.</summary>
    internal static async Task<TemporaryFolder> CreateAsync(EnginePaths paths, GuardLink guard)
    {
        // The process id tells `clean` whose it was.
        var path = System.IO.Path.Combine(paths.Temporary, $"{Environment.ProcessId}-{Guid.NewGuid():N}");
        await guard.SendAsync(new GuardLine.Remove(path));
        EnginePaths.CreatePrivate(path);
        return new TemporaryFolder(path, guard);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        FileTree.Delete(Path);
        await _guard.SendAsync(new GuardLine.Keep(Path));
    }
}
