using Harness.Core.Definitions;
using Harness.Core.Model;
using Harness.Engines.Contract;
using Harness.Host.Paths;
using Harness.Host.Processes;
using Harness.Images.Userlands;

namespace Harness.Images;

/// <summary>Where a userland is available, the nearest place first.</summary>
public enum ImagePlace
{
    /// <summary>The engine has it.</summary>
    Engine,

    /// <summary>A layer made from packages is in the cache.</summary>
    Cache,

    /// <summary>A registry said that it has it.</summary>
    Registry,

    /// <summary>Not here, and no registry was asked or had it.</summary>
    Nowhere,
}

/// <summary>One userland and where it is.</summary>
public sealed record ImageRow
{
    /// <summary>The userland's id.</summary>
    public required string Id { get; init; }

    /// <summary>Where.</summary>
    public required ImagePlace Where { get; init; }

    /// <summary>The reference, or the recipe's name; null where it is nowhere.</summary>
    public string? Reference { get; init; }

    /// <summary><c>sha256:…</c> of the image, or of the layer in the cache.</summary>
    public string? Digest { get; init; }

    /// <summary>In bytes, unpacked; null where not known.</summary>
    public long? Size { get; init; }

    /// <summary>Why it is nowhere, or how it would be had; else empty.</summary>
    public string Detail { get; init; } = "";
}

/// <summary>Finds out where userlands are, without fetching any.</summary>
internal sealed class ImageInventory(EnginePaths paths, OpenEngine? engine)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly Dictionary<string, string> _hopeless = new(StringComparer.Ordinal);

    /// <summary>One row.</summary>
    /// <param name="definition">The userland.</param>
    /// <param name="ask">Whether to ask registries.</param>
    /// <param name="cancellation">Ends it.</param>
    internal async Task<ImageRow> FindAsync(UserlandDefinition definition, bool ask, CancellationToken cancellation)
    {
        if (engine is not null && await engine.Images.PresentAsync(definition, cancellation) is { } found)
        {
            var image = await engine.Store.InspectAsync(found.ImageId, cancellation);
            return new ImageRow { Id = definition.Id, Where = ImagePlace.Engine, Reference = found.Lock.Image, Digest = found.Lock.Digest, Size = image?.Size };
        }

        if (definition.Bootstrap is { } recipe)
        {
            var key = Recipes.Key(recipe, recipe.Architecture.Length > 0 ? recipe.Architecture : Machine.DebianArchitecture(Machine.Architecture));
            if (await LayerCache.FindAsync(paths, key, cancellation) is { } layer)
                return new ImageRow { Id = definition.Id, Where = ImagePlace.Cache, Reference = key, Digest = "sha256:" + layer.Provenance.LayerSha256, Size = layer.Size };
        }

        return ask && engine is not null ? await AskAsync(engine, definition, cancellation) : Nowhere(definition, Ways(definition));
    }

    private async Task<ImageRow> AskAsync(OpenEngine open, UserlandDefinition definition, CancellationToken cancellation)
    {
        var reasons = new List<string>();
        foreach (var image in definition.Images)
        {
            var reference = ImageReference.Parse(image);
            if (_hopeless.TryGetValue(reference.Host, out var known))
            {
                reasons.Add(known);
                continue;
            }

            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            limit.CancelAfter(Patience);
            try
            {
                var digest = await open.Connection.Engine.Images.RegistryDigestAsync(reference.Full, limit.Token);
                return new ImageRow { Id = definition.Id, Where = ImagePlace.Registry, Reference = reference.Full, Digest = digest };
            }
            catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
            {
                reasons.Add(_hopeless[reference.Host] = $"the registry {reference.Host} does not answer in {Patience.TotalSeconds:0} s");
            }
            catch (EngineException e)
            {
                var why = EngineErrors.OneLine(e);
                reasons.Add(EngineErrors.IsUnreachable(why) ? _hopeless[reference.Host] = MissingImage.Unreachable(reference.Host, why) : $"{reference.Full}: {why}");
            }
        }

        return Nowhere(definition, string.Join("; ", reasons.Append(definition.Bootstrap is null ? "" : "can be made from packages").Where(text => text.Length > 0)));
    }

    private static string Ways(UserlandDefinition definition) => (definition.Images, definition.Bootstrap) switch
    {
        ([], not null) => "can be made from packages",
        ([var image, ..], null) => $"not asked: {image}",
        ([var image, ..], not null) => $"not asked: {image}; can be made from packages",
        _ => "",
    };

    private static ImageRow Nowhere(UserlandDefinition definition, string detail) => new() { Id = definition.Id, Where = ImagePlace.Nowhere, Detail = detail };
}
