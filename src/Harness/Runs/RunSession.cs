using System.Reflection;
using Harness.Analysis;
using Harness.Analysis.Checking;
using Harness.Analysis.Tables;
using Harness.Cli;
using Harness.Core;
using Harness.Core.Definitions;
using Harness.Core.Journaling;
using Harness.Core.Model;
using Harness.Core.Planning;
using Harness.Core.Running;
using Harness.Core.Sharding;
using Harness.Host.Facts;
using Harness.Images.Userlands;
using Harness.Instruments;
using Harness.Instruments.Footprint;
using Harness.Reporting;
using Harness.Runtimes;

namespace Harness.Runs;

/// <summary>One run from plan to report: a new one, or the rest of an interrupted one.</summary>
public sealed class RunSession(RunRequest request, Terminal terminal)
{
    private EngineArguments _engines = request.Engines;

    /// <summary>The harness's version, with the commit it was built from where that is known.</summary>
    public static string Version { get; } =
        typeof(RunSession).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0";

    /// <summary>The run that --resume means, or null where there is none yet: then the same command starts it.</summary>
    /// <exception cref="HarnessException">The folder of that name is no run's.</exception>
    public RunFolder? Resumable() => request.RunId is not { } id ? request.Locations.Runs.NewestUnfinished()
        : Directory.Exists(request.Locations.Runs.Folder(id).Root) ? request.Locations.Runs.Find(id)
        : null;

    /// <summary>Plans, records the plan and runs it. A run that could not begin leaves nothing behind.</summary>
    public async Task<int> StartAsync(Selection selection, CancellationToken cancellation)
    {
        var plan = selection.Plan();
        request.Gates.Check(plan.Sandboxes.Select(sandbox => sandbox.Cell));
        // Read before the folder is made: a lock that cannot be read must leave nothing behind.
        var images = request.Lock is { } path ? ImageLock.Read(path, isComplete: true) : null;
        EarlyChecks.Require(selection, cancellation);
        var folder = request.Locations.Runs.Folder(request.RunId ?? RunFolders.NewId(DateTimeOffset.UtcNow));
        if (Directory.Exists(folder.Root))
        {
            throw new HarnessException($"{folder.Root}: that run already exists; add --resume to continue it, or choose another --run-id");
        }

        var file = new RunRecording(request, Version).Write(selection, plan, images, folder);
        try
        {
            return await RunAsync(folder, file, cancellation);
        }
        catch (Exception e) when ((e is HarnessException || FolderFault.Is(e)) && JournalRepair.CommittedTrials(folder).IsEmpty)
        {
            Directory.Delete(folder.Root, recursive: true);
            throw;
        }
    }

    /// <summary>Continues a run: what has its row stays as it is.</summary>
    /// <exception cref="HarnessException">It cannot be continued here, or the command chooses other things than the run began with.</exception>
    public async Task<int> ResumeAsync(RunFolder folder, CancellationToken cancellation)
    {
        var file = PlanFile.Read(folder);
        var now = RunArguments.Parse(request.Arguments);
        if (!now.ChoosesNothing && now.DifferenceFrom(RunArguments.Parse(file.Arguments)) is { } difference)
        {
            throw new HarnessException($"{folder.Root}: {difference}: --resume continues a run as it began; give the same arguments, or 'run --resume' without any, or another --run-id");
        }

        // Engines that were named are looked for where they were, unless they are named again.
        _engines = now.EnginesOf(RunArguments.Parse(file.Arguments));
        if (file.Shard is { Parts.Length: > 1 })
        {
            throw new HarnessException($"{folder.Root}: was merged from parts: resume the part where it ran, then merge again");
        }

        if (file.HostId != HostFacts.HostId())
        {
            throw new HarnessException($"{folder.Root}: was started on another host ({file.HostId}); resume it there, rows of two hosts must not mix in one run");
        }

        return await RunAsync(folder, file, cancellation);
    }

    private async Task<int> RunAsync(RunFolder folder, PlanFile file, CancellationToken cancellation)
    {
        try
        {
            return await CarryOutAsync(folder, file, cancellation);
        }
        catch (Exception e) when (FolderFault.Is(e) && !JournalRepair.CommittedTrials(folder).IsEmpty)
        {
            throw FolderFault.Of(folder, e);
        }
    }

