using System.Collections.Concurrent;
using Harness.Core;
using Harness.Core.Definitions;
using Harness.Core.Model;
using Harness.Engines.Contract;
using Harness.Host.Processes;

namespace Harness.Images.Userlands;

/// <summary>
/// Gets userlands into an engine, each once a run: by the lock where there is one, else what the engine has, then
/// the user's own copy, then registries, then packages.
/// </summary>
internal sealed class UserlandImages(EngineImages engine, ImageSources sources, PulledImages pulled, RuntimeOptions options, CancellationToken owner)
{
    private readonly HashSet<string> _released = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, AsyncOnce<UserlandResolution>> _resolutions = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, AsyncOnce<UserlandResolution>> _own = new(StringComparer.Ordinal);

    /// <summary>What was found so far, for the run's lock file, by id.</summary>
    internal ImmutableArray<UserlandLock> Locks =>
        [.. Found().Select(found => found.Lock).OrderBy(found => found.Id, StringComparer.Ordinal)];

    /// <summary>The image of a userland, fetched or made where need be.</summary>
    internal Task<UserlandResolution> ResolveAsync(string userland, CancellationToken cancellation) =>
        _resolutions.GetOrAdd(userland, id => new AsyncOnce<UserlandResolution>(token => FindAndTellAsync(id, token), owner)).GetAsync(cancellation);

    /// <summary>What this engine has or finds by itself, whatever the others have.</summary>
    internal Task<UserlandResolution> OwnAsync(string userland, CancellationToken cancellation) =>
        _own.GetOrAdd(userland, id => new AsyncOnce<UserlandResolution>(token => FindAsync(id, token), owner)).GetAsync(cancellation);

    /// <summary>Waits until nothing is being fetched or made, and lets go of all images.</summary>
    internal async Task SettleAsync()
    {
        await Task.WhenAll(_resolutions.Values.Concat(_own.Values).Select(once => once.SettleAsync()));
        await pulled.EndAsync(isFinished: Found().All(found => _released.Contains(found.Lock.Id)));
    }

    /// <summary>Nothing of the run needs a userland any more: its image is removed where the run itself pulled it, and no other userland has it.</summary>
    internal async Task ReleaseAsync(string userland, CancellationToken cancellation)
    {
        UserlandResolution.Found? image;
        lock (_released)
        {
            _released.Add(userland);
            image = Found().FirstOrDefault(found => found.Lock.Id == userland);
            if (image is null || Found().Any(other => other.ImageId == image.ImageId && !_released.Contains(other.Lock.Id)))
                return;
        }

        foreach (var reference in Found().Where(other => other.ImageId == image.ImageId).Select(Reference).Distinct())
            await pulled.RemoveAsync(reference, image.ImageId, image.Lock.Digest, cancellation);
    }

    /// <summary>What the run would pull: one image for each userland that it needs and the engine does not have.</summary>
    internal async Task<ImmutableArray<NeededImage>> ToPullAsync(CancellationToken cancellation)
    {
        var references = new List<(string Userland, string Reference)>();
        foreach (var definition in options.Userlands.Where(userland => options.Pull != PullPolicy.Never && options.Needed.Contains(userland.Id)))
        {
            var reference = options.Lock?.FindAll(definition.Id) is [var entry, ..] ? await new LockedImages(engine, sources, options.Pull, "", IOtherEngines.None).ToPullAsync(entry, cancellation)
                : options.Lock is { IsComplete: true } || (options.Pull != PullPolicy.Always && await InEngineAsync(definition, cancellation) is not null) ? null
                : sources.InMirror(definition.Id, imageId: null) ?? definition.Images.Select(image => ImageReference.Parse(image).Full).FirstOrDefault();
            if (reference is not null)
                references.Add((definition.Id, reference));
        }

        return [.. references.GroupBy(pair => pair.Reference).Select(group => new NeededImage(ImageReference.Parse(group.Key), [.. group.Select(pair => pair.Userland)]))];
    }

    /// <summary>What an image says of itself where it only stands in for a userland; null for any other.</summary>
    internal static string? StandInOf(ImageInspection image) => image.Labels.GetValueOrDefault(StandIn.Label);

    private IEnumerable<UserlandResolution.Found> Found() => _resolutions.Values.Select(once => once.ResultOrDefault).OfType<UserlandResolution.Found>();

