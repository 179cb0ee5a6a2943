using Harness.Core.Model;
using Harness.Core.Planning;
using Harness.Engines.Connecting;
using Harness.Engines.Contract;
using Harness.Host.Processes;
using Harness.Images;

namespace Harness.Instruments.Footprint;

/// <summary>A container is its shim, or Podman's conmon, with all that descends from it; the engine's own processes serve all of them.</summary>
internal sealed class ContainerWitness(EngineSession session, string runtime) : ISandboxWitness
{
    /// <inheritdoc/>
    public async Task<ImmutableArray<SandboxPart>> FindAsync(string sandboxId, int firstProcess, CancellationToken cancellation)
    {
        if (session.Locality.Elsewhere is { } elsewhere)
            throw new IOException(elsewhere);
        if (await AskAsync(sandboxId, (engine, name) => engine.StateAsync(name, cancellation), cancellation) is not { Process: > 0 and var first })
            throw new IOException($"the engine does not tell the process of {sandboxId}");
        var all = ProcessTable.All();
        var parent = all.FirstOrDefault(process => process.Id == first)?.Parent
            ?? throw new IOException($"the container of {sandboxId} is gone, or its engine's processes are not on this host");
        var shim = ShimAbove(parent, all) ?? throw new IOException($"no shim stands above the container of {sandboxId}");
        return [.. ProcessTree.Of(shim, all).Select(id => new SandboxPart(id, id == shim ? PartRole.Shim : Role(ProcessTable.Arguments(id))))];
    }

    /// <inheritdoc/>
    public async ValueTask<ImmutableArray<int>> ServantsAsync(CancellationToken cancellation)
    {
        var endpoint = (await session.OpenAsync(cancellation)).Connection.For(runtime).Endpoint;
        if (session.Locality.Elsewhere is not null)
            return [];
        if (endpoint.Address.Scheme != "unix")
            throw new IOException($"which process listens at {endpoint.Shown} is not looked up: name the engine's socket with --engine unix:///PATH");
        return EngineProcesses.Behind(endpoint.Address.AbsolutePath);
    }

    /// <inheritdoc/>
    public async Task<ImmutableArray<Observation>> DiskAsync(string sandboxId, int firstProcess, CancellationToken cancellation)
    {
        var container = await AskAsync(sandboxId, (engine, name) => engine.DiskAsync(name, cancellation), cancellation);
        var open = await session.OpenAsync(cancellation);
        var images = open.Connection.Engine.Images;
        var image = await images.FindAsync(container.Image, cancellation) ?? throw new IOException($"the engine no longer has the image of {sandboxId}");
        var shared = await SharedAsync(images, image, cancellation);
        var (kept, missing) = await LayersAsync(images, container.Image, cancellation);
        return
        [
            // Of one account where there is one, so that the parts make up the whole.
            Observation.Number("disk_bytes", "image", kept is null ? image.Size : kept.Shared + kept.Own),
            Observation.OfText("disk_measure", "image", ImageMeasure.Text(open.Facts.ImageStore, isWhole: kept is not null)),
            // What the engine does not tell is no zero.
            container.Written is { } written
                ? Observation.Number("disk_bytes", "writable layer", written)
                : Observation.OfText("unavailable", "disk_bytes", "the engine does not tell the writable layer's size"),
            .. kept is null
                ? [Observation.OfText("unavailable", "disk_bytes", missing)]
                : ImmutableArray.Create(
                    Observation.Number("disk_bytes", "image, layers of other images too", kept.Shared), Observation.Number("disk_bytes", "image, layers of its own", kept.Own)),
            Observation.Number("image_layers", "", image.Layers.Length),
            Observation.Number("image_layers", "of other images too", shared),
        ];
    }

    private static async Task<(LayerBytes? Layers, string Missing)> LayersAsync(IImageStore images, string image, CancellationToken cancellation)
    {
        try
        {
            return (await images.LayersAsync(image, cancellation), "");
        }
        catch (EngineException e)
        {
            return (null, e.Message);
        }
    }

    // Layers are the same bytes where their hashes are: how many of an image's any other image has too.
    private static async Task<int> SharedAsync(IImageStore images, ImageInspection image, CancellationToken cancellation)
    {
        var others = new HashSet<string>(StringComparer.Ordinal);
        foreach (var other in await images.ListAsync(label: null, parents: false, cancellation))
        {
            if (other.Id != image.Id && await images.FindAsync(other.Id, cancellation) is { } found)
                others.UnionWith(found.Layers);
        }

        return image.Layers.Count(others.Contains);
    }

    /// <summary>A runtime with helpers names what a process of its own is for by its command; all else is the payload, its stubs included.</summary>
    internal static PartRole Role(ImmutableArray<string> arguments)
    {
        var helper = arguments.IsEmpty ? default : KnownRuntimes.Oci.Where(runtime => arguments[0].Contains(runtime.Name, StringComparison.Ordinal))
            .SelectMany(runtime => runtime.Helpers).FirstOrDefault(helper => arguments.Contains(helper.Command));
        return helper.Part is { } part ? Enum.Parse<PartRole>(part, ignoreCase: true) : PartRole.Payload;
    }

    private static int? ShimAbove(int id, ImmutableArray<ProcessEntry> all)
    {
        for (int? at = id; at > 1; at = all.FirstOrDefault(process => process.Id == at)?.Parent)
        {
            if (Name(at.Value) is var name && (name == "conmon" || name.StartsWith("containerd-shim", StringComparison.Ordinal)))
                return at;
        }

        return null;
    }

    private static string Name(int id) => ProcessTable.Arguments(id) is [var program, ..] ? Path.GetFileName(program) : "";

    private async Task<T> AskAsync<T>(string sandboxId, Func<IContainerEngine, string, Task<T>> ask, CancellationToken cancellation)
    {
        var open = await session.OpenAsync(cancellation);
        try
        {
            return await ask(open.Connection.Engine, EngineContainers.Name(session.RunId, sandboxId));
        }
        catch (EngineException e)
        {
            throw new IOException(e.Message, e);
        }
    }
}
