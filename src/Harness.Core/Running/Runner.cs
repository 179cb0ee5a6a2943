using System.Collections.Concurrent;
using System.Text;
using Harness.Core.Definitions;
using Harness.Core.Journaling;
using Harness.Core.Model;
using Harness.Core.Planning;

namespace Harness.Core.Running;

/// <summary>Carries out a plan: prepares each cell once, starts the sandboxes, and commits every trial, whatever becomes of it.</summary>
public sealed class Runner(
    IReadOnlyList<IRuntime> runtimes,
    IReadOnlyList<ExperimentDefinition> experiments,
    ProbeFiles files,
    Journal journal,
    IRunObserver observer,
    RunnerOptions options)
{
    private readonly Dictionary<(string Engine, string Runtime), IRuntime> _runtimes = runtimes.ToDictionary(runtime => (runtime.Engine, runtime.Runtime));
    private readonly Dictionary<string, ExperimentDefinition> _experiments = experiments.ToDictionary(experiment => experiment.Id, StringComparer.Ordinal);
    private readonly ConcurrentDictionary<Cell, Preparation> _preparations = new();
    private readonly CellProofs _proofs = new();
    private readonly UserlandFilesystems _filesystems = new(journal.Folder);
    private readonly UserlandUses _uses = new();

    /// <summary>Runs what has no row yet. Cancellation leaves whole trials and throws.</summary>
    public async Task RunAsync(Plan plan, CancellationToken cancellation)
    {
        var open = plan.Sandboxes
            .Select(sandbox => sandbox with { Trials = [.. sandbox.Trials.Where(trial => !journal.IsCommitted(trial))] })
            .Where(sandbox => sandbox.Trials.Length > 0)
            .ToImmutableArray();
        var planned = plan.Trials.Count();
        observer.Begin(planned, planned - open.Sum(sandbox => sandbox.Trials.Length));
        _uses.Begin(open.Select(sandbox => sandbox.Cell.Userland));
        await PrepareAsync(open.Select(sandbox => sandbox.Cell).Distinct(), cancellation);
        await ListFilesAsync(open, cancellation);
        await ProveAsync(open, cancellation);
        observer.Running([.. open.Where(sandbox => _preparations[sandbox.Cell] is Preparation.Ready)]);
        foreach (var stretch in Stretches(open))
        {
            var parallel = stretch[0].Exclusive ? 1 : options.Parallel;
            await Parallel.ForEachAsync(
                stretch,
                new ParallelOptions { MaxDegreeOfParallelism = parallel, CancellationToken = cancellation },
                async (sandbox, token) =>
                {
                    await RunAsync(sandbox, token);
                    // Removing an image keeps disks busy: not while something is timed.
                    if (_uses.End(sandbox.Cell.Userland) && !sandbox.Exclusive)
                    {
                        await options.Release(sandbox.Cell.Userland, token);
                    }
                });
            foreach (var userland in stretch[0].Exclusive ? stretch.Select(sandbox => sandbox.Cell.Userland).Distinct().Where(_uses.HasEnded) : [])
            {
                await options.Release(userland, cancellation);
            }
        }
    }

    // Consecutive sandboxes that may or may not share the machine.
    private static IEnumerable<ImmutableArray<PlannedSandbox>> Stretches(ImmutableArray<PlannedSandbox> sandboxes)
    {
        var begin = 0;
        for (var i = 1; i <= sandboxes.Length; i++)
        {
            if (i == sandboxes.Length || sandboxes[i].Exclusive != sandboxes[begin].Exclusive)
            {
                yield return sandboxes[begin..i];
                begin = i;
            }
        }
    }

    private Task PrepareAsync(IEnumerable<Cell> distinct, CancellationToken cancellation)
    {
        var messages = new Relay(observer.Message);
        var cells = distinct.ToList();
        var done = 0;
        observer.Preparing(0, cells.Count);
        return Parallel.ForEachAsync(
            cells,
            new ParallelOptions { MaxDegreeOfParallelism = options.Parallel, CancellationToken = cancellation },
            async (cell, token) =>
            {
                _preparations[cell] = await PrepareAsync(cell, messages, token);
                observer.Preparing(Interlocked.Increment(ref done), cells.Count);
            });
    }

    private async Task<Preparation> PrepareAsync(Cell cell, Relay messages, CancellationToken cancellation)
    {
        if (options.Refusal(cell) is { } refusal)
        {
            return new Preparation.Unavailable(refusal);
        }

        if (!_runtimes.TryGetValue((cell.Engine, cell.Runtime), out var runtime))
        {
            return new Preparation.Unavailable($"the runtime {cell.Engine}/{cell.Runtime} is not there");
        }

        try
        {
            return await runtime.PrepareAsync(cell, messages, cancellation);
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
        var messages = new Relay(observer.Message);
        var images =
            from sandbox in sandboxes
            where _experiments[sandbox.Experiment].Filesystem
            let digest = (_preparations[sandbox.Cell] as Preparation.Ready)?.ImageDigest
            where !string.IsNullOrEmpty(digest)
            group sandbox.Cell by digest;
        return Parallel.ForEachAsync(
            images,
            new ParallelOptions { MaxDegreeOfParallelism = options.Parallel, CancellationToken = cancellation },
            async (image, token) =>
            {
                // A virtual machine may have the same image, and cannot export it.
                var cell = image.FirstOrDefault(cell => Runtime(cell) is IUserlandExport, image.First());
                await _filesystems.ListAsync(Runtime(cell), cell, image.Key, messages, token);
            });
    }

    // Before any trial too, and only for those whose sandboxes must not be looked at themselves.
    private Task ProveAsync(ImmutableArray<PlannedSandbox> sandboxes, CancellationToken cancellation) => Parallel.ForEachAsync(
        sandboxes.Where(IsProvedApart).Select(sandbox => (Experiment: _experiments[sandbox.Experiment], sandbox.Cell)).Distinct(),
        new ParallelOptions { MaxDegreeOfParallelism = options.Parallel, CancellationToken = cancellation },
        async (work, token) =>
        {
            if (_preparations[work.Cell] is Preparation.Ready { ShowsTreatment: true } ready)
            {
                _proofs.Add(work.Experiment, work.Cell, await CellProof.TakeAsync(Runtime(work.Cell), work.Cell, ready, work.Experiment, token));
            }
        });

    private bool IsProvedApart(PlannedSandbox sandbox)
    {
        var experiment = _experiments[sandbox.Experiment];
        // A pull starts no sandbox.
        return sandbox.Trials.Select(trial => experiment.Probes.First(probe => probe.Id == trial.Probe)).Any(probe => probe.Kind != ProbeKind.Pull && (experiment.Timed || probe.IsDriven));
    }

    private IRuntime Runtime(Cell cell) => _runtimes[(cell.Engine, cell.Runtime)];

    private async Task RunAsync(PlannedSandbox sandbox, CancellationToken cancellation)
    {
        var experiment = _experiments[sandbox.Experiment];
        if (_preparations[sandbox.Cell] is not Preparation.Ready ready)
        {
            var (outcome, reason) = _preparations[sandbox.Cell] switch
            {
                Preparation.Failed failed => (Outcome.Broken, failed.Reason),
                Preparation.Unavailable unavailable => (Outcome.Unavailable, unavailable.Reason),
                var other => throw new InvalidOperationException($"a cell was prepared as {other}"),
            };
            Commit(experiment, sandbox.Trials.Select(trial => NotTried(trial, outcome, reason)));
            return;
        }

        if (_proofs.Contradiction(experiment, sandbox.Cell) is { } contradiction)
        {
            Commit(experiment, _proofs.Attach(experiment, sandbox.Cell, [.. sandbox.Trials.Select(trial => NotTried(trial, Outcome.Broken, contradiction) with { ImageDigest = ready.ImageDigest })]));
            return;
        }

        // A probe that cannot be run there costs its own trials, not those of the others in the sandbox.
        var lacking = sandbox.Trials
            .Select(trial => (Trial: trial, Reason: Missing(experiment.Probes.First(probe => probe.Id == trial.Probe), ready)))
            .ToImmutableArray();
        Commit(experiment, lacking.Where(pair => pair.Reason is not null).Select(pair => Unavailable(pair.Trial, pair.Reason!)));
        var trials = lacking.Where(pair => pair.Reason is null).Select(pair => pair.Trial).ToImmutableArray();
        if (trials.Length > 0)
        {
            var begin = options.Time.GetTimestamp();
            observer.Started(sandbox);
            await RunAsync(sandbox.Cell, experiment, trials, ready, cancellation);
            observer.Ended(sandbox, options.Time.GetElapsedTime(begin));
        }
    }

    private string? Missing(ProbeDefinition probe, Preparation.Ready ready) =>
        ready.BuiltinsOnly is { } reason && probe.RunsPrograms ? reason : files.Missing(probe, ready.Architecture);

    private TrialResult Unavailable(PlannedTrial trial, string reason) => NotTried(trial, Outcome.Unavailable, reason);

    private TrialResult NotTried(PlannedTrial trial, Outcome outcome, string reason) => new()
    {
        Trial = trial,
        Outcome = outcome,
        Detail = reason.ReplaceLineEndings(" "),
        StartedAt = options.Time.GetUtcNow(),
    };

    private async Task RunAsync(Cell cell, ExperimentDefinition experiment, ImmutableArray<PlannedTrial> trials, Preparation.Ready ready, CancellationToken cancellation)
    {
        var probe = experiment.Probes.First(candidate => candidate.Id == trials[0].Probe);
        if (probe.IsDriven)
        {
            await DriveAsync(cell, experiment, probe, trials, ready, cancellation);
            return;
        }

        var sandbox = new SandboxRun(Runtime(cell), ready, trials, experiment, files, options);
        var conditions = experiment.Timed && options.Conditions is not null ? await options.Conditions.BeginAsync(cancellation) : null;
        await sandbox.RunAsync(cancellation);
        ImmutableArray<Observation> readings = [.. conditions?.End() ?? [], .. _filesystems.Readings(experiment, ready.ImageDigest)];
        journal.WriteRaw(sandbox.SandboxId, RunFolder.FramesExtension, sandbox.Frames);
        // The sandbox is gone: from now on the key lets anyone check that the rows are what the frames say.
        journal.WriteRaw(sandbox.SandboxId, RunFolder.KeyExtension, Encoding.ASCII.GetBytes(sandbox.Key.ToHex() + "\n"));
        foreach (var file in sandbox.RawFiles)
        {
            journal.WriteRaw(sandbox.SandboxId, file.Extension, file.Content.AsSpan());
        }

        Commit(experiment, _proofs.Attach(experiment, cell, sandbox.Results(readings)));
    }

    private async Task DriveAsync(
        Cell cell, ExperimentDefinition experiment, ProbeDefinition probe, ImmutableArray<PlannedTrial> trials, Preparation.Ready ready, CancellationToken cancellation)
    {
        if (options.Drivers.FirstOrDefault(candidate => candidate.Kind == probe.Kind) is not { } driver)
        {
            Commit(experiment, trials.Select(trial => Unavailable(trial, $"no driver for probe kind '{probe.Kind.ToString().ToLowerInvariant()}'")));
            return;
        }

        var work = new DrivenTrials
        {
            Trials = trials,
            Experiment = experiment,
            Probe = probe,
            Runtime = Runtime(cell),
            Ready = ready,
            Files = files,
            Options = options,
            Message = observer.Message,
        };
        ImmutableArray<TrialResult> results;
        try
        {
            results = await driver.RunAsync(work, cancellation);
        }
        catch (Exception e) when (!cancellation.IsCancellationRequested)
        {
            // As with a runtime that throws: it costs these trials, not the run.
            var reason = $"the driver failed: {e.GetType().Name}: {e.Message}".ReplaceLineEndings(" ");
            results = [.. trials.Select(trial => NotTried(trial, Outcome.Broken, reason))];
        }

        Commit(experiment, probe.Kind == ProbeKind.Pull ? results : _proofs.Attach(experiment, cell, results));
    }

    private void Commit(ExperimentDefinition experiment, IEnumerable<TrialResult> results)
    {
        foreach (var result in results)
        {
            var marked = options.IsStandIn(result.Trial.Cell.Userland) ? StandIn.Mark(result) : result;
            journal.Commit(marked, name => experiment.Metrics.First(metric => metric.Id == name));
            observer.Committed(marked);
        }
    }

    private sealed class Relay(Action<string> handler) : IProgress<string>
    {
        // Not Progress<T>: that one posts to the thread pool, and messages would come out of order.
        public void Report(string value) => handler(value);
    }
}

/// <summary>How the runner works.</summary>
/// <param name="Parallel">Sandboxes at a time where nothing is timed.</param>
/// <param name="Timeout">Each probe's timeout instead of the experiment's, or null.</param>
/// <param name="Time">The clock.</param>
public sealed record RunnerOptions(int Parallel, TimeSpan? Timeout, TimeProvider Time)
{
    /// <summary>What looks at the machine around timed trials; null: nothing does, and those readings are missing.</summary>
    public IMachineConditions? Conditions { get; init; }

    /// <summary>What carries out driven probes, one a kind.</summary>
    public ImmutableArray<ITrialDriver> Drivers { get; init; } = [];

    /// <summary>Why a cell must not be run here although it could be; null where it may.</summary>
    public Func<Cell, string?> Refusal { get; init; } = _ => null;

    /// <summary>Whether the image that a userland was resolved to is only a stand-in; asked after the cell was prepared.</summary>
    public Func<string, bool> IsStandIn { get; init; } = _ => false;

    /// <summary>Told of each userland once its last sandbox is done.</summary>
    public Func<string, CancellationToken, Task> Release { get; init; } = (_, _) => Task.CompletedTask;
}
