using CsvHelper;

namespace Harness.Core.Journaling;

/// <summary>Brings the tables of an interrupted run back to what was committed: torn lines and readings without their trial's row are cut.</summary>
public static class JournalRepair
{
    /// <summary>Mends both tables and answers the ids of the committed trials.</summary>
    public static ImmutableHashSet<string> Mend(RunFolder folder)
    {
        CutTornTail(folder.TrialsCsv);
        CutTornTail(folder.ObservationsCsv);
        var committed = CommittedTrials(folder);
        CutOrphans(folder.ObservationsCsv, committed);
        return committed;
    }

    /// <summary>The ids in <c>trials.csv</c>; none where the file is missing.</summary>
    public static ImmutableHashSet<string> CommittedTrials(RunFolder folder)
    {
        if (!File.Exists(folder.TrialsCsv))
        {
            return [];
        }

        using var reader = CsvReader.FromFile(folder.TrialsCsv, Csv.ReaderOptions);
        var ids = ImmutableHashSet.CreateBuilder<string>(StringComparer.Ordinal);
        while (reader.Read())
        {
            ids.Add(reader.GetString("trial_id"));
        }

        return ids.ToImmutable();
    }

    /// <summary>The length of the longest prefix that ends with a whole record: a line feed outside quotes.</summary>
    public static int WholeRecords(ReadOnlySpan<byte> csv)
    {
        var quoted = false;
        var end = 0;
        for (var i = 0; i < csv.Length; i++)
        {
            if (csv[i] == (byte)'"')
            {
                quoted = !quoted;
            }
            else if (csv[i] == (byte)'\n' && !quoted)
            {
                end = i + 1;
            }
        }

        return end;
    }

    private static void CutTornTail(string path)
    {
        if (!File.Exists(path))
        {
            return;
        }

        var bytes = File.ReadAllBytes(path);
        var whole = WholeRecords(bytes);
        if (whole < bytes.Length)
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Write);
            file.SetLength(whole);
        }
    }

    private static void CutOrphans(string path, ImmutableHashSet<string> committed)
    {
        if (!File.Exists(path) || new FileInfo(path).Length == 0)
        {
            return;
        }

        using var kept = new MemoryStream();
        var orphans = false;
        using (var reader = CsvReader.FromFile(path, Csv.ReaderOptions))
        {
            reader.ReadHeader();
            kept.Write(System.Text.Encoding.UTF8.GetBytes(string.Join(',', reader.Headers) + "\n"));
            while (reader.Read())
            {
                if (committed.Contains(reader.GetString("trial_id")))
                {
                    // Raw bytes: decoding and quoting again could change a reading.
                    kept.Write(reader.RawRecord);
                    kept.WriteByte((byte)'\n');
                }
                else
                {
                    orphans = true;
                }
            }
        }

        if (orphans)
        {
            AtomicFile.Write(path, kept.ToArray());
        }
    }
}
