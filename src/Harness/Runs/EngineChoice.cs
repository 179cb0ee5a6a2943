using Harness.Cli;
using Harness.Core;
using Harness.Core.Planning;
using Harness.Runtimes;

namespace Harness.Runs;

/// <summary>Finds out before planning which engines there are: the cells of their containers bear their names.</summary>
public static class EngineChoice
{
    /// <summary>The selection with the run's engines: those that were named, or the one that answers. Where none does, containers are Docker's: the private daemon is one.</summary>
    /// <exception cref="HarnessException">The engine that the user gave does not answer, or none of those that the user named.</exception>
    public static async Task<Selection> DecideAsync(Selection selection, RunRequest request, bool isDry, CancellationToken cancellation)
    {
        if (Given(request.Engines) is { IsEmpty: false } engines)
        {
            var planned = selection with { Options = selection.Options with { Engines = engines } };
            if (!isDry && NeedsEngine(planned))
            {
                await EngineKind.RequireAnyAsync(request.Engines.Named, cancellation);
            }

            return planned;
        }

        // A run of plain processes alone asks nobody.
        if (!NeedsEngine(selection))
        {
            return selection;
        }

        try
        {
            return selection with { Options = selection.Options with { Engines = [await EngineKind.FindAsync(request.Engines.Unnamed, cancellation) ?? RuntimeNames.Docker] } };
        }
        catch (HarnessException) when (isDry)
        {
            // Showing a plan needs no engine.
            return selection;
        }
    }

    /// <summary>The same requirement for what a continued run has left to do: engines that none of it needs may be silent.</summary>
    /// <exception cref="HarnessException">None of the named engines that it needs answers.</exception>
    public static Task RequireAsync(IEnumerable<PlannedSandbox> open, EngineArguments engines, CancellationToken cancellation)
    {
        var needed = open.Select(sandbox => sandbox.Cell.Engine).ToHashSet(StringComparer.Ordinal);
        return EngineKind.RequireAnyAsync([.. engines.Named.Where(engine => needed.Contains(engine.Name))], cancellation);
    }

    /// <summary>The same to show a plan: only an engine that was given without a name has to be asked what it is.</summary>
    public static async Task<Selection> PlanAsync(Selection selection, EngineArguments given, CancellationToken cancellation)
    {
        if (given.IsNone)
        {
            return selection;
        }

        try
        {
            ImmutableArray<string> engines = Given(given) is { IsEmpty: false } named ? named : [await EngineKind.FindAsync(given.Unnamed, cancellation) ?? RuntimeNames.Docker];
            return selection with { Options = selection.Options with { Engines = engines } };
        }
        catch (HarnessException e)
        {
            throw new HarnessException($"{e.Message}; to plan without asking it, give it a name, as --engine docker={given.Unnamed}", e);
        }
    }

    /// <summary>The engines that the user gave a name, which need no answer.</summary>
    internal static ImmutableArray<string> Given(EngineArguments engines) =>
        engines.Unnamed == RuntimeNames.DockerInVm ? [RuntimeNames.DockerInVm] : [.. engines.Named.Select(engine => engine.Name)];

    // Without the filters: they name engines, and which there is to name is what is asked.
    private static bool NeedsEngine(Selection selection) =>
        Planner.Make(selection.Experiments, selection.Catalogue, selection.Options with { Filters = [] }).Sandboxes.Any(sandbox => sandbox.Cell.Engine.Length > 0);
}
