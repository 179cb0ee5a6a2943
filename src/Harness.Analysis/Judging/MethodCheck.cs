using System.Globalization;
using Harness.Analysis.Tables;
using Harness.Core;
using Harness.Core.Journaling;

namespace Harness.Analysis.Judging;

/// <summary>
/// One row of <c>checks.csv</c>: whether the experiment's method can be trusted where it was looked at. It says nothing of a claim.
/// The rows behind it are in <c>evidence/&lt;name&gt;.csv</c>.
/// </summary>
/// <param name="RunId">The run, as its plan names it.</param>
/// <param name="Experiment">The experiment whose SQL checked.</param>
/// <param name="Name">The check's id, unique within the run.</param>
/// <param name="Holds">One of <see cref="Answers"/>.</param>
/// <param name="Summary">What was compared, and what did not agree.</param>
/// <param name="Trials">How many trials were looked at.</param>
public sealed record MethodCheck(string RunId, string Experiment, string Name, string Holds, string Summary, long Trials)
{
    /// <summary>What was looked at agrees.</summary>
    public const string Yes = "yes";

    /// <summary>Something does not agree.</summary>
    public const string No = "no";

    /// <summary>Nothing could be looked at; the summary names the remedy.</summary>
    public const string NotChecked = "not checked";

    /// <summary>What a check can come to.</summary>
    public static ImmutableArray<string> Answers { get; } = [Yes, No, NotChecked];

    private static readonly ImmutableArray<string> _columns = ["name", "holds", "summary", "trials"];

    /// <summary>The rows of the view <c>method_check</c>, by name; none where the experiment's SQL defines no such view.</summary>
    /// <param name="database">With the experiment's views.</param>
    /// <param name="runId">The run, as its plan names it.</param>
    /// <param name="experiment">The experiment's id.</param>
    /// <exception cref="HarnessException">The view is wrong.</exception>
    public static ImmutableArray<MethodCheck> Read(RunDatabase database, string runId, string experiment)
    {
        var source = VerdictEngine.Source(experiment);
        if (database.Query("SELECT 1 FROM information_schema.tables WHERE table_name = 'method_check'", source).Rows.IsEmpty)
        {
            return [];
        }

        var table = database.Query("SELECT * FROM method_check ORDER BY ALL", source);
        VerdictEngine.Require(table.Columns, _columns, "method_check", experiment, database);
        return [.. table.Rows.Select(row => Check(row))];

        MethodCheck Check(ImmutableArray<string?> row)
        {
            var check = new MethodCheck(runId, experiment, Value("name"), Value("holds"), Value("summary"), long.Parse(Value("trials"), CultureInfo.InvariantCulture));
            return !VerdictEngine.IsId(check.Name) ? throw Wrong($"'{check.Name}' is not a valid name of a check: letters, digits and '-', at most 32")
                : Answers.Contains(check.Holds) ? check
                : throw Wrong($"a check holds '{check.Holds}'; it can be {string.Join(", ", Answers)}");

            string Value(string column) => row[table.IndexOf(column)] ?? throw Wrong($"column {column} of a check is NULL");
        }

        HarnessException Wrong(string what) => new($"{Path.Combine(database.Folder.Definitions, experiment, "verdict.sql")}: {what}");
    }

    /// <summary>Writes <c>checks.csv</c>, which is not there yet.</summary>
    public static void Write(IEnumerable<MethodCheck> checks, RunFolder target) =>
        CsvFile.Write(target.ChecksCsv, Csv.CheckColumns, checks.Select(row => ImmutableArray.Create<string?>(
            row.RunId, row.Experiment, row.Name, row.Holds, row.Summary, row.Trials.ToString(CultureInfo.InvariantCulture))));
}
