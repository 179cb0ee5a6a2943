using System.Security.Cryptography;

namespace Harness.Analysis.Merging;

/// <summary>Copies records of tables as they are, under another run's id.</summary>
/// <param name="paths">Tables of the same columns, the first of which is the run's id.</param>
internal sealed class RecordCopy(ImmutableArray<string> paths) : IDisposable
{
    private readonly FileStream?[] _sources = new FileStream?[paths.Length];
    private readonly byte[] _piece = new byte[1 << 16];

    /// <summary>Copies records of one of the tables.</summary>
    internal void Copy(int source, long start, long end, Stream target, ReadOnlySpan<byte> runId)
    {
        if (start == end)
            return;
        var file = _sources[source] ??= new FileStream(paths[source], FileMode.Open, FileAccess.Read, FileShare.ReadWrite, 1 << 14, FileOptions.RandomAccess);
        if (file.Position != start)
            file.Position = start;
        var (quoted, isId) = (false, true);
        for (var left = end - start; left > 0;)
        {
            var read = file.Read(_piece, 0, (int)Math.Min(left, _piece.Length));
            if (read == 0)
                throw new EndOfStreamException(paths[source]);
            left -= read;
            Rename(_piece.AsSpan(0, read), target, runId, ref quoted, ref isId);
        }
    }

    // Every record begins with the id of the run that it came from.
    private static void Rename(ReadOnlySpan<byte> bytes, Stream target, ReadOnlySpan<byte> runId, ref bool quoted, ref bool isId)
    {
        var from = 0;
        for (var i = 0; i < bytes.Length; i++)
        {
            var value = bytes[i];
            if (isId)
            {
                if (value == (byte)',')
                {
                    target.Write(runId);
                    (isId, from) = (false, i);
                }
            }
            else if (value == (byte)'"')
            {
                quoted = !quoted;
            }
            else if (value == (byte)'\n' && !quoted)
            {
                target.Write(bytes[from..(i + 1)]);
                isId = true;
            }
        }

        if (!isId)
            target.Write(bytes[from..]);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var source in _sources)
            source?.Dispose();
    }
}

/// <summary>What rows say, whichever run's they are.</summary>
/// <param name="parts">The runs.</param>
internal sealed class RowContent(ImmutableArray<MergePart> parts) : IDisposable
{
    private readonly RecordCopy _trials = new([.. parts.Select(part => part.Folder.TrialsCsv)]);
    private readonly RecordCopy _observations = new([.. parts.Select(part => part.Folder.ObservationsCsv)]);
    private readonly MemoryStream _bytes = new();

    /// <summary>A hash over trials and their readings.</summary>
    internal UInt128 Of(IEnumerable<MergedRow> rows)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var row in rows)
        {
            _bytes.SetLength(0);
            _trials.Copy(row.Part, row.Start, row.Start + row.Length, _bytes, []);
            _observations.Copy(row.Part, row.Readings, row.Readings + row.ReadingsLength, _bytes, []);
            hash.AppendData(_bytes.GetBuffer().AsSpan(0, (int)_bytes.Length));
        }

        return System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(hash.GetHashAndReset());
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _trials.Dispose();
        _observations.Dispose();
        _bytes.Dispose();
    }
}
