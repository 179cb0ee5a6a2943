using Harness.Core;
using Harness.Core.Journaling;

namespace Harness.Reporting.Exporting;

/// <summary>Where the parts of an export go: one kind is the target itself, several lie in it under the run's id.</summary>
internal sealed class ExportPlaces(ExportRequest request, string runId)
{
    private readonly ImmutableArray<string>.Builder _written = ImmutableArray.CreateBuilder<string>();

    /// <summary>What was written, in order.</summary>
    internal ImmutableArray<string> Written => _written.ToImmutable();

    /// <summary>A kind's file or folder.</summary>
    internal string Of(ExportKind kind) => IsSingle ? request.Target : Path.Combine(request.Target, kind switch
    {
        ExportKind.Zip => runId + ".zip",
        ExportKind.Junit => runId + ".junit.xml",
        ExportKind.StepSummary => runId + ".summary.md",
        ExportKind.Markdown => runId + ".post.md",
        _ => runId,
    });

    /// <summary>Refuses to write over anything but a file.</summary>
    /// <exception cref="HarnessException">Something is there already.</exception>
    internal void Require()
    {
        foreach (var (kind, path) in request.Kinds.Select(kind => (kind, Of(kind))))
        {
            if (Directory.Exists(path) && (!IsFolderKind(kind) || Directory.EnumerateFileSystemEntries(path).Any()))
            {
                throw new HarnessException($"{path}: is a folder{(IsFolderKind(kind) ? " that holds something already" : "")}; remove it, or choose another --out");
            }

            if (File.Exists(path) && IsFolderKind(kind))
            {
                throw new HarnessException($"{path}: is a file, and the run's folder is to be written there; choose another --out");
            }
        }
    }

    /// <summary>Notes a file that another has written, and makes its folder.</summary>
    internal string Begin(ExportKind kind)
    {
        var path = Of(kind);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        _written.Add(path);
        return path;
    }

    /// <summary>Writes a text.</summary>
    internal void WriteFile(ExportKind kind, string text)
    {
        AtomicFile.Write(Begin(kind), text);
    }

    /// <summary>The folder beside a text that gets its pictures: of its own, since another post may lie there.</summary>
    internal string PicturesOf(ExportKind kind) => Path.GetFileNameWithoutExtension(Of(kind)) + ".figures";

    /// <summary>Copies the pictures that a text links beside it.</summary>
    internal void CopyPictures(ExportKind kind, RunFolder stage, IEnumerable<string> names)
    {
        if (request.Pictures is not null)
        {
            return;
        }

        foreach (var name in names)
        {
            var to = Path.Combine(Path.GetDirectoryName(Of(kind))!, PicturesOf(kind), name);
            Directory.CreateDirectory(Path.GetDirectoryName(to)!);
            File.Copy(Path.Combine(stage.Figures, name), to, overwrite: true);
        }
    }

    /// <summary>Copies the run's folder.</summary>
    internal void CopyFolder(ExportKind kind, RunFolder stage)
    {
        var path = Of(kind);
        foreach (var file in Directory.EnumerateFiles(stage.Root, "*", SearchOption.AllDirectories))
        {
            var to = Path.Combine(path, Path.GetRelativePath(stage.Root, file));
            Directory.CreateDirectory(Path.GetDirectoryName(to)!);
            File.Copy(file, to);
        }

        _written.Add(path);
    }

    // Several kinds that are all the run's folder are one folder.
    private bool IsSingle => request.Kinds.Count(kind => !IsFolderKind(kind)) + (request.Kinds.Any(IsFolderKind) ? 1 : 0) == 1;

    private static bool IsFolderKind(ExportKind kind) => kind is ExportKind.Folder or ExportKind.DataPackage or ExportKind.RoCrate;
}
