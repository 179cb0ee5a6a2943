using System.Collections.Concurrent;
using Harness.Core.Definitions;
using Harness.Core.Journaling;
using Harness.Core.Model;
using Harness.Core.Planning;

namespace Harness.Core.Running;

/// <summary>What is done for a wave's cells before its first trial: preparing them, listing their images' files, proving what is measured unseen.</summary>
internal sealed class CellPreparations(
    IReadOnlyDictionary<(string Engine, string Runtime), IRuntime> runtimes,
    IReadOnlyDictionary<string, ExperimentDefinition> experiments,
    RunFolder folder,
    IRunObserver observer,
    RunnerOptions options)
{
    private readonly ConcurrentDictionary<Cell, Preparation> _preparations = new();
    private readonly Relay _messages = new(observer.Message);

    /// <summary>What became of a prepared cell.</summary>
    internal Preparation this[Cell cell] => _preparations[cell];

    /// <summary>What was seen of cells whose own sandboxes nobody may look at.</summary>
    internal CellProofs Proofs { get; } = new();

    /// <summary>What the images hold.</summary>
    internal UserlandFilesystems Filesystems { get; } = new(folder);

    /// <summary>The runtime of a cell that could be prepared.</summary>
    internal IRuntime Runtime(Cell cell) => runtimes[(cell.Engine, cell.Runtime)];

    /// <summary>Everything, for one wave.</summary>
    internal async Task PrepareAsync(Wave wave, CancellationToken cancellation)
    {
        await PrepareCellsAsync(wave, cancellation);
        await ListFilesAsync(wave.Sandboxes, cancellation);
        await ProveAsync(wave.Sandboxes, cancellation);
        observer.Prepared(wave, [.. wave.Sandboxes.Where(sandbox => _preparations[sandbox.Cell] is Preparation.Ready)]);
    }

    private Task PrepareCellsAsync(Wave wave, CancellationToken cancellation)
    {
        // A cell of an earlier wave is still prepared: its userland is held.
        var cells = wave.Sandboxes.Select(sandbox => sandbox.Cell).Distinct().Where(cell => !_preparations.ContainsKey(cell)).ToList();
        var done = 0;
        observer.Preparing(wave, 0, cells.Count);
        return Parallel.ForEachAsync(
            cells,
            new ParallelOptions { MaxDegreeOfParallelism = options.Parallel, CancellationToken = cancellation },
            async (cell, token) =>
            {
                _preparations[cell] = await PrepareAsync(cell, token);
                observer.Preparing(wave, Interlocked.Increment(ref done), cells.Count);
            });
    }

    private async Task<Preparation> PrepareAsync(Cell cell, CancellationToken cancellation)
    {
        if (options.Refusal(cell) is { } refusal)
        {
            return new Preparation.Unavailable(refusal);
        }

        if (!runtimes.TryGetValue((cell.Engine, cell.Runtime), out var runtime))
        {
            return new Preparation.Unavailable($"the runtime {cell.Engine}/{cell.Runtime} is not there");
        }

        try
        {
            return await runtime.PrepareAsync(cell, _messages, cancellation);
        }
        catch (HarnessException e)
        {
            return new Preparation.Unavailable(e.Message);
        }
        catch (Exception e) when (!cancellation.IsCancellationRequested)
        {
            // As with a runtime that throws while it runs: it costs this cell, not the run.
            return new Preparation.Failed($"the preparation failed: {e.GetType().Name}: {e.Message}");
        }
    }

    // Before any trial: nothing else must happen while one is timed.
    private Task ListFilesAsync(ImmutableArray<PlannedSandbox> sandboxes, CancellationToken cancellation)
    {
        var images =
            from sandbox in sandboxes
            where experiments[sandbox.Experiment].Filesystem
            let digest = (_preparations[sandbox.Cell] as Preparation.Ready)?.ImageDigest
            where !string.IsNullOrEmpty(digest) && !Filesystems.IsListed(digest)
            group sandbox.Cell by digest;
        return Parallel.ForEachAsync(
            images,
            new ParallelOptions { MaxDegreeOfParallelism = options.Parallel, CancellationToken = cancellation },
            async (image, token) =>
            {
                // A virtual machine may have the same image, and cannot export it.
                var cell = image.FirstOrDefault(cell => Runtime(cell) is IUserlandExport, image.First());
                await Filesystems.ListAsync(Runtime(cell), cell, image.Key, _messages, token);
            });
    }

    // Before any trial too, and only for those whose sandboxes must not be looked at themselves.
    private async Task ProveAsync(ImmutableArray<PlannedSandbox> sandboxes, CancellationToken cancellation)
    {
        var proofs = sandboxes.Where(IsProvedApart).Select(sandbox => (Experiment: experiments[sandbox.Experiment], sandbox.Cell)).Distinct().ToLookup(proof => proof.Cell.IsCold);
        await ProveAsync(proofs[false], options.Parallel, cancellation);
        // Another sandbox that starts from the same files fills the caches again.
        await ProveAsync(proofs[true], 1, cancellation);
    }

    private Task ProveAsync(IEnumerable<(ExperimentDefinition Experiment, Cell Cell)> proofs, int parallel, CancellationToken cancellation) => Parallel.ForEachAsync(
        proofs,
        new ParallelOptions { MaxDegreeOfParallelism = parallel, CancellationToken = cancellation },
        async (work, token) =>
        {
            if (_preparations[work.Cell] is Preparation.Ready { ShowsTreatment: true } ready)
            {
                Proofs.Add(work.Experiment, work.Cell, await CellProof.TakeAsync(Runtime(work.Cell), work.Cell, ready, work.Experiment, token));
            }
        });

    private bool IsProvedApart(PlannedSandbox sandbox)
    {
        var experiment = experiments[sandbox.Experiment];
        // A pull starts no sandbox.
        return sandbox.Trials.Select(trial => experiment.Probes.First(probe => probe.Id == trial.Probe)).Any(probe => probe.Kind != ProbeKind.Pull && (experiment.Timed || probe.IsDriven));
    }

    private sealed class Relay(Action<string> handler) : IProgress<string>
    {
        // Not Progress<T>: that one posts to the thread pool, and messages would come out of order.
        public void Report(string value) => handler(value);
    }
}
