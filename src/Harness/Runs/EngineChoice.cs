using Harness.Cli;
using Harness.Core;
using Harness.Core.Planning;
using Harness.Runtimes;

namespace Harness.Runs;

/// <summary>Finds out before planning which engine answers: the cells of its containers bear its name.</summary>
public static class EngineChoice
{
    /// <summary>The selection with the engine that answers. Where none does, containers are Docker's: the private daemon is one.</summary>
    /// <exception cref="HarnessException">The engine that the user named does not answer.</exception>
    public static async Task<Selection> DecideAsync(Selection selection, RunRequest request, bool isDry, CancellationToken cancellation)
    {
        if (request.Engine == RuntimeNames.DockerInVm)
        {
            return selection with { Options = selection.Options with { Engine = RuntimeNames.DockerInVm } };
        }

        // Without the filters: they name engines, and which there is to name is what is asked. A run of plain processes alone asks nobody.
        var planned = Planner.Make(selection.Experiments, selection.Catalogue, selection.Options with { Filters = [] });
        if (planned.Sandboxes.All(sandbox => sandbox.Cell.Engine.Length == 0))
        {
            return selection;
        }

        try
        {
            return selection with { Options = selection.Options with { Engine = await EngineKind.FindAsync(request.Engine, cancellation) ?? RuntimeNames.Docker } };
        }
        catch (HarnessException) when (isDry)
        {
            // Showing a plan needs no engine.
            return selection;
        }
    }
}
