using Harness.Analysis.Judging;
using Harness.Analysis.Statistics;

namespace Harness.Analysis.Comparing;

/// <summary>
/// The unit of every comparison of times: one run on one host. Its blocks share what that run was like, so they are not independent of each other,
/// and however many they are, they are one look at the cell.
/// </summary>
/// <param name="RunId">The run.</param>
/// <param name="HostId">The host.</param>
/// <param name="Levels">What its blocks say.</param>
public sealed record RunUnit(string RunId, string HostId, ImmutableDictionary<TimedKey, RunLevel> Levels)
{
    /// <summary>The run's folder: workflows give every run the same id.</summary>
    public string Folder { get; init; } = "";

    /// <summary>The units of a run, one a host: of every timed experiment among <paramref name="experiments"/> whose SQL has a view <c>sample</c>.</summary>
    /// <param name="run">The run.</param>
    /// <param name="experiments">Their ids.</param>
    /// <param name="interruption">Ends it.</param>
    /// <exception cref="Core.HarnessException">The run's SQL is wrong.</exception>
    public static ImmutableArray<RunUnit> Read(ComparedRun run, IEnumerable<string> experiments, CancellationToken interruption)
    {
        var rows = new List<(string Experiment, SampleRow Row)>();
        foreach (var experiment in experiments.Where(id => run.Plan.Experiments.Contains(id) && run.Definitions.Find(id).Timed))
        {
            using var database = RunDatabase.Open(run.Folder, experiment, interruption);
            rows.AddRange((SampleRows.Read(database, VerdictEngine.Source(experiment)) ?? []).Select(row => (experiment, row)));
        }

        return [.. Of(run.Plan.RunId, rows).Select(unit => unit with { Folder = run.Folder.Root })];
    }

    /// <summary>The units of rows, one a host.</summary>
    public static ImmutableArray<RunUnit> Of(string runId, IEnumerable<(string Experiment, SampleRow Row)> rows) =>
    [
        .. rows.GroupBy(row => row.Row.Key.HostId, StringComparer.Ordinal).OrderBy(host => host.Key, StringComparer.Ordinal).Select(host => new RunUnit(
            runId, host.Key,
            host.GroupBy(row => new TimedKey(row.Experiment, row.Row.Key.Measure, row.Row.Key.Unit, row.Row.Key.Probe, row.Row.Key.Cell))
                .Select(key => (key.Key, Level: RunLevel.Of(key.First().Row.Label, Blocks(key.Select(row => row.Row)))))
                .Where(key => key.Level is not null)
                .ToImmutableDictionary(key => key.Key, key => key.Level!))),
    ];

    // A block's value is the median over its repetitions: they are not independent of each other.
    private static ImmutableArray<double> Blocks(IEnumerable<SampleRow> rows) =>
        [.. rows.Where(row => row.Value is not null).GroupBy(row => row.Block).Select(block => RunLevel.Middle([.. block.Select(row => row.Value!.Value).Order()]))];
}
