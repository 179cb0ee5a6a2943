using System.Globalization;
using System.Text.RegularExpressions;
using Harness.Analysis.Tables;
using Harness.Core;
using Harness.Core.Journaling;

namespace Harness.Analysis.Judging;

/// <summary>Asks an experiment's <c>verdict.sql</c> for its verdicts and the rows behind them, and holds it to what a verdict is.</summary>
public static partial class VerdictEngine
{
    private const string HeadlineColumn = "headline";

    private static readonly ImmutableArray<string> _verdictColumns = ["claim", "scope", "verdict", "basis", "summary", "trials"];

    /// <summary>The columns that every row of evidence has.</summary>
    public static ImmutableArray<string> EvidenceColumns { get; } = ["claim", "scope", "trial_id"];

    /// <summary>The rows of the view <c>verdict</c>, by claim and scope.</summary>
    /// <param name="database">With the experiment's views.</param>
    /// <param name="runId">The run, as its plan names it.</param>
    /// <param name="experiment">The experiment's id.</param>
    /// <exception cref="HarnessException">The view is wrong.</exception>
    public static ImmutableArray<VerdictRow> ReadVerdicts(RunDatabase database, string runId, string experiment)
    {
        var table = database.Query("SELECT * FROM verdict ORDER BY ALL", Source(experiment));
        Require(table.Columns, _verdictColumns, "verdict", experiment, database);
        return [.. table.Rows.Select(row => Verdict(runId, experiment, table, row, database))];
    }

    /// <summary>Hands on the rows of the view <c>evidence</c>, sorted by all columns from the first.</summary>
    /// <param name="database">With the experiment's views.</param>
    /// <param name="experiment">The experiment's id.</param>
    /// <param name="begin">Of the columns, what takes the rows.</param>
    /// <exception cref="HarnessException">The view is wrong.</exception>
    public static void ReadEvidence(RunDatabase database, string experiment, Func<ImmutableArray<string>, Action<ImmutableArray<string?>>> begin) =>
        database.Read("SELECT * FROM evidence ORDER BY ALL", Source(experiment), columns =>
        {
            Require(columns, EvidenceColumns, "evidence", experiment, database);
            return begin(columns);
        });

    /// <summary>
    /// Writes <c>verdicts.csv</c>, which is not there yet. A run whose SQL knows no headlines gets the file that it always had.
    /// </summary>
    public static void Write(IReadOnlyCollection<VerdictRow> verdicts, RunFolder target)
    {
        var hasHeadlines = verdicts.Count == 0 || verdicts.Any(row => row.Headline.Length > 0);
        CsvFile.Write(target.VerdictsCsv, hasHeadlines ? Csv.VerdictColumns : Csv.VerdictColumnsBeforeHeadlines, verdicts.Select(row => (ImmutableArray<string?>)
        [
            row.RunId, row.Experiment, row.Claim, row.Scope, row.Verdict, row.Basis, .. hasHeadlines ? [row.Headline] : Array.Empty<string>(), row.Summary,
            row.Trials.ToString(CultureInfo.InvariantCulture),
        ]));
    }

    /// <summary>The rows of a run's <c>verdicts.csv</c>, with or without headlines, in its order.</summary>
    /// <exception cref="HarnessException">It is not there, or wrong.</exception>
    public static ImmutableArray<VerdictRow> ReadFile(RunFolder folder)
    {
        if (!File.Exists(folder.VerdictsCsv))
        {
            throw new HarnessException($"{folder.VerdictsCsv}: is missing; 'harness report {folder.RunId}' makes it");
        }

        return RunTables.Read(
            folder.VerdictsCsv, Csv.VerdictColumnsBeforeHeadlines,
            reader => new VerdictRow(
                reader.GetString("run_id"), reader.GetString("experiment"), reader.GetString("claim"), reader.GetString("scope"), reader.GetString("verdict"),
                reader.GetString("basis"), reader.Headers!.Contains(HeadlineColumn) ? reader.GetString(HeadlineColumn) : "", reader.GetString("summary"),
                long.Parse(reader.GetString("trials"), NumberStyles.None, CultureInfo.InvariantCulture)),
            andOthers: true);
    }

    internal static string Source(string experiment) => $"definitions/{experiment}/verdict.sql";

    internal static void Require(ImmutableArray<string> there, ImmutableArray<string> columns, string view, string experiment, RunDatabase database)
    {
        if (columns.Where(column => !there.Contains(column, StringComparer.OrdinalIgnoreCase)).ToList() is [_, ..] missing)
        {
            throw new HarnessException($"{Path.Combine(database.Folder.Definitions, experiment, "verdict.sql")}: the view {view} lacks {string.Join(", ", missing)}");
        }
    }

    private static VerdictRow Verdict(string runId, string experiment, Table table, ImmutableArray<string?> row, RunDatabase database)
    {
        var verdict = new VerdictRow(
            runId, experiment, Value("claim"), Value("scope"), Value("verdict"), Value("basis"), Headline(), Value("summary"),
            long.TryParse(Value("trials"), NumberStyles.None, CultureInfo.InvariantCulture, out var trials) ? trials : throw Wrong($"'{Value("trials")}' is not a number of trials"));
        if (!IsId(verdict.Claim))
        {
            throw Wrong($"'{verdict.Claim}' is not a claim's id: letters, digits and '-', at most 32");
        }

        return Verdicts.All.Contains(verdict.Verdict) && Verdicts.Bases.Contains(verdict.Basis)
            ? verdict
            : throw Wrong($"'{verdict.Verdict}' on the basis '{verdict.Basis}' is not a verdict; choose one of: {string.Join(", ", Verdicts.All)} on {string.Join(", ", Verdicts.Bases)}");

        string Value(string column) => row[table.IndexOf(column)] ?? throw Wrong($"column {column} of a verdict is NULL");

        // Runs are judged by their own SQL, and that of older ones has no such column.
        string Headline()
        {
            if (table.IndexOf(HeadlineColumn) < 0)
            {
                return "";
            }

            var text = Value(HeadlineColumn);
            var length = text.EnumerateRunes().Count();
            return length == 0 ? throw Wrong($"the headline of {Value("claim")} is empty")
                : text.Any(char.IsControl) ? throw Wrong($"the headline of {Value("claim")} is more than one line: '{text.ReplaceLineEndings(" ")}'")
                : length <= Verdicts.HeadlineLength ? text
                : throw Wrong(string.Create(CultureInfo.InvariantCulture, $"the headline of {Value("claim")} has {length} characters, more than {Verdicts.HeadlineLength}: '{text}'"));
        }

        HarnessException Wrong(string what) => new($"{Path.Combine(database.Folder.Definitions, experiment, "verdict.sql")}: {what}");
    }

    /// <summary>Whether it can be a claim's id or a check's name: it becomes a file's name, and the SQL may be anybody's.</summary>
    internal static bool IsId(string text) => ClaimPattern().IsMatch(text);

    [GeneratedRegex("^[A-Za-z0-9][A-Za-z0-9-]{0,31}\\z")]
    private static partial Regex ClaimPattern();
}
