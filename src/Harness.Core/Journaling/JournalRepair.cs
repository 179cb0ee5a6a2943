using CsvHelper;
using Harness.Core.Model;

namespace Harness.Core.Journaling;

/// <summary>
/// Brings the tables of an interrupted run back to what was committed: torn lines and readings without their trial's row are cut. Rows that only say
/// that a registry could not give an image are taken back, too, so that their trials are run: they hold no reading that could be lost.
/// </summary>
public static class JournalRepair
{
    private const int Piece = 1 << 16;

    /// <summary>Mends both tables and answers the ids of the committed trials.</summary>
    public static ImmutableHashSet<string> Mend(RunFolder folder)
    {
        CutTornTail(folder.TrialsCsv);
        CutTornTail(folder.ObservationsCsv);
        TakeBackPending(folder.TrialsCsv);
        var committed = CommittedTrials(folder);
        CutOrphans(folder.ObservationsCsv, committed);
        return committed;
    }

    /// <summary>The ids in <c>trials.csv</c>; none where the file is missing.</summary>
    public static ImmutableHashSet<string> CommittedTrials(RunFolder folder) => Trials(folder, (_, _) => true);

    /// <summary>The same without those that wait for a registry's limit to end: a run that has such is not finished.</summary>
    public static ImmutableHashSet<string> SettledTrials(RunFolder folder) =>
        Trials(folder, (outcome, detail) => !(RegistryWait.IsPending(outcome, detail) && RegistryWait.IsLimit(detail)));

    private static ImmutableHashSet<string> Trials(RunFolder folder, Func<string, string, bool> counts)
    {
        if (!File.Exists(folder.TrialsCsv))
        {
            return [];
        }

        using var reader = CsvReader.FromFile(folder.TrialsCsv, Csv.ReaderOptions);
        var ids = ImmutableHashSet.CreateBuilder<string>(StringComparer.Ordinal);
        while (reader.Read())
        {
            if (counts(reader.GetString("outcome"), reader.GetString("detail")))
            {
                ids.Add(reader.GetString("trial_id"));
            }
        }

        return ids.ToImmutable();
    }

    /// <summary>The length of the longest prefix that ends with a whole record: a line feed outside quotes.</summary>
    public static long WholeRecords(ReadOnlySpan<byte> csv)
    {
        var (quoted, end) = (false, 0L);
        Scan(csv, 0, ref quoted, ref end);
        return end;
    }

    /// <summary>The same of a stream, read piece by piece: readings may be more than memory holds.</summary>
    public static long WholeRecords(Stream csv)
    {
        var piece = new byte[Piece];
        var (quoted, end, before) = (false, 0L, 0L);
        for (int read; (read = csv.Read(piece)) > 0; before += read)
        {
            Scan(piece.AsSpan(0, read), before, ref quoted, ref end);
        }

        return end;
    }

    private static void Scan(ReadOnlySpan<byte> csv, long before, ref bool quoted, ref long end)
    {
        for (var i = 0; i < csv.Length; i++)
        {
            if (csv[i] == (byte)'"')
            {
                quoted = !quoted;
            }
            else if (csv[i] == (byte)'\n' && !quoted)
            {
                end = before + i + 1;
            }
        }
    }

    private static void CutTornTail(string path)
    {
        if (!File.Exists(path))
        {
            return;
        }

        using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
        var whole = WholeRecords(file);
        if (whole < file.Length)
        {
            file.SetLength(whole);
        }
    }

    private static void CutOrphans(string path, ImmutableHashSet<string> committed)
    {
        // Looked for first: a table without any, the usual case, need not be written again.
        if (!File.Exists(path) || new FileInfo(path).Length == 0 || !Any(path, reader => !committed.Contains(reader.GetString("trial_id"))))
        {
            return;
        }

        Keep(path, reader => committed.Contains(reader.GetString("trial_id")));
    }

    private static void TakeBackPending(string path)
    {
        if (File.Exists(path) && new FileInfo(path).Length > 0 && Any(path, IsPending))
        {
            Keep(path, reader => !IsPending(reader));
        }
    }

    private static bool IsPending(CsvReader reader) => RegistryWait.IsPending(reader.GetString("outcome"), reader.GetString("detail"));

    private static void Keep(string path, Func<CsvReader, bool> isKept) => AtomicFile.Write(path, kept =>
    {
        using var reader = CsvReader.FromFile(path, Csv.ReaderOptions);
        reader.ReadHeader();
        kept.Write(System.Text.Encoding.UTF8.GetBytes(string.Join(',', reader.Headers) + "\n"));
        while (reader.Read())
        {
            if (isKept(reader))
            {
                // Raw bytes: decoding and quoting again could change a reading.
                kept.Write(reader.RawRecord);
                kept.WriteByte((byte)'\n');
            }
        }
    });

    private static bool Any(string path, Func<CsvReader, bool> condition)
    {
        using var reader = CsvReader.FromFile(path, Csv.ReaderOptions);
        while (reader.Read())
        {
            if (condition(reader))
            {
                return true;
            }
        }

        return false;
    }
}
