using System.Globalization;
using System.Text.RegularExpressions;
using Harness.Core;
using Harness.Core.Journaling;
using Harness.Core.Planning;

namespace Harness.Analysis.Judging;

/// <summary>Judges a run by the SQL that it carries: nothing outside the run's folder is read, and two runs of it give the same rows.</summary>
public static partial class VerdictEngine
{
    private static readonly ImmutableArray<string> _verdictColumns = ["claim", "scope", "verdict", "basis", "summary", "trials"];
    private static readonly ImmutableArray<string> _evidenceColumns = ["claim", "scope", "trial_id"];

    /// <summary>Runs <c>schema.sql</c> and <c>verdict.sql</c> of every experiment of the plan, each in a database of its own.</summary>
    /// <exception cref="HarnessException">The folder is not whole, or its SQL is wrong: file and reason in one line.</exception>
    public static Judgement Judge(RunFolder folder)
    {
        var plan = PlanFile.Read(folder);
        var verdicts = ImmutableArray.CreateBuilder<VerdictRow>();
        var evidence = ImmutableArray.CreateBuilder<Evidence>();
        foreach (var experiment in plan.Experiments)
        {
            using var database = RunDatabase.Open(folder, experiment);
            var source = Source(experiment);
            var rows = database.Query("SELECT * FROM verdict ORDER BY ALL", source);
            Require(rows, _verdictColumns, "verdict", database);
            verdicts.AddRange(rows.Rows.Select(row => Verdict(plan.RunId, experiment, rows, row, database)));
            var behind = database.Query("SELECT * FROM evidence ORDER BY ALL", source);
            Require(behind, _evidenceColumns, "evidence", database);
            evidence.Add(new Evidence(experiment, behind));
        }

        return new Judgement(verdicts.ToImmutable(), evidence.ToImmutable());

        static string Source(string experiment) => $"definitions/{experiment}/verdict.sql";

        static void Require(Table table, ImmutableArray<string> columns, string view, RunDatabase database)
        {
            var missing = columns.Where(column => table.IndexOf(column) < 0).ToImmutableArray();
            if (missing.Length > 0)
            {
                throw new HarnessException($"{database.Folder.Definitions}: the view {view} of a verdict.sql lacks {string.Join(", ", missing)}");
            }
        }
    }

    private static VerdictRow Verdict(string runId, string experiment, Table table, ImmutableArray<string?> row, RunDatabase database)
    {
        var verdict = new VerdictRow(
            runId, experiment, Value("claim"), Value("scope"), Value("verdict"), Value("basis"), Value("summary"),
            long.Parse(Value("trials"), CultureInfo.InvariantCulture));
        if (!ClaimPattern().IsMatch(verdict.Claim))
        {
            throw Wrong($"'{verdict.Claim}' is no claim's id: letters, digits and '-', at most 32");
        }

        return Verdicts.All.Contains(verdict.Verdict) && Verdicts.Bases.Contains(verdict.Basis)
            ? verdict
            : throw Wrong($"'{verdict.Verdict}' on the basis '{verdict.Basis}' is no verdict; there are {string.Join(", ", Verdicts.All)} on {string.Join(", ", Verdicts.Bases)}");

        string Value(string column) => row[table.IndexOf(column)] ?? throw Wrong($"column {column} of a verdict is NULL");

        HarnessException Wrong(string what) => new($"{Path.Combine(database.Folder.Definitions, experiment, "verdict.sql")}: {what}");
    }

    // It becomes a file's name, and the SQL may be anybody's.
    [GeneratedRegex("^[A-Za-z0-9][A-Za-z0-9-]{0,31}\\z")]
    private static partial Regex ClaimPattern();
}
