using Harness.Cli;
using Harness.Core;
using Harness.Core.Definitions;
using Harness.Core.Journaling;
using Harness.Core.Planning;
using Harness.Core.Sharding;
using Harness.Host.Facts;
using Harness.Images.Userlands;

namespace Harness.Runs;

/// <summary>Writes what a new run is going to do, before anything is done: its plan, and the definitions that it keeps.</summary>
/// <param name="request">What was asked for.</param>
/// <param name="version">The harness's.</param>
internal sealed class RunRecording(RunRequest request, string version)
{
    /// <summary>Writes it.</summary>
    /// <exception cref="HarnessException">The folder cannot be written.</exception>
    internal PlanFile Write(Selection selection, Plan plan, ImageLock? images, RunFolder folder)
    {
        // Beside its place, and then into it: whoever sees the folder sees one that can be resumed.
        var stage = new RunFolder(Path.Combine(request.Locations.Runs.Root, $".{folder.RunId}.{Guid.NewGuid():N}"));
        try
        {
            Directory.CreateDirectory(stage.Root);
            var hostId = HostFacts.HostId();
            var known = selection.Folder with { Catalogue = selection.Catalogue, Kernels = selection.Options.KnownKernels };
            DefinitionsCopy.Write(known, selection.Experiments, selection.CatalogueFiles, stage);
            if (selection is { Shard: not null, Costs: { } costs })
            {
                costs.Write(stage);
            }

            var file = new PlanFile
            {
                RunId = folder.RunId,
                HostId = hostId,
                Seed = plan.Seed,
                Quick = plan.Quick,
                CreatedAtUtc = DateTimeOffset.UtcNow,
                ToolVersion = version,
                Arguments = request.Arguments,
                Experiments = [.. selection.Experiments.Select(experiment => experiment.Id)],
                Images = selection.Images,
                TimeoutMs = selection.Options.Timeout?.TotalMilliseconds,
                Shard = selection.Shard is { } shard ? Part(shard, selection, new PlannedPart(shard.Index, hostId, folder.RunId)) : null,
                Trials = PlanFile.Rows(plan, hostId),
            };
            if (images is not null)
            {
                AtomicFile.Write(RunSession.LockOf(stage), ImageLock.Text(images.Userlands));
            }

            file.Write(stage);
            Directory.Move(stage.Root, folder.Root);
            return file;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new HarnessException($"{folder.Root}: cannot be written ({e.Message.ReplaceLineEndings(" ")}); choose another folder with --out DIR", e);
        }
        finally
        {
            if (Directory.Exists(stage.Root))
            {
                Directory.Delete(stage.Root, recursive: true);
            }
        }
    }

    private PlannedShard Part(Shard shard, Selection selection, PlannedPart part)
    {
        ImmutableArray<string> named = [.. EngineChoice.Given(request.Engines).Order(StringComparer.Ordinal)];
        return new PlannedShard([part], shard.Count, ShardedPlan.Fingerprint(selection.Whole().Trials, named)) { Engines = named };
    }
}
