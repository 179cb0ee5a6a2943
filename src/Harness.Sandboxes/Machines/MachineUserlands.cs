using System.Collections.Concurrent;
using System.Formats.Tar;
using Harness.Core;
using Harness.Core.Definitions;
using Harness.Engines.Connecting;
using Harness.Engines.Contract;
using Harness.Host.Guarding;
using Harness.Host.Paths;
using Harness.Host.Processes;
using Harness.Images;
using Harness.Images.Userlands;

namespace Harness.Sandboxes.Machines;

/// <summary>A userland for a virtual machine.</summary>
/// <param name="Digest">The image's, as a container of it has.</param>
/// <param name="Tar">All its files.</param>
internal sealed record MachineUserland(string Digest, string Tar)
{
    // Unpacked into memory before the first instruction of user space; beyond this a disk is faster and the memory is missed.
    private const long Largest = 24 << 20;

    /// <summary>Whether the harness made it itself from the distribution's packages: then its programs are as trusted as those of the host.</summary>
    internal bool IsMadeHere { get; init; }

    /// <summary>Whether it goes into the first file system whole.</summary>
    internal bool IsSmall => new FileInfo(Tar).Length <= Largest;
}

/// <summary>What became of it; exactly one is set.</summary>
internal sealed record MachineUserlandResolution(MachineUserland? Found, string? Reason);

