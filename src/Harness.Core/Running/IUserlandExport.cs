using Harness.Core.Journaling;
using Harness.Core.Model;

namespace Harness.Core.Running;

/// <summary>A runtime that can list what a userland's image holds, without running anything of it.</summary>
public interface IUserlandExport
{
    /// <summary>
    /// Writes the <see cref="FilesystemTable"/> of a prepared cell's image, whole or not at all. What goes wrong is an answer;
    /// only cancellation throws.
    /// </summary>
    /// <param name="cell">A cell for which <see cref="IRuntime.PrepareAsync"/> answered that it is ready.</param>
    /// <param name="path">The file to write.</param>
    /// <param name="messages">Told what takes time.</param>
    /// <param name="cancellation">Ends the export and removes what it made.</param>
    /// <returns>Null where the table is there; else why not, one line.</returns>
    Task<string?> ExportAsync(Cell cell, string path, IProgress<string> messages, CancellationToken cancellation);
}