    private static string Reference(UserlandResolution.Found found) => found.PulledAs ?? found.Lock.Image;

    /// <summary>What the engine has of a userland without fetching or making anything; null where it has none.</summary>
    internal async Task<UserlandResolution.Found?> PresentAsync(UserlandDefinition definition, CancellationToken cancellation) =>
        await InEngineAsync(definition, cancellation);

    /// <summary>Makes a userland from packages, whatever registries have.</summary>
    internal async Task<UserlandResolution> BootstrapAsync(UserlandDefinition definition, CancellationToken cancellation)
    {
        if (definition.Bootstrap is not { } recipe)
            return new UserlandResolution.Missing($"{definition.Id} has no recipe: pull it, or give it a bootstrap in userlands.yaml");
        try
        {
            return await FromPackagesAsync(definition, recipe, cancellation);
        }
        catch (HarnessException e)
        {
            return new UserlandResolution.Missing(e.Message);
        }
    }

    private async Task<UserlandResolution> FindAndTellAsync(string userland, CancellationToken cancellation)
    {
        var resolution = await AgreeAsync(userland, cancellation);
        if (resolution is UserlandResolution.Found found)
            await pulled.HoldFilesAsync(found.ImageId, found.Lock.Digest, cancellation);
        return resolution;
    }

    private async Task<UserlandResolution> AgreeAsync(string userland, CancellationToken cancellation)
    {
        if (await options.Others.LeadAsync(userland, engine, cancellation) is { } lead)
            return await OthersAsync(lead, cancellation);
        var resolution = await OwnAsync(userland, cancellation);
        if (resolution is not UserlandResolution.Found found)
            return await options.Others.ElsewhereAsync(userland, engine, cancellation) is { } elsewhere ? await OthersAsync(options.Others.Agree(elsewhere), cancellation) : resolution;
        var agreed = options.Others.Agree(found.Lock);
        if (!LockedImages.IsSame(found.Lock, agreed))
            return await OthersAsync(agreed, cancellation);
        options.Resolved(agreed);
        return found with { Lock = found.Lock with { Digest = agreed.Digest } };
    }

    // The image that another engine of the run has, which may have no cell that would tell of it.
    private async Task<UserlandResolution> OthersAsync(UserlandLock image, CancellationToken cancellation)
    {
        var resolution = await LockedAsync(options.Userlands.First(entry => entry.Id == image.Id), image, "another engine of the run", cancellation);
        if (resolution is UserlandResolution.Found)
            options.Resolved(image);
        return resolution;
    }

    private async Task<UserlandResolution> FindAsync(string userland, CancellationToken cancellation)
    {
        if (options.Userlands.FirstOrDefault(entry => entry.Id == userland) is not { } definition)
            return new UserlandResolution.Missing($"userland '{userland}' is in no catalogue: name it in userlands.yaml or give --image REF");
        if (options.Lock is { } named)
        {
            UserlandResolution? missing = null;
            foreach (var entry in named.FindAll(userland))
            {
                var locked = await LockedAsync(definition, entry, named.Source, cancellation);
                if (locked is UserlandResolution.Found)
                    return locked;
                missing ??= locked;
            }

            if (missing is not null)
                return missing;
            if (named.IsComplete)
                return new UserlandResolution.Missing($"{named.Source} names no image for {userland}: add it with 'harness images lock {userland}'");
        }

        if (options.Pull != PullPolicy.Always && await InEngineAsync(definition, cancellation) is { } present)
            return present;
        var reasons = new List<string>();
        return await FromMirrorAsync(definition, reasons, cancellation)
            ?? await FromRegistriesAsync(definition, reasons, cancellation)
            ?? await FromPackagesAsync(definition, reasons, cancellation);
    }

    // Held before it is used: between finding an image and holding it, another run may have removed it.
    private async Task<UserlandResolution> LockedAsync(UserlandDefinition definition, UserlandLock entry, string source, CancellationToken cancellation)
    {
        while (true)
        {
            var found = await new LockedImages(engine, sources, options.Pull, source, options.Others).FindAsync(definition, entry, cancellation);
            if (found is not UserlandResolution.Found image || await IsHeldAsync(image.ImageId, cancellation))
                return found;
        }
    }

    private async Task<bool> IsHeldAsync(string imageId, CancellationToken cancellation) =>
        await pulled.HoldAsync(imageId, cancellation) && await engine.InspectAsync(imageId, cancellation) is not null;

