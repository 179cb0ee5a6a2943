using System.Collections.Concurrent;
using Harness.Core.Definitions;
using Harness.Core.Journaling;
using Harness.Core.Model;

namespace Harness.Core.Running;

/// <summary>
/// The file systems of a run's images: each listed once, whatever the number of cells that use it, and told as readings.
/// A list that could not be made is a reading too: <c>unavailable</c>, with the reason.
/// </summary>
internal sealed class UserlandFilesystems(RunFolder folder)
{
    private readonly ConcurrentDictionary<string, ImmutableArray<Observation>> _readings = new(StringComparer.Ordinal);

    /// <summary>Lists one image into <c>raw/filesystems/</c>; one that is there from before an interruption is kept.</summary>
    public async Task ListAsync(IRuntime runtime, Cell cell, string imageDigest, IProgress<string> messages, CancellationToken cancellation) =>
        _readings[imageDigest] = await ReadAsync(runtime, cell, imageDigest, messages, cancellation) switch
        {
            (var summary, null) =>
            [
                Observation.Number("fs_files", "", summary!.Files),
                Observation.Number("fs_executables", "", summary.Executables),
                Observation.Number("fs_symlinks", "", summary.Symlinks),
                Observation.Number("fs_bytes", "", summary.Bytes),
            ],
            (_, var reason) => [Missing(reason.ReplaceLineEndings(" "))],
        };

    /// <summary>Whether an image needs no listing any more.</summary>
    public bool IsListed(string imageDigest) => _readings.ContainsKey(imageDigest);

    /// <summary>What is known of an image's files, for the trials of an experiment that asks for it.</summary>
    public ImmutableArray<Observation> Readings(ExperimentDefinition experiment, string imageDigest) =>
        experiment.Filesystem && imageDigest.Length > 0 ? _readings.GetValueOrDefault(imageDigest, []) : [];

    private async Task<(FilesystemSummary? Summary, string? Reason)> ReadAsync(
        IRuntime runtime, Cell cell, string imageDigest, IProgress<string> messages, CancellationToken cancellation)
    {
        if (FilesystemTable.FileName(imageDigest) is not { } name)
        {
            return (null, $"'{imageDigest}' is not a digest that can name a file");
        }

        if (runtime is not IUserlandExport export)
        {
            return (null, $"the runtime {runtime.Engine}/{runtime.Runtime} cannot list an image's files");
        }

        try
        {
            Directory.CreateDirectory(folder.Filesystems);
            var path = Path.Combine(folder.Filesystems, name);
            var reason = File.Exists(path) ? null : await export.ExportAsync(cell, path, messages, cancellation);
            return reason is null ? (FilesystemTable.Summarise(path), null) : (null, reason);
        }
        catch (Exception e) when (!cancellation.IsCancellationRequested)
        {
            // As with a runtime that throws: it costs these readings, not the run.
            return (null, $"the export failed: {e.GetType().Name}: {e.Message}");
        }
    }

    private static Observation Missing(string reason) => Observation.OfText(ExperimentReader.Unavailable.Id, "filesystem", reason);
}
