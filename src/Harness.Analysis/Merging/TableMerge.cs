using System.Text;

namespace Harness.Analysis.Merging;

/// <summary>Writes one table of many: records are copied as they are, under another run's id.</summary>
internal sealed class TableMerge : IDisposable
{
    private readonly FileStream _target;
    private readonly RecordCopy _sources;
    private readonly byte[] _runId;

    /// <summary>Begins the table with its header.</summary>
    /// <param name="path">A new file.</param>
    /// <param name="columns">Its columns; the first is the run's id.</param>
    /// <param name="runId">The id of the run that it belongs to.</param>
    /// <param name="sources">Tables of the same columns.</param>
    internal TableMerge(string path, ImmutableArray<string> columns, string runId, ImmutableArray<string> sources)
    {
        (_sources, _runId) = (new RecordCopy(sources), Encoding.UTF8.GetBytes(runId));
        _target = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read, 1 << 20);
        _target.Write(Encoding.UTF8.GetBytes(string.Join(',', columns) + "\n"));
    }

    /// <summary>Copies records of one of the sources.</summary>
    internal void Copy(int source, long start, long length) => _sources.Copy(source, start, start + length, _target, _runId);

    /// <inheritdoc/>
    public void Dispose()
    {
        _sources.Dispose();
        _target.Dispose();
    }
}
