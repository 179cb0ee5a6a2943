using System.Collections.Concurrent;
using Harness.Core;
using Harness.Host.Guarding;
using Harness.Host.Paths;
using Harness.Host.Processes;
using Harness.Sandboxes.Machines;

namespace Harness.Sandboxes.Direct;

/// <summary>A userland whose files are a folder of this machine.</summary>
/// <param name="Digest">The image's, as a container of it has.</param>
/// <param name="Folder">The root of its files. Shared by all sandboxes, and mounted read-only in each.</param>
internal sealed record UserlandTree(string Digest, string Folder);

/// <summary>What became of it; exactly one is set.</summary>
internal sealed record UserlandTreeResolution(UserlandTree? Found, string? Reason);

/// <summary>Unpacks the very image that a container runs, once for its digest, for what runs on a plain folder.</summary>
internal sealed class UserlandTrees(MachineUserlands userlands, EnginePaths paths, GuardLink guard, CancellationToken owner)
{
    private readonly ConcurrentDictionary<string, AsyncOnce<UserlandTreeResolution>> _trees = new(StringComparer.Ordinal);

    /// <summary>The tree of a userland's id.</summary>
    internal Task<UserlandTreeResolution> ResolveAsync(string id, CancellationToken cancellation) =>
        _trees.GetOrAdd(id, name => new AsyncOnce<UserlandTreeResolution>(token => FindAsync(name, token), owner)).GetAsync(cancellation);

    private async Task<UserlandTreeResolution> FindAsync(string id, CancellationToken cancellation)
    {
        if (Machine.FindProgram("tar") is not { } tar || Machine.FindProgram("find") is not { } find)
            return new(null, "unpacking a userland needs Linux, tar and find: install tar and findutils");
        var resolution = await userlands.ResolveAsync(id, cancellation);
        if (resolution.Found is not { } userland)
            return new(null, resolution.Reason);
        try
        {
            return new(new UserlandTree(userland.Digest, await UnpackAsync(new(tar, find), userland, cancellation)), null);
        }
        catch (Exception e) when (e is HarnessException or IOException or UnauthorizedAccessException)
        {
            return new(null, e.Message.ReplaceLineEndings(" "));
        }
    }

    private async Task<string> UnpackAsync(TreeTools tools, MachineUserland userland, CancellationToken cancellation)
    {
        var folder = paths.Trees;
        EnginePaths.CreatePrivate(folder);
        var tree = CachePath.Below(folder, userland.Digest.Replace("sha256:", "", StringComparison.Ordinal));
        using var single = await FileLock.AcquireAsync(tree + ".lock", cancellation);
        if (Directory.Exists(tree))
            return tree;
        await using var temporary = await TemporaryFolder.CreateAsync(paths, guard);
        var partial = Path.Combine(temporary.Path, "tree");
        Directory.CreateDirectory(partial);
        await tools.UnpackAsync(userland.Tar, partial, cancellation);
        Directory.Move(partial, tree);
        return tree;
    }
}
