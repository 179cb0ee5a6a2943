using Harness.Analysis.Judging;

namespace Harness.Tests.Analysis;

/// <summary>
/// The rule of all experiments, asked of every run that a test judges: a verdict rests on the trials that its evidence names, and on at least
/// one unless it is <c>not tested</c>.
/// </summary>
internal static class EvidenceRule
{
    /// <summary>Experiments that do not keep to it.</summary>
    private static readonly string[] _exempt = [];

    public static void Holds(RunDatabase database, string experiment)
    {
        if (_exempt.Contains(experiment))
        {
            return;
        }

        Assert.Equal(
            [],
            database.Query(
                """
                SELECT v.claim || ' [' || v.scope || '] ' || v.verdict || ': ' || v.trials || ' trials, evidence of ' || count(DISTINCT e.trial_id)
                FROM verdict AS v
                LEFT JOIN evidence AS e ON e.claim = v.claim AND e.scope = v.scope
                GROUP BY v.claim, v.scope, v.verdict, v.trials
                HAVING v.trials <> count(DISTINCT e.trial_id) OR v.verdict <> 'not tested' AND v.trials = 0
                """,
                "test").Rows.Select(row => row[0]));
    }
}
