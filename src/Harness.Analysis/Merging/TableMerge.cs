using System.Text;

namespace Harness.Analysis.Merging;

/// <summary>Writes one table of many: records are copied as they are, under another run's id.</summary>
internal sealed class TableMerge : IDisposable
{
    private readonly FileStream _target;
    private readonly FileStream?[] _sources;
    private readonly ImmutableArray<string> _paths;
    private readonly byte[] _runId;
    private readonly byte[] _piece = new byte[1 << 16];

    /// <summary>Begins the table with its header.</summary>
    /// <param name="path">A new file.</param>
    /// <param name="columns">Its columns; the first is the run's id.</param>
    /// <param name="runId">The id of the run that it belongs to.</param>
    /// <param name="sources">Tables of the same columns.</param>
    internal TableMerge(string path, ImmutableArray<string> columns, string runId, ImmutableArray<string> sources)
    {
        (_paths, _sources, _runId) = (sources, new FileStream?[sources.Length], Encoding.UTF8.GetBytes(runId));
        _target = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read, 1 << 20);
        _target.Write(Encoding.UTF8.GetBytes(string.Join(',', columns) + "\n"));
    }

    /// <summary>Copies records of one of the sources.</summary>
    internal void Copy(int source, RecordsAt records)
    {
        var file = _sources[source] ??= new FileStream(_paths[source], FileMode.Open, FileAccess.Read, FileShare.ReadWrite, 1 << 14, FileOptions.RandomAccess);
        if (file.Position != records.Start)
            file.Position = records.Start;
        var (quoted, isId) = (false, true);
        for (var left = records.End - records.Start; left > 0;)
        {
            var read = file.Read(_piece, 0, (int)Math.Min(left, _piece.Length));
            if (read == 0)
                throw new EndOfStreamException(_paths[source]);
            left -= read;
            Rename(_piece.AsSpan(0, read), ref quoted, ref isId);
        }
    }

    // Every record begins with the id of the run that it came from.
    private void Rename(ReadOnlySpan<byte> bytes, ref bool quoted, ref bool isId)
    {
        var from = 0;
        for (var i = 0; i < bytes.Length; i++)
        {
            var value = bytes[i];
            if (isId)
            {
                if (value == (byte)',')
                {
                    _target.Write(_runId);
                    (isId, from) = (false, i);
                }
            }
            else if (value == (byte)'"')
            {
                quoted = !quoted;
            }
            else if (value == (byte)'\n' && !quoted)
            {
                _target.Write(bytes[from..(i + 1)]);
                isId = true;
            }
        }

        if (!isId)
            _target.Write(bytes[from..]);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var source in _sources)
            source?.Dispose();
        _target.Dispose();
    }
}
