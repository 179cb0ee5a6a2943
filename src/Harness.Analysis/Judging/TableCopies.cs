using Harness.Core;
using Harness.Core.Journaling;

namespace Harness.Analysis.Judging;

/// <summary>
/// Copies of a run's tables, for SQL that is not trusted with the run: a path that DuckDB may read it may also write, so that <c>COPY … TO</c>
/// would replace the readings that are to be judged. What memory does not hold goes to a folder beside them. They go with their owner.
/// </summary>
internal sealed class TableCopies : IDisposable
{
    private readonly ScratchFolder _scratch = ScratchFolder.Create("judge");
    private readonly RunFolder _folder;
    private readonly RunFolder _copies;

    /// <summary>Copies them.</summary>
    /// <exception cref="HarnessException">One cannot be read, or is a link.</exception>
    internal TableCopies(RunFolder folder)
    {
        _folder = folder;
        _copies = new RunFolder(Directory.CreateDirectory(Path.Combine(_scratch.Path, "copies")).FullName);
        try
        {
            Copy();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The folder that they stand in as in the run's.</summary>
    internal string Root => _copies.Root;

    /// <summary>Where what memory does not hold may go.</summary>
    internal string Spilled => Path.Combine(Root, "spilled");

    /// <summary>What SQL may read. The patterns too: without them DuckDB may not look which files there are.</summary>
    internal IEnumerable<string> Readable =>
        Directory.EnumerateFiles(Root, "*", SearchOption.AllDirectories)
            .Concat([Path.Combine(_copies.Filesystems, FilesystemTable.Files), Path.Combine(_copies.KernelOptions, KernelOptionTable.Files)])
            .Order(StringComparer.Ordinal);

    /// <inheritdoc/>
    public void Dispose() => _scratch.Dispose();

    /// <summary>A run's tables: what its SQL reads.</summary>
    internal static IEnumerable<string> Tables(RunFolder folder) =>
    [
        folder.TrialsCsv, folder.ObservationsCsv, .. folder.DefinitionsCsv.Where(File.Exists),
        .. Files(folder.Filesystems, FilesystemTable.Files), .. Files(folder.KernelOptions, KernelOptionTable.Files),
    ];

    private void Copy()
    {
        Directory.CreateDirectory(_copies.Definitions);
        // A run from before such a table: nothing is known but names, and its SQL asks for no more.
        foreach (var (name, columns) in DefinitionTables.All)
        {
            File.WriteAllText(Path.Combine(_copies.Definitions, name), string.Join(',', columns) + "\n");
        }

        foreach (var path in Tables(_folder))
        {
            PlainFolder.RequireFile(_folder.Root, path);
            try
            {
                var copy = Path.Combine(Root, Path.GetRelativePath(_folder.Root, path));
                Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
                File.Copy(path, copy, overwrite: true);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new HarnessException($"{path}: cannot be read; the run's folder is incomplete ({e.Message})", e);
            }
        }
    }

    private static string[] Files(string folder, string pattern) => Directory.Exists(folder) ? Directory.GetFiles(folder, pattern) : [];
}
