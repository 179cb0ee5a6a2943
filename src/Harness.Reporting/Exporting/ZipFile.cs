using System.IO.Compression;
using Harness.Core.Journaling;

namespace Harness.Reporting.Exporting;

/// <summary>Writes a run's folder as one file: the same bytes for the same run.</summary>
internal static class ZipFile
{
    // What the format can hold begins in 1980.
    private static readonly DateTimeOffset _first = new(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Writes it. Everything lies in a folder with the run's id; <c>SHA256SUMS</c> is first.</summary>
    internal static void Write(RunFolder folder, string runId, DateTimeOffset time, string path) => AtomicFile.Write(path, file =>
    {
        using var archive = new ZipArchive(file, ZipArchiveMode.Create, leaveOpen: true);
        var files = Directory.EnumerateFiles(folder.Root, "*", SearchOption.AllDirectories).Select(one => Path.GetRelativePath(folder.Root, one).Replace('\\', '/'));
        foreach (var name in files.OrderBy(name => name != "SHA256SUMS").ThenBy(name => name, StringComparer.Ordinal))
        {
            var entry = archive.CreateEntry($"{runId}/{name}", CompressionLevel.Optimal);
            // Of the run and not of the export, and in no zone of a machine.
            entry.LastWriteTime = new DateTimeOffset((time > _first ? time : _first).UtcDateTime, TimeSpan.Zero);
            using var to = entry.Open();
            using var from = File.OpenRead(Path.Combine(folder.Root, name));
            from.CopyTo(to);
        }
    });
}
