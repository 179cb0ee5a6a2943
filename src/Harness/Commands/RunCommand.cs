using System.CommandLine;
using Harness.Cli;
using Harness.Core;
using Harness.Runs;

namespace Harness.Commands;

/// <summary><c>harness run</c> and <c>harness all</c>.</summary>
public static class RunCommand
{
    /// <summary><c>run</c>: the experiments named.</summary>
    public static Command CreateRun(Options options, Terminal terminal)
    {
        var ids = Options.Experiments("Experiments to run; with --resume the same ones, or none.");
        var command = new Command("run", "Run experiments and report what they say about their claims.") { ids };
        return Finish(command, options, terminal, result =>
        {
            var named = result.GetValue(ids)!;
            return named.Length > 0 || result.GetValue(options.Resume)
                ? named
                : throw new HarnessException("name the experiments to run ('harness list' shows them), or use 'harness all'");
        });
    }

    /// <summary><c>all</c>: every experiment.</summary>
    public static Command CreateAll(Options options, Terminal terminal) =>
        Finish(new Command("all", "Run every experiment and report what they say about their claims."), options, terminal, _ => []);

    /// <summary>What they take.</summary>
    internal static Option[] Taken(Options options) =>
    [
        options.Quick, options.Out, options.RunId, options.Resume, options.Seed, options.Shard, options.Costs, options.Repeat, options.Filter, options.Userland, options.Tier, options.Kernel,
        options.Runtime, options.Accelerator, options.Image, options.Catalog, options.Parallel, options.Timeout, options.Engines, options.Mirror, options.Pull, options.KeepImages, options.Wave,
        options.Lock, options.Provision, options.AllowUnconfined, options.TrustDefinitions, options.FailOn, options.Require, options.MinCoverage, options.DryRun,
    ];

    private static Command Finish(Command command, Options options, Terminal terminal, Func<ParseResult, string[]> experiments)
    {
        foreach (var option in Taken(options))
        {
            command.Options.Add(option);
        }

        command.SetAction(async (result, cancellation) =>
        {
            var request = RunRequest.Read(result, options);
            var session = new RunSession(request, terminal);
            var named = experiments(result);
            if (request.Resume && session.Resumable() is { } begun)
            {
                return await session.ResumeAsync(begun, cancellation);
            }

            if (request.Resume && named.Length == 0 && command.Name == "run")
            {
                throw new HarnessException(request.RunId is { } none
                    ? $"{request.Locations.Runs.Folder(none).Root}: there is no such run to resume; name the experiments to start it"
                    : $"{request.Locations.Runs.Root}: no unfinished run there to resume; name the experiments to start one");
            }

            var selection = Selection.Read(request.Locations, result, options, named);
            // Before anything that takes time: a name that cannot be a folder's is the user's mistake.
            if (request.RunId is { } id)
            {
                _ = request.Locations.Runs.Folder(id);
            }

            selection = await EngineChoice.DecideAsync(selection, request, result.GetValue(options.DryRun), cancellation);
            if (result.GetValue(options.Accelerator) is null && !result.GetValue(options.DryRun))
            {
                selection = await AcceleratorChoice.DecideAsync(selection, request, terminal, cancellation);
            }

            if (result.GetValue(options.DryRun))
            {
                EarlyChecks.Require(selection, cancellation);
                PlanCommand.Show(selection.Plan(), terminal, json: false, request.AllowUnconfined ? null : selection);
                return ExitCode.Ok;
            }

            return await session.StartAsync(selection, cancellation);
        });
        return command;
    }
}