/// <summary>Gets the very image that a container runs, as a tar or as a disk.</summary>
internal sealed class MachineUserlands(
    EngineSession session, ImmutableArray<UserlandDefinition> catalogue, EnginePaths paths, GuardLink guard, RuntimeOptions options, CancellationToken owner)
{
    private readonly ConcurrentDictionary<string, AsyncOnce<MachineUserlandResolution>> _resolutions = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, AsyncOnce<string>> _disks = new(StringComparer.Ordinal);

    private readonly ConcurrentDictionary<string, AsyncOnce<bool>> _systemd = new(StringComparer.Ordinal);

    // Those made without an engine: the others are in its list.
    private readonly ConcurrentDictionary<string, UserlandLock> _made = new(StringComparer.Ordinal);

    /// <summary>Userlands that were made from packages without an engine, so far.</summary>
    internal ImmutableArray<UserlandLock> Locks => [.. _made.Values];

    private string Folder => paths.Machines;

    /// <summary>The userland of an id.</summary>
    internal Task<MachineUserlandResolution> ResolveAsync(string id, CancellationToken cancellation) =>
        _resolutions.GetOrAdd(id, name => new AsyncOnce<MachineUserlandResolution>(token => FindAsync(name, token), owner)).GetAsync(cancellation);

    /// <summary>An ext4 image of a userland, made once for its digest.</summary>
    /// <exception cref="HarnessException">It cannot be made here.</exception>
    internal Task<string> DiskAsync(MachineUserland userland, CancellationToken cancellation) =>
        _disks.GetOrAdd(userland.Digest, _ => new AsyncOnce<string>(token => MakeDiskAsync(userland, token), owner)).GetAsync(cancellation);

    /// <summary>Whether systemd is among its files.</summary>
    internal Task<bool> HasSystemdAsync(MachineUserland userland, CancellationToken cancellation) =>
        _systemd.GetOrAdd(userland.Digest, _ => new AsyncOnce<bool>(token => HasSystemdAsync(userland.Tar, token), owner)).GetAsync(cancellation);

    private static async Task<bool> HasSystemdAsync(string file, CancellationToken cancellation)
    {
        await using var content = File.OpenRead(file);
        await using var tar = new TarReader(content);
        while (await tar.GetNextEntryAsync(cancellationToken: cancellation) is { } entry)
        {
            if (entry.Name.TrimStart('.', '/') is "lib/systemd/systemd" or "usr/lib/systemd/systemd")
                return true;
        }

        return false;
    }

    private async Task<MachineUserlandResolution> FindAsync(string id, CancellationToken cancellation)
    {
        if (catalogue.FirstOrDefault(entry => entry.Id == id) is not { } definition)
            return new(null, $"userland '{id}' is in no catalogue: name it in userlands.yaml or give --image REF");
        try
        {
            // Without images there is nothing that an engine could add, and none need be started.
            if (definition is { Bootstrap: { } only, Images.IsEmpty: true })
                return new(await BootstrapAsync(id, only, cancellation), null);
            try
            {
                return await FromEngineAsync(id, cancellation);
            }
            catch (HarnessException) when (definition.Bootstrap is not null && !session.IsNamedByUser)
            {
                return new(await BootstrapAsync(id, definition.Bootstrap, cancellation), null);
            }
        }
        catch (HarnessException e)
        {
            return new(null, e.Message);
        }
    }

    private async Task<MachineUserland> BootstrapAsync(string id, BootstrapRecipe recipe, CancellationToken cancellation)
    {
        var architecture = recipe.Architecture.Length > 0 ? recipe.Architecture : Machine.DebianArchitecture(Machine.Architecture);
        var layer = await session.Layers.GetAsync(recipe, architecture, anew: false, Locked(id), options.Messages, cancellation);
        var digest = ImageArchive.Id(Recipes.Key(recipe, architecture), architecture, layer.Provenance);
        var entry = _made[id] = new UserlandLock
        {
            Id = id,
            Image = ImageNames.Of(id),
            Digest = digest,
            ImageId = digest,
            Architecture = architecture,
            Provenance = layer.Provenance,
        };
        options.Resolved(entry);
        return new MachineUserland(digest, layer.File) { IsMadeHere = true };
    }

    // What the lock asks of the layer; null where there is no lock, or it leaves this userland to what there is.
    private Provenance? Locked(string id)
    {
        if (options.Lock is not { } named)
            return null;
        return named.Find(id) switch
        {
            { Provenance: { LayerSha256: not null } provenance } => provenance,
            { Digest: var other } => throw new HarnessException($"{named.Source} names an image of {id} that is not made from packages ({other}): getting it needs an engine"),
            null when named.IsComplete => throw new HarnessException($"{named.Source} names no image for {id}: add it with 'harness images lock {id}'"),
            null => null,
        };
    }

    private async Task<MachineUserlandResolution> FromEngineAsync(string id, CancellationToken cancellation)
    {
        var engine = await session.OpenAsync(cancellation);
        if (await engine.Images.ResolveAsync(id, cancellation) is not UserlandResolution.Found found)
            return new(null, ((UserlandResolution.Missing)await engine.Images.ResolveAsync(id, cancellation)).Reason);
        EnginePaths.CreatePrivate(Folder);
        var tar = MachineFiles.Tar(paths, found.ImageId);
        using var single = await FileLock.AcquireAsync(tar + ".lock", cancellation);
        if (!File.Exists(tar))
            await ExportAsync(engine.Connection, found.ImageId, tar, cancellation);
        return new(new MachineUserland(found.Lock.Digest, tar), null);
    }

    private async Task ExportAsync(EngineConnection connection, string image, string tar, CancellationToken cancellation)
    {
        // Never started; but an image without a command can't be created without one.
        var request = new ContainerRequest { Image = image, Command = ["/"], Labels = EngineContainers.Labels(options.RunId) };
        var container = await connection.Engine.CreateAsync(request, cancellation);
        var partial = tar + ".part";
        try
        {
            await using (var content = await connection.Engine.ExportAsync(container, cancellation))
            await using (var file = File.Create(partial))
                await content.CopyToAsync(file, cancellation);
            File.Move(partial, tar, overwrite: true);
        }
        finally
        {
            File.Delete(partial);
            await EngineContainers.RemoveOneAsync(connection, container, CancellationToken.None);
        }
    }

    private async Task<string> MakeDiskAsync(MachineUserland userland, CancellationToken cancellation)
    {
        EnginePaths.CreatePrivate(Folder);
        var disk = MachineFiles.Disk(paths, userland.Digest);
        using var single = await FileLock.AcquireAsync(disk + ".lock", cancellation);
        if (File.Exists(disk))
            return disk;
        options.Messages.Report($"making a disk of {userland.Digest[..Math.Min(19, userland.Digest.Length)]}");
        // Room to write beyond the files.
        await DiskImage.MakeAsync(userland.Tar, disk, 64L << 20, paths, guard, cancellation);
        return disk;
    }
}
