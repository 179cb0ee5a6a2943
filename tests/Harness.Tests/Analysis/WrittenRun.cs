using System.Collections.Immutable;
using Harness.Core.Definitions;
using Harness.Core.Journaling;
using Harness.Core.Model;
using Harness.Core.Planning;

namespace Harness.Tests.Analysis;

/// <summary>What the builders of finished runs share: the shipped definitions, rows by the journal that real runs use, and a plan.</summary>
internal static class WrittenRun
{
    /// <summary>The shipped experiments.</summary>
    internal static ExperimentsFolder Experiments { get; } = ExperimentsFolder.Read(Path.Combine(RunBuilder.Repository, "experiments"));

    /// <summary>Writes definitions and rows; the tables of rows are there even without any.</summary>
    /// <param name="folder">The run.</param>
    /// <param name="experiment">Its one experiment.</param>
    /// <param name="results">The rows, with the host of each.</param>
    /// <param name="runtimes">Runtimes that no SQL has heard of: their rows of the table of runtimes.</param>
    internal static void Write(RunFolder folder, string experiment, IReadOnlyCollection<(string Host, TrialResult Result)> results, IEnumerable<string>? runtimes = null)
    {
        var definition = Experiments.Find(experiment);
        Directory.CreateDirectory(folder.Root);
        DefinitionsCopy.Write(Experiments, [definition], [], folder);
        File.AppendAllLines(Path.Combine(folder.Definitions, "runtimes.csv"), runtimes ?? []);
        foreach (var host in results.Select(result => result.Host).Append(RunBuilder.FirstHost).Distinct())
        {
            using var journal = Journal.Open(folder, host);
            foreach (var (_, result) in results.Where(result => result.Host == host))
            {
                journal.Commit(result, name => definition.Metrics.First(metric => metric.Id == name));
            }
        }
    }

    /// <summary>A plan of these trials.</summary>
    internal static PlanFile Plan(RunFolder folder, string experiment, IEnumerable<(string Host, PlannedTrial Trial)> trials) => new()
    {
        RunId = folder.RunId,
        HostId = RunBuilder.FirstHost,
        Seed = 42,
        Quick = false,
        CreatedAtUtc = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero),
        ToolVersion = "0.1.0",
        Arguments = ["run", experiment],
        Experiments = [experiment],
        Trials = [.. trials.Select(planned => new PlannedRow(
            planned.Trial.Id(planned.Host), planned.Trial.Experiment, planned.Trial.Cell.Name, planned.Trial.Probe, planned.Trial.Block, planned.Trial.Repetition, planned.Trial.Warmup))],
    };
}
