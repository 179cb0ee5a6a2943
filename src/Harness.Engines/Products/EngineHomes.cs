using Harness.Core.Model;
using Harness.Core.Planning;
using Harness.Engines.Connecting;
using Harness.Engines.Endpoints;

namespace Harness.Engines.Products;

/// <summary>
/// Finds out where an engine's containers run from what it answers and what the client knows. Pure. A boot id that a container has read decides whose
/// kernel it is; everything else is the engine's word or a custom of its product, which can be wrong, and is named with the verdict.
/// </summary>
internal static class EngineHomes
{
    /// <summary>Where an engine's containers run.</summary>
    /// <param name="client">The harness's own system.</param>
    /// <param name="engine">What the engine answers.</param>
    /// <param name="endpoint">Where it is spoken to.</param>
    /// <param name="containerBootId">The boot id that a container on the engine's own kernel has read, with or without dashes; null where none was asked.</param>
    internal static EngineHome Find(ClientFacts client, EngineFacts engine, EngineEndpoint endpoint, string? containerBootId)
    {
        var named = Named(engine, endpoint, client);
        var product = ProductTable.Order.FirstOrDefault(known => named.Any(sign => sign.Product == known));
        var (shares, kernel) = Kernel(client, engine, endpoint, containerBootId);
        var signs = kernel.Concat(named.OrderBy(sign => ProductTable.Order.IndexOf(sign.Product)).Select(sign => sign.Sign)).ToImmutableArray();
        if (shares == true)
            return Shared(client, product, signs);
        if (product is not null)
            return new EngineHome(EnginePlace.ProductVm, product, shares, signs);
        // What answers at this host's loopback by ssh can be anywhere: a forwarded port says nothing.
        return !endpoint.HasLocalAddress && !endpoint.Address.IsLoopback
            ? new EngineHome(EnginePlace.OtherMachine, null, shares, [.. signs, new EngineSign("address", endpoint.Address.Scheme, "the engine's address is not this host's")])
            : new EngineHome(EnginePlace.Unknown, null, shares, signs);
    }

    // Equal kernels rule the products' VMs out, but for that of WSL, in which the client itself may run.
    private static EngineHome Shared(ClientFacts client, string? product, ImmutableArray<EngineSign> signs) => client.IsWsl
        ? new EngineHome(EnginePlace.SameKernel, product ?? ProductTable.Wsl, true, [.. signs, new EngineSign("client-wsl", client.WslMarks[0], "this system runs in WSL's VM itself")])
        : new EngineHome(EnginePlace.SameKernel, null, true, signs);

    // What tells whose kernel it is, and what it tells.
    private static (bool? Shares, ImmutableArray<EngineSign> Signs) Kernel(ClientFacts client, EngineFacts engine, EngineEndpoint endpoint, string? containerBootId)
    {
        if (containerBootId?.Replace("-", "", StringComparison.Ordinal) is { Length: > 0 } seen && client.BootId is { } own)
        {
            return seen == own
                ? (true, [new EngineSign("boot-id", seen, "a container's boot id is this system's")])
                : (false, [new EngineSign("boot-id", seen, "a container's boot id is not this system's")]);
        }

        if (endpoint.IsPrivate)
            return (true, [new EngineSign("started-here", endpoint.FoundBy, "the engine is a process that the harness started")]);
        if (client.System != ClientFacts.Linux)
        {
            return engine.Told?.System is { } system && system == ClientFacts.Linux
                ? (false, [new EngineSign("systems", $"{client.System}, {system}", $"this system is {client.Spoken}, the engine's is Linux")])
                : (null, []);
        }

        // An equal release can be another boot of the same build: it proves nothing, a different one does.
        return engine.KernelVersion is not { Length: > 0 } release ? (null, [])
            : release == client.Release ? (null, [new EngineSign("engine-kernel", release, "the engine's release is this system's")])
            : (false, [new EngineSign("engine-kernel", release, $"the engine's release is not this system's, {client.Release}")]);
    }

    private static ImmutableArray<(string Product, EngineSign Sign)> Named(EngineFacts engine, EngineEndpoint endpoint, ClientFacts client)
    {
        var found = ImmutableArray.CreateBuilder<(string, EngineSign)>();
        Add(ProductTable.ByText(engine.Told?.Platform), "engine-platform", engine.Told?.Platform, "the engine calls itself a part of");
        Add(ProductTable.ByText(engine.OperatingSystem), "engine-system", engine.OperatingSystem, "the engine's operating system is");
        foreach (var label in engine.Told?.Labels ?? [])
            Add(ProductTable.ByLabel(label), "engine-label", label.Split('=')[0], "a label by");
        Add(ProductTable.ByKernel(engine.KernelVersion), "kernel-build", engine.KernelVersion, "a kernel built for");
        Add(ProductTable.ByHost(engine.Told?.Host), "engine-host", engine.Told?.Host, "a host name by");
        if (ProductTable.BySocket(endpoint.Address.OriginalString) is { } socket)
            Add(socket.Product, "socket", socket.Shown, "a socket of");
        Add(ProductTable.ByContext(endpoint.Context), "context", endpoint.Context, "a context of");
        // Podman runs no containers elsewhere than on Linux: on another system its engine is in the machine that it makes for the purpose.
        if (engine.Name == RuntimeNames.Podman && client.System is ClientFacts.MacOs or ClientFacts.Windows)
            Add(ProductTable.PodmanMachine, "podman", client.System, $"on {client.Spoken} Podman runs in a");
        return found.ToImmutable();

        void Add(string? product, string name, string? reading, string says)
        {
            if (product is not null)
                found.Add((product, new EngineSign(name, reading ?? "", $"{says} {product}")));
        }
    }
}
