using System.Collections.Immutable;
using Harness.Analysis.Judging;
using Harness.Core.Journaling;
using Harness.Core.Planning;

namespace Harness.Tests.Analysis;

/// <summary>What a run's SQL says, without the files that are made of it.</summary>
internal static class Judged
{
    /// <summary>All verdicts. Their headlines keep to the rule, unless the SQL is a test's own.</summary>
    public static ImmutableArray<VerdictRow> Verdicts(RunFolder folder, bool isShipped = true)
    {
        var plan = PlanFile.Read(folder);
        return
        [
            .. plan.Experiments.SelectMany(experiment =>
            {
                using var database = RunDatabase.Open(folder, experiment);
                var verdicts = VerdictEngine.ReadVerdicts(database, plan.RunId, experiment);
                EvidenceRule.Holds(database, experiment);
                if (isShipped)
                {
                    Assert.All(verdicts, HeadlineRule.Holds);
                }

                return verdicts;
            }),
        ];
    }

    /// <summary>The checks of the method of the run's one experiment.</summary>
    public static ImmutableArray<MethodCheck> Checks(RunFolder folder)
    {
        var plan = PlanFile.Read(folder);
        var experiment = Assert.Single(plan.Experiments);
        using var database = RunDatabase.Open(folder, experiment);
        return MethodCheck.Read(database, plan.RunId, experiment);
    }

    /// <summary>Of the run's one experiment, what was measured and counts for nothing: 'names: reason', the most trials first.</summary>
    public static ImmutableArray<string> NotCounted(RunFolder folder, string? experiment = null)
    {
        experiment ??= Assert.Single(PlanFile.Read(folder).Experiments);
        using var database = RunDatabase.Open(folder, experiment);
        return [.. Harness.Analysis.Judging.NotCounted.Read(database, folder.RunId, experiment)!.Value.Select(row => $"{row.Named}: {row.Reason}")];
    }

    /// <summary>The evidence of the run's one experiment.</summary>
    public static Table Evidence(RunFolder folder)
    {
        using var database = RunDatabase.Open(folder, Assert.Single(PlanFile.Read(folder).Experiments));
        ImmutableArray<string> names = [];
        var rows = ImmutableArray.CreateBuilder<ImmutableArray<string?>>();
        VerdictEngine.ReadEvidence(database, "test", columns =>
        {
            names = columns;
            return rows.Add;
        });
        return new Table(names, rows.ToImmutable());
    }
}
