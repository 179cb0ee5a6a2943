using Harness.Analysis.Checking;
using Harness.Core;
using Harness.Core.Journaling;
using Harness.Core.Model;
using Harness.Core.Planning;

namespace Harness.Analysis.Merging;

/// <summary>A run that is merged with others: a shard, or a run that was merged from some.</summary>
/// <param name="Folder">Its folder, checked.</param>
/// <param name="Plan">Its plan, of the trials that its hosts were to run: those of parts that it lacks are none of it.</param>
/// <param name="Definitions">Names and sums of its definitions, one a line.</param>
internal sealed record MergePart(RunFolder Folder, PlanFile Plan, string Definitions)
{
    /// <summary>What of the plan it is.</summary>
    internal PlannedShard Shard => Plan.Shard!;

    /// <summary>The trials of its plan, without what is of a host.</summary>
    internal IEnumerable<PlannedTrial> Trials
    {
        get
        {
            // A part has few cells.
            var cells = new Dictionary<string, Cell>(StringComparer.Ordinal);
            foreach (var row in Plan.Trials)
                yield return TrialOf(row, cells);
        }
    }

    /// <summary>The engines of its containers, in words: those that were given names, else the one that its host had; null where it has no containers.</summary>
    internal string? Engines =>
        Shard.Engines is { IsEmpty: false } named ? $"the engines named {string.Join(", ", named)}"
        : Trials.Select(trial => trial.Cell.Engine).FirstOrDefault(engine => engine.Length > 0 && KnownEngines.Find(engine) is not { IsBooted: true }) is { } found ? $"{found}, without a name"
        : null;

    /// <summary>The first of its parts that a host ran; null where the host ran none.</summary>
    internal int? FirstOn(string host) => Shard.Parts.Where(part => part.HostId == host).Select(part => (int?)part.Index).Min();

    /// <summary>Reads a run and proves that it is what it was when it ended.</summary>
    /// <exception cref="HarnessException">It is not a shard, or not whole.</exception>
    internal static MergePart Read(RunFolder folder)
    {
        var plan = PlanFile.Read(folder);
        if (plan.Shard is not { Parts: { IsDefaultOrEmpty: false } parts } shard || parts.Any(part => part is null || part.Index < 1 || part.Index > shard.Count))
            throw new HarnessException($"{folder.Root}: is not a part of a plan: make parts with 'harness run --shard I/N'");
        // In this order: a table that was changed is said to be so before it is read.
        if (RunChecksums.CheckSources(folder).Concat(Integrity.Sources(folder, plan)).FirstOrDefault(finding => finding.IsFault) is { } finding)
            throw new HarnessException($"{folder.Root}: does not verify ({finding}): 'harness verify' lists all; run part {string.Join(", ", parts.Select(part => part.Index))} again");
        if (parts is [{ CreatedAtUtc: null } only])
            shard = shard with { Parts = [only with { CreatedAtUtc = plan.CreatedAtUtc }] };
        var cells = new Dictionary<string, Cell>(StringComparer.Ordinal);
        return new MergePart(
            folder,
            plan with { Shard = shard, Trials = plan.Trials.RemoveAll(row => TrialOf(row, cells).Id(RunMerge.NoHost) == row.TrialId) },
            RunChecksums.Lines(folder, "definitions/"));
    }

    private static PlannedTrial TrialOf(PlannedRow row, Dictionary<string, Cell> cells)
    {
        if (!cells.TryGetValue(row.Cell, out var cell))
            cells[row.Cell] = cell = Cell.Parse(row.Cell);
        return new PlannedTrial(row.Experiment, cell, row.Probe, row.Block, row.Repetition, row.Warmup);
    }
}
