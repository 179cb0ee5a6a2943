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
    private readonly Dictionary<string, ExperimentDefinition> _experiments = experiments.ToDictionary(experiment => experiment.Id, StringComparer.Ordinal);
    private readonly UserlandUses _uses = new();
    private readonly CellPreparations _cells = new(
        runtimes.ToDictionary(runtime => (runtime.Engine, runtime.Runtime)),
        experiments.ToDictionary(experiment => experiment.Id, StringComparer.Ordinal),
        journal.Folder,
        observer,
        options);

    /// <summary>What of a plan has no row yet.</summary>
    public static ImmutableArray<PlannedSandbox> Open(Plan plan, Journal journal) =>
    [
        .. plan.Sandboxes
            .Select(sandbox => sandbox with { Trials = [.. sandbox.Trials.Where(trial => !journal.IsCommitted(trial))] })
            .Where(sandbox => sandbox.Trials.Length > 0),
    ];

    /// <summary>Runs what has no row yet. Cancellation leaves whole trials and throws.</summary>
    public async Task RunAsync(Plan plan, CancellationToken cancellation)
    {
        var open = Open(plan, journal);
        var planned = plan.Trials.Count();
        observer.Begin(planned, planned - open.Sum(sandbox => sandbox.Trials.Length));
        observer.Running(open);
        _uses.Begin(open.Select(sandbox => sandbox.Cell.Userland));
        foreach (var wave in Waves.Of(open, options.WaveSize))
        {
            await _cells.PrepareAsync(wave, cancellation);
            await RunAsync(wave, cancellation);
        }
    }

    private async Task RunAsync(Wave wave, CancellationToken cancellation)
    {
        await Parallel.ForEachAsync(
            wave.Sandboxes,
            new ParallelOptions { MaxDegreeOfParallelism = wave.Exclusive ? 1 : options.Parallel, CancellationToken = cancellation },
            async (sandbox, token) =>
            {
                await RunAsync(sandbox, token);
                // Removing an image keeps disks busy: not while something is timed.
                if (_uses.End(sandbox.Cell.Userland) && !wave.Exclusive)
                {
                    await options.Release(sandbox.Cell.Userland, token);
                }
            });
        foreach (var userland in wave.Exclusive ? wave.Sandboxes.Select(sandbox => sandbox.Cell.Userland).Distinct() : [])
        {
            await options.Release(userland, cancellation);
        }
    }

    private async Task RunAsync(PlannedSandbox sandbox, CancellationToken cancellation)
    {
        var experiment = _experiments[sandbox.Experiment];
        if (_cells[sandbox.Cell] is not Preparation.Ready ready)
        {
            var (outcome, reason) = _cells[sandbox.Cell] switch
            {
                Preparation.Failed failed => (Outcome.Broken, failed.Reason),
                Preparation.Unavailable unavailable => (Outcome.Unavailable, unavailable.Reason),
                var other => throw new InvalidOperationException($"a cell was prepared as {other}"),
            };
            Commit(experiment, sandbox.Trials.Select(trial => NotTried(trial, outcome, reason)));
            return;
        }

        if (_cells.Proofs.Contradiction(experiment, sandbox.Cell) is { } contradiction)
        {
            Commit(experiment, _cells.Proofs.Attach(experiment, sandbox.Cell, [.. sandbox.Trials.Select(trial => NotTried(trial, Outcome.Broken, contradiction) with { ImageDigest = ready.ImageDigest })]));
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

        var sandbox = new SandboxRun(_cells.Runtime(cell), ready, trials, experiment, files, options);
        var conditions = experiment.Timed && options.Conditions is not null ? await options.Conditions.BeginAsync(cancellation) : null;
        await sandbox.RunAsync(cancellation);
        ImmutableArray<Observation> readings = [.. conditions?.End() ?? [], .. _cells.Filesystems.Readings(experiment, ready.ImageDigest)];
        journal.WriteRaw(sandbox.SandboxId, RunFolder.FramesExtension, sandbox.Frames);
        // The sandbox is gone: from now on the key lets anyone check that the rows are what the frames say.
        journal.WriteRaw(sandbox.SandboxId, RunFolder.KeyExtension, Encoding.ASCII.GetBytes(sandbox.Key.ToHex() + "\n"));
        foreach (var file in sandbox.RawFiles)
        {
            journal.WriteRaw(sandbox.SandboxId, file.Extension, file.Content.AsSpan());
        }

        Commit(experiment, _cells.Proofs.Attach(experiment, cell, sandbox.Results(readings)));
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
            Runtime = _cells.Runtime(cell),
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

        Commit(experiment, probe.Kind == ProbeKind.Pull ? results : _cells.Proofs.Attach(experiment, cell, results));
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
}
