using System.Globalization;
using System.Runtime.Versioning;
using Harness.Core;
using Harness.Core.Journaling;
using Harness.Engines.Connecting;
using Harness.Engines.PrivateEngine;
using Harness.Host.Paths;
using Harness.Host.Processes;
using Harness.Host.Provisioning;
using Harness.Images.Userlands;

namespace Harness.Runtimes.Cleaning;

/// <summary>Finds and removes what runs left behind in spite of the guard: for <c>harness clean</c>.</summary>
public static class Leftovers
{
    /// <summary>Removes what no living run uses. Returns one line for each thing removed; none where all was clean.</summary>
    /// <param name="engineUri"><c>--engine</c>, or null.</param>
    /// <param name="everything">Also all caches that can be made again: images, userlands, kernels, disks.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="HarnessException">The named engine does not answer, or a run uses what <paramref name="everything"/> would remove.</exception>
    public static Task<ImmutableArray<string>> CleanAsync(string? engineUri, bool everything, CancellationToken cancellation) =>
        CleanAsync(EnginePaths.Default(), engineUri, everything, cancellation);

    /// <summary>The same for a cache elsewhere.</summary>
    internal static async Task<ImmutableArray<string>> CleanAsync(EnginePaths paths, string? engineUri, bool everything, CancellationToken cancellation)
    {
        var removed = ImmutableArray.CreateBuilder<string>();
        if (await EngineLocator.FindAsync(EngineSearch.FromEnvironment(engineUri), cancellation) is { } found)
        {
            using (found)
            {
                var names = await EngineContainers.RemoveOrphansAsync(found, cancellation);
                removed.AddRange(names.Select(name => $"container {name}"));
                if (everything)
                    removed.AddRange((await ImageArchive.RemoveAllAsync(found, cancellation)).Select(name => $"image {name}"));
            }
        }

        if (OperatingSystem.IsLinux() && await PrivateDaemon.StopUnusedAsync(paths, cancellation))
        {
            removed.Add($"the private Docker daemon in {paths.Root}, with its containers, processes and mounts");
        }

        if (OperatingSystem.IsLinux() && await PrivatePodman.StopUnusedAsync(paths, cancellation))
        {
            removed.Add($"the private Podman in {paths.Root}, with its containers, processes and mounts");
        }

        if (OperatingSystem.IsLinux())
            removed.AddRange(await PullFoldersAsync(paths, cancellation));

        // Only root installs. Held while packages are being installed: then the rule is needed.
        using (var single = Machine.IsLinuxRoot ? FileLock.TryAcquire(Provisioner.LockFile) : null)
        {
            if (single is not null && ServicePolicy.RemoveOwn())
                removed.Add("the rule that kept services from starting while packages were installed");
        }

        // Before the folders that they hold open.
        if (OperatingSystem.IsLinux())
            removed.AddRange((await OrphanMachines.EndAsync(paths, cancellation)).Select(name => $"virtual machine {name}"));
        removed.AddRange(TemporaryFolders(paths));
        removed.AddRange(ScratchFolders(Path.GetTempPath()));
        if (everything)
        {
            removed.AddRange(await CachesAsync(paths, cancellation));
        }

        return removed.ToImmutable();
    }

    /// <summary>What killed processes left among the system's temporary folders: copies of a run's rows, and what SQL did not keep in memory.</summary>
    internal static IEnumerable<string> ScratchFolders(string temporary)
    {
        foreach (var folder in ScratchFolder.Abandoned(temporary))
        {
            // Another user's is another user's, also for root, whom a folder made for the purpose could lead astray.
            if (OperatingSystem.IsLinux() && !OwnedPath.IsOwn(folder))
                continue;
            FileTree.Delete(folder);
            yield return $"temporary folder {folder}";
        }
    }

    private static IEnumerable<string> TemporaryFolders(EnginePaths paths)
    {
        foreach (var folder in Ownerless(paths, paths.Temporary))
        {
            FileTree.Delete(folder);
            yield return $"temporary folder {folder}";
        }
    }

    [SupportedOSPlatform("linux")]
    private static async Task<ImmutableArray<string>> PullFoldersAsync(EnginePaths paths, CancellationToken cancellation)
    {
        var removed = ImmutableArray.CreateBuilder<string>();
        foreach (var folder in Ownerless(paths, paths.Pulls))
        {
            await PrivateDaemon.StopUnusedAsync(new EnginePaths(folder), cancellation);
            FileTree.Delete(folder);
            removed.Add($"the engine that images were pulled into, {folder}");
        }

        return removed.ToImmutable();
    }

    /// <summary>Entries of a folder whose names begin with the id of no process that lives here or holds its lock on the cache.</summary>
    private static IEnumerable<string> Ownerless(EnginePaths paths, string folder) =>
        from users in new[] { CacheUse.Processes(paths) }
        from entry in Directory.Exists(folder) ? Directory.EnumerateFileSystemEntries(folder) : []
        let name = Path.GetFileName(entry)
        let owner = name.IndexOf('-', StringComparison.Ordinal) is > 0 and var dash
            && int.TryParse(name.AsSpan(0, dash), NumberStyles.None, CultureInfo.InvariantCulture, out var pid) ? pid : 0
        where owner <= 0 || !(IsAlive(owner) || users.Contains(owner))
        select entry;

    // A reused id keeps a folder until the next cleaning, which is better than taking it from a living run.
    private static bool IsAlive(int pid)
    {
        try
        {
            using var process = System.Diagnostics.Process.GetProcessById(pid);
            return !process.HasExited;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    private static async Task<ImmutableArray<string>> CachesAsync(EnginePaths paths, CancellationToken cancellation)
    {
        EnginePaths.CreatePrivate(paths.Users);
        using var mutex = await FileLock.AcquireAsync(paths.Mutex, cancellation);
        var podman = new PodmanPaths(paths);
        EnginePaths.CreatePrivate(podman.Users);
        using var other = await FileLock.AcquireAsync(podman.Mutex, cancellation);
        if (!FileLock.Held(paths.Users).IsEmpty || !FileLock.Held(podman.Users).IsEmpty || !CacheUse.Processes(paths).IsEmpty)
        {
            throw new HarnessException("a run uses the private daemon or the caches: wait for its end, or stop it, and clean again");
        }

        var removed = ImmutableArray.CreateBuilder<string>();
        foreach (var folder in new[] { paths.Data, podman.Store, paths.Userlands, paths.Filesystems, paths.Kernels, paths.Machines, paths.Trees }.Where(Directory.Exists))
        {
            FileTree.Delete(folder);
            removed.Add($"cache {folder}");
        }

        return removed.ToImmutable();
    }
}
