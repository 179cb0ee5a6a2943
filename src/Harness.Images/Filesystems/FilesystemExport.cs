using Harness.Core.Journaling;
using Harness.Engines.Connecting;
using Harness.Engines.Contract;
using Harness.Host.Paths;
using Harness.Host.Processes;
using Harness.Images.Userlands;

namespace Harness.Images.Filesystems;

/// <summary>
/// Lists images through the engine's export of a container that is created and never started: nothing of the image runs.
/// Each image is hashed once and its table kept in the user's cache, by the image's id, which names its content.
/// </summary>
internal sealed class FilesystemExport(EngineConnection connection, string run, EnginePaths paths)
{
    /// <summary>Part of the cache's names: to be raised whenever a table of the same image would come out differently.</summary>
    private const string Version = "v1";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan RemovalPatience = TimeSpan.FromSeconds(20);

    /// <summary>Writes the image's table.</summary>
    /// <exception cref="InvalidDataException">The archive is damaged, beyond the limits, or takes too long.</exception>
    internal async Task WriteAsync(UserlandResolution.Found image, string path, IProgress<string> messages, CancellationToken cancellation)
    {
        EnginePaths.CreatePrivate(paths.Filesystems);
        var cached = Path.Combine(paths.Filesystems, $"{Version}-{FilesystemTable.FileName(image.ImageId) ?? throw new InvalidDataException($"'{image.ImageId}' is no image's id")}");
        using var single = await FileLock.AcquireAsync(cached + ".lock", cancellation);
        if (!IsWhole(cached))
        {
            messages.Report($"listing and hashing the files of {image.Lock.Id}, once for this image");
            FilesystemTable.Write(cached, await ListAsync(image, cancellation));
        }

        using var table = File.OpenRead(cached);
        AtomicFile.Write(path, table.CopyTo);
    }

    private async Task<IReadOnlyCollection<FilesystemEntry>> ListAsync(UserlandResolution.Found image, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(Patience);
        // The process id keeps two harnesses apart that were given the same run's id.
        var name = EngineContainers.Name(run, $"export-{Environment.ProcessId}-{Guid.NewGuid():N}");
        try
        {
            await connection.Engine.CreateAsync(Request(name, image.ImageId), limit.Token);
            await using var archive = await connection.Engine.ExportAsync(name, limit.Token);
            return await ImageFiles.ReadAsync(archive, TarLimits.Default, limit.Token);
        }
        catch (OperationCanceledException e) when (!cancellation.IsCancellationRequested)
        {
            throw new InvalidDataException($"the export did not end in {Patience.TotalMinutes:0} minutes", e);
        }
        finally
        {
            using var removal = new CancellationTokenSource(RemovalPatience);
            await EngineContainers.RemoveOneAsync(connection, name, removal.Token);
        }
    }

    private ContainerRequest Request(string name, string image) => new()
    {
        Name = name,
        Image = image,
        // Never run; an image without a command of its own could not be created otherwise.
        EntryPoint = ["/.harness/agent"],
        Command = [],
        Labels = EngineContainers.Labels(run),
        Network = "none",
        LogDriver = "none",
    };

    // A cache can be damaged by a full disk or a hand; then it is made anew.
    private static bool IsWhole(string path)
    {
        try
        {
            return File.Exists(path) && FilesystemTable.Summarise(path) is not null;
        }
        catch (Exception e) when (e is FormatException or OverflowException or ArgumentException or IOException)
        {
            return false;
        }
    }
}