    private async Task<UserlandResolution.Found?> InEngineAsync(UserlandDefinition definition, CancellationToken cancellation)
    {
        foreach (var image in definition.Images)
        {
            var reference = ImageReference.Parse(image).Full;
            if (await engine.InspectAsync(reference, cancellation) is { } present && await IsHeldAsync(present.Id, cancellation))
                return UserlandResolution.Found.Of(definition, reference, present, new Provenance { Kind = "engine" });
            // As 'docker images' prints ids. Names come first, as with Docker's own commands.
            if (IsIdPrefix(image) && await engine.InspectAsync(image, cancellation) is { } named && named.Id.StartsWith("sha256:" + image, StringComparison.Ordinal))
                return UserlandResolution.Found.Of(definition, named.Id, named, new Provenance { Kind = "engine" });
        }

        var made = ImageNames.Of(definition.Id);
        if (definition.Bootstrap is not { } recipe || await engine.InspectAsync(made, cancellation) is not { } own)
            return null;
        var key = Recipes.Key(recipe, await engine.ArchitectureAsync(recipe, cancellation));
        if (own.Labels.GetValueOrDefault(ImageArchive.RecipeLabel) != key)
            return null;
        return UserlandResolution.Found.Of(definition, made, own, await engine.ProvenanceAsync(own.Id, cancellation) ?? new Provenance { Kind = recipe.Kind });
    }

    private static bool IsIdPrefix(string image) => image.Length is >= 4 and <= 64 && image.All(char.IsAsciiHexDigitLower);

    private async Task<UserlandResolution?> FromMirrorAsync(UserlandDefinition definition, List<string> reasons, CancellationToken cancellation)
    {
        if (!sources.HasMirror || (options.Pull == PullPolicy.Never && !sources.HasLayout))
            return null;
        var (reference, failure) = await sources.FromMirrorAsync(definition.Id, imageId: null, cancellation);
        if (reference is not null && await engine.InspectAsync(reference, cancellation) is { } copy && await IsHeldAsync(copy.Id, cancellation))
            return UserlandResolution.Found.Of(definition, reference, copy, await engine.ProvenanceAsync(copy.Id, cancellation) ?? new Provenance { Kind = "registry" });
        reasons.Add(failure ?? $"the engine did not keep {reference}: see its log");
        return null;
    }

    private async Task<UserlandResolution?> FromRegistriesAsync(UserlandDefinition definition, List<string> reasons, CancellationToken cancellation)
    {
        foreach (var image in options.Pull == PullPolicy.Never ? [] : definition.Images)
        {
            var reference = ImageReference.Parse(image).Full;
            if (await sources.PullAsync(reference, cancellation) is { } failure)
                reasons.Add(failure);
            else if (await engine.InspectAsync(reference, cancellation) is { } came && await IsHeldAsync(came.Id, cancellation))
                return UserlandResolution.Found.Of(definition, reference, came, new Provenance { Kind = "registry" });
        }

        return null;
    }

    private async Task<UserlandResolution> FromPackagesAsync(UserlandDefinition definition, List<string> reasons, CancellationToken cancellation)
    {
        if (definition.Bootstrap is not { } recipe)
        {
            reasons.Insert(0, $"{MissingImage.Of(definition.Id)}{(options.Pull == PullPolicy.Never ? " in the engine, and --pull never" : "")}");
            return new UserlandResolution.Missing(RegistryWait.Join(reasons));
        }

        try
        {
            return await FromPackagesAsync(definition, recipe, cancellation);
        }
        catch (HarnessException e)
        {
            return new UserlandResolution.Missing(RegistryWait.Join(reasons.Append(e.Message)));
        }
    }

    private async Task<UserlandResolution> FromPackagesAsync(UserlandDefinition definition, BootstrapRecipe recipe, CancellationToken cancellation)
    {
        var layer = await sources.BootstrapAsync(definition.Id, recipe, anew: options.Pull == PullPolicy.Always, locked: null, cancellation);
        var name = ImageNames.Of(definition.Id);
        return await engine.InspectAsync(name, cancellation) is { } loaded
            ? UserlandResolution.Found.Of(definition, name, loaded, layer.Provenance)
            : throw new HarnessException($"the engine did not keep the image of {definition.Id}: see its log");
    }
}
