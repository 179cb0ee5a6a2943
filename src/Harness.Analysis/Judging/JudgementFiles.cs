using System.Globalization;
using CsvHelper;
using Harness.Core.Journaling;

namespace Harness.Analysis.Judging;

/// <summary>Writes <c>verdicts.csv</c> and <c>evidence/&lt;claim&gt;.csv</c>, byte for byte the same for the same judgement.</summary>
public static class JudgementFiles
{
    /// <summary>Writes all files into <paramref name="folder"/>, which holds none yet.</summary>
    public static void Write(Judgement judgement, RunFolder folder)
    {
        Write(folder.VerdictsCsv, Csv.VerdictColumns, judgement.Verdicts.Select(row => ImmutableArray.Create<string?>(
            row.RunId, row.Experiment, row.Claim, row.Scope, row.Verdict, row.Basis, row.Summary, row.Trials.ToString(CultureInfo.InvariantCulture))));
        Directory.CreateDirectory(folder.Evidence);
        foreach (var claim in judgement.Verdicts.Select(row => row.Claim).Distinct(StringComparer.Ordinal))
        {
            var (columns, rows) = Evidence(judgement, claim);
            Write(Path.Combine(folder.Evidence, claim + ".csv"), columns, rows);
        }
    }

    // Experiments that judge one claim may give different columns: the file has all of them, in the order in which they first appear.
    private static (ImmutableArray<string> Columns, IEnumerable<ImmutableArray<string?>> Rows) Evidence(Judgement judgement, string claim)
    {
        var behind = judgement.Evidence.Where(evidence => Rows(evidence).Any()).ToImmutableArray();
        var columns = behind.SelectMany(evidence => evidence.Rows.Columns).Distinct(StringComparer.Ordinal).ToImmutableArray();
        if (columns.Length == 0)
        {
            columns = ["claim", "scope", "trial_id"];
        }

        return (["experiment", .. columns], behind.SelectMany(evidence => Rows(evidence).Select(row => Row(evidence, row))));

        IEnumerable<ImmutableArray<string?>> Rows(Evidence evidence) =>
            evidence.Rows.Rows.Where(row => row[evidence.Rows.IndexOf("claim")] == claim);

        ImmutableArray<string?> Row(Evidence evidence, ImmutableArray<string?> row) =>
            [evidence.Experiment, .. columns.Select(column => evidence.Rows.IndexOf(column) is var i and >= 0 ? row[i] : null)];
    }

    private static void Write(string path, ImmutableArray<string> columns, IEnumerable<ImmutableArray<string?>> rows)
    {
        using var writer = CsvWriter.ToFile(path, Csv.WriterOptions);
        writer.WriteHeader(columns.AsSpan());
        foreach (var row in rows)
        {
            foreach (var value in row)
            {
                writer.WriteField(value);
            }

            writer.EndRecord();
        }
    }
}