    private async Task<int> CarryOutAsync(RunFolder folder, PlanFile file, CancellationToken cancellation)
    {
        var definitions = DefinitionsCopy.Read(folder);
        ImmutableArray<ExperimentDefinition> experiments = [.. file.Experiments.Select(definitions.Find)];
        var plan = file.ToPlan(experiments);
        if (request is { Resume: true, TrustDefinitions: false })
        {
            DefinitionsTrust.Require(folder, plan, experiments, request.Locations.Experiments);
        }

        var catalogue = definitions.Catalogue.With(Selection.AdHoc(file.Images));
        var images = Images(folder);
        request.Gates.Check(plan.Sandboxes.Select(sandbox => sandbox.Cell));
        var done = JournalRepair.CommittedTrials(folder).ToHashSet(StringComparer.Ordinal);
        using var progress = new RunProgress(terminal, folder.Log, experiments, plan, trial => done.Contains(trial.Id(file.HostId)), request.Parallel);
        progress.Message($"run {folder.RunId}: {folder.Root}");
        using (var journal = Journal.Open(folder, file.HostId))
        {
            if (request.Resume)
            {
                await EngineChoice.RequireAsync(Runner.Open(plan, journal), _engines, cancellation);
            }

            await using var runtimes = await RuntimeSet.CreateAsync((request with { Engines = _engines }).Runtimes(folder, catalogue, definitions.Kernels, images, progress) with { InMachine = InMachine(plan, journal, experiments), Needed = Needed(plan, journal), Planned = [.. plan.Sandboxes.Select(sandbox => (sandbox.Cell.Engine, sandbox.Cell.Userland))], Waves = Together(plan, journal), Resolved = new LockWriter(folder.UserlandsLock, progress.Message).Add }, cancellation);
            if (plan.Sandboxes.Any(sandbox => sandbox.Cell.Engine.Length > 0 && KnownEngines.Find(sandbox.Cell.Engine) is not { IsBooted: true }))
            {
                await runtimes.RequireNamedEngineAsync(cancellation);
            }

            var environment = new RunEnvironment(folder, Version, request.Locations.Repository, file, runtimes, new ClockWatch(TimeProvider.System));
            await environment.WriteAsync(cancellation);
            var runner = new Runner(
                runtimes.Runtimes,
                experiments,
                new ProbeFiles(folder.Definitions),
                journal,
                progress,
                new RunnerOptions(request.Parallel, file.TimeoutMs is { } limit ? TimeSpan.FromMilliseconds(limit) : null, TimeProvider.System)
                {
                    Conditions = new MachineConditions(TimeProvider.System),
                    Drivers = [new BenchmarkDriver(), .. runtimes.Drivers(file.Quick)],
                    Refusal = request.Refusal(catalogue, images),
                    IsStandIn = runtimes.IsStandIn,
                    Release = runtimes.ReleaseAsync,
                    WaveSize = request.Wave,
                });
            try
            {
                await progress.ShowAsync(() => runner.RunAsync(plan, cancellation));
            }
            finally
            {
                // Again, now that the engine is known; also where the run was interrupted.
                await environment.WriteAsync(CancellationToken.None);
                ImageLock.Write(folder.UserlandsLock, runtimes.Userlands);
                KernelLocks.Write(folder.KernelsLock, runtimes.Kernels);
                KernelLocks.WriteOptions(folder, file.HostId, runtimes.KernelConfigurations, HostFacts.KernelConfiguration());
            }
        }

        // Away from this thread: an interruption must find somebody who hears it.
        return await Task.Run(() => Report(folder, file, cancellation), CancellationToken.None);
    }

    // What an engine has to have for the trials that are not there yet.
    private static ImmutableHashSet<string> Needed(Plan plan, Journal journal) =>
        [.. Runner.Open(plan, journal).Where(sandbox => sandbox.Cell.Engine.Length > 0).Select(sandbox => sandbox.Cell.Userland)];

    // A driver starts its own sandboxes, and a timed one is proved by another: how many there are is then not known.
    private static int InMachine(Plan plan, Journal journal, ImmutableArray<ExperimentDefinition> experiments)
    {
        var open = Runner.Open(plan, journal).Where(sandbox => sandbox.Cell.Engine == RuntimeNames.DockerInVm).ToList();
        return open.Any(sandbox => experiments.First(experiment => experiment.Id == sandbox.Experiment) is var experiment && (experiment.Timed || experiment.Probes.Any(probe => probe.IsDriven))) ? 0 : open.Count;
    }

    // Images that are kept all lie there in the end.
    private ImmutableArray<ImmutableHashSet<string>> Together(Plan plan, Journal journal) =>
        request.KeepImages ? [] : [.. Waves.Of(Runner.Open(plan, journal), request.Wave).Select(wave => wave.Held)];

    private int Report(RunFolder folder, PlanFile file, CancellationToken cancellation)
    {
        RunChecksums.Seal(folder);
        var report = Derivation.Regenerate(folder, cancellation);
        VerdictPrinter.Print(report, folder, terminal);
        var coverage = Coverage.Of(file, RunTables.Trials(folder));
        var failures = request.Gates.Failures(coverage);
        foreach (var failure in failures)
        {
            terminal.Fail(failure);
        }

        return RunExit.Code(report, coverage, request.FailOn, failures);
    }

    /// <summary>The lock that was given at the start; else what was used so far: a run's rows must not mix two images of one userland.</summary>
    private static ImageLock? Images(RunFolder folder) =>
        File.Exists(LockOf(folder)) ? ImageLock.Read(LockOf(folder), isComplete: true) with { Source = "the run's lock" }
        : File.Exists(folder.UserlandsLock) ? ImageLock.Read(folder.UserlandsLock, isComplete: false) with { Source = "the run so far" }
        : null;

    internal static string LockOf(RunFolder folder) => Path.Combine(folder.Definitions, "userlands.lock.json");
}
