using System.Collections.Concurrent;
using Harness.Core.Definitions;
using Harness.Core.Model;
using Harness.Core.Protocol;

namespace Harness.Core.Running;

/// <summary>
/// What was done to a cell's sandboxes, seen in one that is started for nothing else: where starting is measured, nobody may look at the
/// sandboxes themselves.
/// </summary>
internal static class CellProof
{
    private const string InProof = "in a proof sandbox of the same cell";

    /// <summary>Starts one. What goes wrong with it, the cell's own trials will say.</summary>
    internal static async Task<ImmutableArray<TreatmentReading>> TakeAsync(
        IRuntime runtime, Cell cell, Preparation.Ready ready, ExperimentDefinition experiment, CancellationToken cancellation)
    {
        var request = new SandboxRequest
        {
            SandboxId = SandboxStart.NewId(0),
            Cell = cell,
            ImageDigest = ready.ImageDigest,
            Key = ChannelKey.Create(),
            AgentPlan = TreatmentFacts.Plan.Render(),
            Files = ImmutableSortedDictionary<string, ImmutableArray<byte>>.Empty,
            Limits = experiment.Limits,
            Deadline = TimeSpan.FromSeconds(60),
        };
        var channel = new TreatmentChannel(request.Key);
        try
        {
            var end = await runtime.RunAsync(request, channel, cancellation);
            return [.. (end.Treatment?.Invoke(channel.Facts) ?? []).Select(reading => reading with { Witness = reading.Witness.Length > 0 ? $"{reading.Witness}, {InProof}" : "" })];
        }
        catch (Exception) when (!cancellation.IsCancellationRequested)
        {
            return [];
        }
    }
}

/// <summary>The proofs of a run's timed cells.</summary>
internal sealed class CellProofs
{
    private readonly ConcurrentDictionary<(string Experiment, Cell Cell), ImmutableArray<TreatmentReading>> _taken = new();
    private readonly ConcurrentDictionary<(string Experiment, Cell Cell), bool> _attached = new();

    /// <summary>Keeps one.</summary>
    internal void Add(ExperimentDefinition experiment, Cell cell, ImmutableArray<TreatmentReading> proof) => _taken[(experiment.Id, cell)] = proof;

    /// <summary>Why the cell's sandboxes are not what its name says; null where nothing says that.</summary>
    internal string? Contradiction(ExperimentDefinition experiment, Cell cell) => Treatments.Contradiction(_taken.GetValueOrDefault((experiment.Id, cell), []));

    /// <summary>The results with the cell's treatment in the first of them, where no trial of the cell has it yet.</summary>
    internal ImmutableArray<TrialResult> Attach(ExperimentDefinition experiment, Cell cell, ImmutableArray<TrialResult> results) =>
        results.IsEmpty || !_taken.TryGetValue((experiment.Id, cell), out var proof) || !_attached.TryAdd((experiment.Id, cell), true)
            ? results
            : [results[0] with { Observations = [.. results[0].Observations, .. Treatments.Observations(proof)] }, .. results[1..]];
}
