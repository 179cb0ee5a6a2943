using System.Collections.Concurrent;
using System.Net;
using Docker.DotNet;
using Docker.DotNet.Models;
using Harness.Core;
using Harness.Core.Definitions;
using Harness.Runtimes.Engines;
using Harness.Runtimes.Processes;

namespace Harness.Runtimes.Userlands;

/// <summary>
/// Gets userlands into an engine, each once a run: what the engine has, then a registry, then packages.
/// </summary>
internal sealed class UserlandImages(
    EngineConnection connection, ImmutableArray<UserlandDefinition> catalog, PullPolicy policy, LayerCache layers, IProgress<string> messages, CancellationToken owner)
{
    private readonly ConcurrentDictionary<string, AsyncOnce<UserlandResolution>> _resolutions = new(StringComparer.Ordinal);
    private readonly RegistryPull _registry = new(connection, messages);

    /// <summary>What was found so far, for the run's lock file, by id.</summary>
    internal ImmutableArray<UserlandLock> Locks =>
        [.. _resolutions.Values.Select(once => once.ResultOrDefault).OfType<UserlandResolution.Found>().Select(found => found.Lock).OrderBy(found => found.Id, StringComparer.Ordinal)];

    /// <summary>The image of a userland, fetched or made where need be.</summary>
    internal Task<UserlandResolution> ResolveAsync(string userland, CancellationToken cancellation) =>
        _resolutions.GetOrAdd(userland, id => new AsyncOnce<UserlandResolution>(token => FindAsync(id, token), owner)).GetAsync(cancellation);

    /// <summary>Waits until nothing is being fetched or made.</summary>
    internal Task SettleAsync() => Task.WhenAll(_resolutions.Values.Select(once => once.SettleAsync()));

    private async Task<UserlandResolution> FindAsync(string userland, CancellationToken cancellation)
    {
        if (catalog.FirstOrDefault(entry => entry.Id == userland) is not { } definition)
            return new UserlandResolution.Missing($"userland '{userland}' is in no catalogue: name it in userlands.yaml or give --image REF");
        var reasons = new List<string>();
        if (policy != PullPolicy.Always && await InEngineAsync(definition, cancellation) is { } present)
            return present;
        foreach (var image in policy == PullPolicy.Never ? [] : definition.Images)
        {
            var reference = ImageReference.Parse(image);
            if (await _registry.PullAsync(reference, cancellation) is { } failure)
                reasons.Add(failure);
            else if (await InspectAsync(reference.Full, cancellation) is { } pulled)
                return Found(definition, reference.Full, pulled, new Provenance { Kind = "registry" });
        }

        if (definition.Bootstrap is null)
        {
            reasons.Insert(0, $"no image of {userland}{(policy == PullPolicy.Never ? " in the engine, and --pull never" : "")}");
            return new UserlandResolution.Missing(string.Join("; ", reasons));
        }

        try
        {
            return await BootstrapAsync(definition, definition.Bootstrap, cancellation);
        }
        catch (HarnessException e)
        {
            reasons.Add(e.Message);
            return new UserlandResolution.Missing(string.Join("; ", reasons));
        }
    }

    private async Task<UserlandResolution?> InEngineAsync(UserlandDefinition definition, CancellationToken cancellation)
    {
        foreach (var image in definition.Images)
        {
            var reference = ImageReference.Parse(image).Full;
            if (await InspectAsync(reference, cancellation) is { } present)
                return Found(definition, reference, present, new Provenance { Kind = "engine" });
        }

        if (definition.Bootstrap is null || await InspectAsync(Tag(definition), cancellation) is not { } made)
            return null;
        var recipe = Recipes.Key(definition.Bootstrap, await ArchitectureAsync(definition.Bootstrap, cancellation));
        if (made.Config?.Labels?.TryGetValue(ImageArchive.RecipeLabel, out var label) != true || label != recipe)
            return null;
        return Found(definition, Tag(definition), made, await ProvenanceAsync(made.ID, cancellation) ?? new Provenance { Kind = definition.Bootstrap.Kind });
    }

    private async Task<UserlandResolution> BootstrapAsync(UserlandDefinition definition, BootstrapRecipe recipe, CancellationToken cancellation)
    {
        var architecture = await ArchitectureAsync(recipe, cancellation);
        var layer = await layers.GetAsync(recipe, architecture, anew: policy == PullPolicy.Always, messages, cancellation);
        var progress = new EngineProgress();
        await layers.WithArchiveAsync(
            layer, Tag(definition), Recipes.Key(recipe, architecture), architecture,
            archive => connection.Client.Images.LoadImageAsync(new ImageLoadParameters { Quiet = true }, archive, progress, cancellation),
            cancellation);
        return await InspectAsync(Tag(definition), cancellation) is { } loaded
            ? Found(definition, Tag(definition), loaded, layer.Provenance)
            : throw new HarnessException($"the engine did not take the image of {definition.Id} ({progress.Error ?? "it does not say why"}): see its log");
    }

    private static UserlandResolution.Found Found(UserlandDefinition definition, string reference, ImageInspectResponse image, Provenance provenance)
    {
        var digest = image.RepoDigests?.Select(text => text.Split('@', 2)).FirstOrDefault(parts => parts.Length == 2)?[1] ?? image.ID;
        return new UserlandResolution.Found(image.ID, new UserlandLock
        {
            Id = definition.Id,
            Image = reference,
            Digest = digest,
            Architecture = image.Architecture,
            Provenance = provenance,
        });
    }

    private async Task<string> ArchitectureAsync(BootstrapRecipe recipe, CancellationToken cancellation) =>
        recipe.Architecture.Length > 0 ? recipe.Architecture : (await connection.Client.System.GetVersionAsync(cancellation)).Arch;

    private async Task<ImageInspectResponse?> InspectAsync(string reference, CancellationToken cancellation)
    {
        try
        {
            return await connection.Client.Images.InspectImageAsync(reference, cancellation);
        }
        catch (DockerApiException e) when (e.StatusCode == HttpStatusCode.NotFound)
        {
            return null;
        }
    }

    private async Task<Provenance?> ProvenanceAsync(string image, CancellationToken cancellation)
    {
        var history = await connection.Client.Images.GetImageHistoryAsync(image, cancellation);
        return history.Select(entry => ImageArchive.ReadProvenance(entry.Comment)).FirstOrDefault(provenance => provenance is not null);
    }

    /// <summary>The reference of what the harness makes itself. Ids of userlands are legal references but for characters that no tag may have.</summary>
    private static string Tag(UserlandDefinition definition)
    {
        var parts = definition.Id.ToLowerInvariant().Split(':', 2);
        return $"harness/{parts[0]}:{(parts.Length > 1 ? parts[1].Replace(':', '-').Replace('/', '-') : "latest")}";
    }
}
