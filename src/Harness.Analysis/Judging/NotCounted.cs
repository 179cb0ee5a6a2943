using System.Globalization;
using Harness.Analysis.Tables;
using Harness.Core;
using Harness.Core.Journaling;

namespace Harness.Analysis.Judging;

/// <summary>
/// One row of <c>not_counted.csv</c>: trials that were measured and say nothing of a claim, for one reason. What was not measured is in
/// <see cref="Coverage.Gaps"/>; no sentence of a verdict repeats either.
/// </summary>
/// <param name="RunId">The run, as its plan names it.</param>
/// <param name="Experiment">The experiment whose SQL says so.</param>
/// <param name="Claims">The claims, or checks of the method, joined by <c>, </c>.</param>
/// <param name="Reason">Why.</param>
/// <param name="Remedy">What would make them count; empty where nothing would.</param>
/// <param name="Trials">How many trials.</param>
/// <param name="Names">What they are trials of: at most three names.</param>
/// <param name="Things">How many such things there are altogether.</param>
public sealed record NotCounted(string RunId, string Experiment, string Claims, string Reason, string Remedy, long Trials, ImmutableArray<string> Names, long Things)
{
    private const string Separator = "\u001f";

    private static readonly ImmutableArray<string> _columns = ["claim", "reason", "remedy", "what", "trial_id"];

    /// <summary>The names, and how many more there are.</summary>
    public string Named => string.Join(", ", Names) + (Things > Names.Length ? string.Create(CultureInfo.InvariantCulture, $" and {Things - Names.Length} more") : "");

    /// <summary>The rows of the view <c>not_counted</c>, one a reason, the most trials first; null where the experiment's SQL defines no such view.</summary>
    /// <param name="database">With the experiment's views.</param>
    /// <param name="runId">The run, as its plan names it.</param>
    /// <param name="experiment">The experiment's id.</param>
    /// <exception cref="HarnessException">The view is wrong.</exception>
    public static ImmutableArray<NotCounted>? Read(RunDatabase database, string runId, string experiment)
    {
        var source = VerdictEngine.Source(experiment);
        var columns = database.Query("SELECT column_name FROM information_schema.columns WHERE table_name = 'not_counted'", source);
        if (columns.Rows.IsEmpty)
        {
            return null;
        }

        VerdictEngine.Require([.. columns.Rows.Select(row => row[0] ?? "")], _columns, "not_counted", experiment, database);
        var table = database.Query(
            """
            SELECT
              array_to_string(list_sort(list(DISTINCT claim)), ', ') AS claims, reason, remedy, count(DISTINCT trial_id) AS trials,
              array_to_string(list_sort(list(DISTINCT what))[:3], chr(31)) AS names, count(DISTINCT what) AS things
            FROM (SELECT claim, coalesce(reason, '') AS reason, coalesce(remedy, '') AS remedy, coalesce(what, '') AS what, trial_id FROM not_counted)
            GROUP BY reason, remedy
            ORDER BY trials DESC, reason, remedy
            """,
            source);
        return
        [
            .. table.Rows.Select(row => new NotCounted(
                runId, experiment, row[0] ?? "", row[1] ?? "", row[2] ?? "", long.Parse(row[3]!, CultureInfo.InvariantCulture),
                [.. (row[4] ?? "").Split(Separator)], long.Parse(row[5]!, CultureInfo.InvariantCulture))),
        ];
    }

    /// <summary>The rows of a run's <c>not_counted.csv</c>; none where there is no such file.</summary>
    /// <exception cref="HarnessException">It is wrong.</exception>
    public static ImmutableArray<NotCounted> ReadFile(RunFolder folder) => !File.Exists(folder.NotCountedCsv) ? [] : RunTables.Read(
        folder.NotCountedCsv, Csv.NotCountedColumns,
        reader => new NotCounted(
            reader.GetString("run_id"), reader.GetString("experiment"), reader.GetString("claims"), reader.GetString("reason"), reader.GetString("remedy"),
            long.Parse(reader.GetString("trials"), CultureInfo.InvariantCulture), [reader.GetString("what")], 1));

    /// <summary>Writes <c>not_counted.csv</c>, which is not there yet.</summary>
    public static void Write(IEnumerable<NotCounted> rows, RunFolder target) =>
        CsvFile.Write(target.NotCountedCsv, Csv.NotCountedColumns, rows.Select(row => ImmutableArray.Create<string?>(
            row.RunId, row.Experiment, row.Claims, row.Reason, row.Remedy, row.Trials.ToString(CultureInfo.InvariantCulture), row.Named)));
}
