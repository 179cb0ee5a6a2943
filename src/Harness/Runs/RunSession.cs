using System.Reflection;
using Harness.Analysis;
using Harness.Analysis.Checking;
using Harness.Cli;
using Harness.Core;
using Harness.Core.Definitions;
using Harness.Core.Journaling;
using Harness.Core.Model;
using Harness.Core.Planning;
using Harness.Core.Running;
using Harness.Reporting;
using Harness.Runtimes;
using Harness.Runtimes.Facts;

namespace Harness.Runs;

/// <summary>One run from plan to report: a new one, or the rest of an interrupted one.</summary>
public sealed class RunSession(RunRequest request, Terminal terminal)
{
    /// <summary>The harness's version, with the commit it was built from where that is known.</summary>
    public static string Version { get; } =
        typeof(RunSession).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0";

    /// <summary>Plans, records the plan and runs it.</summary>
    public async Task<int> StartAsync(Selection selection, CancellationToken cancellation)
    {
        var plan = selection.Plan();
        var folder = request.Locations.Runs.Folder(request.RunId ?? RunFolders.NewId(DateTimeOffset.UtcNow));
        if (Directory.Exists(folder.Root))
        {
            throw new HarnessException($"{folder.Root}: that run is there already; add --resume to continue it, or choose another --run-id");
        }

        Directory.CreateDirectory(folder.Root);
        var hostId = HostFacts.HostId();
        DefinitionsCopy.Write(selection.Folder, selection.Experiments, selection.CatalogueFiles, folder);
        var file = new PlanFile
        {
            RunId = folder.RunId,
            HostId = hostId,
            Seed = plan.Seed,
            Quick = plan.Quick,
            CreatedAtUtc = DateTimeOffset.UtcNow,
            ToolVersion = Version,
            Arguments = request.Arguments,
            Experiments = [.. selection.Experiments.Select(experiment => experiment.Id)],
            Images = selection.Images,
            TimeoutMs = selection.Options.Timeout?.TotalMilliseconds,
            Trials = PlanFile.Rows(plan, hostId),
        };
        // The plan last: a folder without it holds nothing that could be resumed.
        file.Write(folder);
        return await RunAsync(folder, file, cancellation);
    }

    /// <summary>Continues a run: what has its row stays as it is.</summary>
    public async Task<int> ResumeAsync(CancellationToken cancellation)
    {
        var folder = request.RunId is { } id
            ? request.Locations.Runs.Find(id)
            : request.Locations.Runs.NewestUnfinished() ?? throw new HarnessException($"{request.Locations.Runs.Root}: no unfinished run there to resume; start one without --resume");
        var file = PlanFile.Read(folder);
        if (file.HostId != HostFacts.HostId())
        {
            throw new HarnessException($"{folder.Root}: was begun on another host ({file.HostId}); resume it there, rows of two hosts must not mix in one run");
        }

        return await RunAsync(folder, file, cancellation);
    }

    private async Task<int> RunAsync(RunFolder folder, PlanFile file, CancellationToken cancellation)
    {
        var definitions = DefinitionsCopy.Read(folder);
        ImmutableArray<ExperimentDefinition> experiments = [.. file.Experiments.Select(definitions.Find)];
        var plan = file.ToPlan(experiments);
        var catalogue = definitions.Catalogue.With(Selection.AdHoc(file.Images));
        using var progress = new RunProgress(terminal, folder.Log);
        progress.Message($"run {folder.RunId}: {folder.Root}");
        using (var journal = Journal.Open(folder, file.HostId))
        {
            await using var runtimes = await RuntimeSet.CreateAsync(request.Runtimes(folder, catalogue, definitions.Kernels, progress), cancellation);
            await WriteEnvironmentAsync(folder, file, runtimes, cancellation);
            var runner = new Runner(
                runtimes.Runtimes,
                experiments,
                new ScriptFiles(folder.Definitions),
                journal,
                progress,
                new RunnerOptions(request.Parallel, file.TimeoutMs is { } limit ? TimeSpan.FromMilliseconds(limit) : null, TimeProvider.System));
            try
            {
                await progress.ShowAsync(() => runner.RunAsync(plan, cancellation));
            }
            finally
            {
                // Again, now that the engine is known; also where the run was interrupted.
                await WriteEnvironmentAsync(folder, file, runtimes, CancellationToken.None);
                UserlandLocks.Write(folder.UserlandsLock, runtimes.Userlands);
                KernelLocks.Write(folder.KernelsLock, runtimes.Kernels);
            }
        }

        return Report(folder, file);
    }

    private async Task WriteEnvironmentAsync(RunFolder folder, PlanFile file, RuntimeSet runtimes, CancellationToken cancellation)
    {
        var tool = await HostFacts.ToolAsync(Version, request.Locations.Repository, file.Arguments, file.Seed, file.CreatedAtUtc, cancellation);
        var environment = HostFacts.Gather(tool) with { Engine = runtimes.Engine, Remarks = runtimes.Remarks };
        Directory.CreateDirectory(folder.Environments);
        EnvironmentFiles.Write(folder, environment);
    }

    private int Report(RunFolder folder, PlanFile file)
    {
        RunChecksums.Seal(folder);
        var report = Derivation.Regenerate(folder);
        VerdictPrinter.Print(report, folder, terminal);
        return RunExit.Code(Coverage.Of(file, RunTables.Trials(folder)), report.Judgement.Verdicts, request.FailOn);
    }
}
