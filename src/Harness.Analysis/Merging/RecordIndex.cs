using Harness.Analysis.Tables;
using Harness.Core;

namespace Harness.Analysis.Merging;

/// <summary>Where the records of one trial lie in a table: bytes from <paramref name="Start"/> up to <paramref name="End"/>.</summary>
/// <param name="Trial">The trial's id as a number.</param>
/// <param name="Start">Of the first one.</param>
/// <param name="End">After the line feed of the last one.</param>
internal readonly record struct RecordsAt(ulong Trial, long Start, long End);

/// <summary>Finds the records of <c>trials.csv</c> and <c>observations.csv</c> without reading what they hold: what is merged is copied byte for byte.</summary>
internal static class RecordIndex
{
    private const int Piece = 1 << 20;
    private const int IdLength = 16;

    /// <summary>The records of each trial, in order; the header belongs to none.</summary>
    /// <exception cref="HarnessException">The file is not such a table, or the records of a trial are not together.</exception>
    internal static IEnumerable<RecordsAt> Of(string path)
    {
        var seen = new HashSet<ulong>();
        RecordsAt? open = null;
        foreach (var record in Records(path))
        {
            if (open is { } one && one.Trial == record.Trial)
            {
                open = one with { End = record.End };
                continue;
            }

            if (!seen.Add(record.Trial))
                throw new HarnessException($"{path}: the rows of trial {record.Trial:x16} are not together: get the run again from where it came");
            if (open is { } whole)
                yield return whole;
            open = record;
        }

        if (open is { } last)
            yield return last;
    }

    // The first two fields, the run's id and the trial's, are never quoted.
    private static IEnumerable<RecordsAt> Records(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 1, FileOptions.SequentialScan);
        var piece = new byte[Piece];
        var id = new byte[IdLength + 1];
        var (isHeader, quoted, field, length) = (true, false, 0, 0);
        var (start, at) = (0L, 0L);
        for (var read = file.Read(piece); read > 0; read = file.Read(piece))
        {
            for (var i = 0; i < read; i++, at++)
            {
                switch (piece[i])
                {
                    case (byte)'"':
                        quoted = !quoted;
                        break;
                    case (byte)',' when !quoted && field < 2:
                        field++;
                        break;
                    case (byte)'\n' when !quoted:
                        if (!isHeader)
                            yield return new RecordsAt(Named(path, id.AsSpan(0, length)), start, at + 1);
                        (isHeader, field, length, start) = (false, 0, 0, at + 1);
                        break;
                    case var digit when field == 1 && length < id.Length:
                        id[length++] = digit;
                        break;
                }
            }
        }
    }

    private static ulong Named(string path, ReadOnlySpan<byte> hex) =>
        TrialNumber.TryParse(hex, out var trial) ? trial : throw new HarnessException($"{path}: a trial's id has 16 hex digits");
}
