using System.Diagnostics;
using Harness.Core.Model;
using Harness.Core.Running;
using Harness.Engines.Connecting;
using Harness.Engines.Contract;
using Harness.Engines.Endpoints;
using Harness.Host.Processes;
using Harness.Images;
using Harness.Images.Userlands;
using Harness.Sandboxes.Payload;
using Harness.Sandboxes.Tracing;
using Harness.Sandboxes.Treatments;

namespace Harness.Sandboxes.Containers;

/// <summary>Starting a container by the path that its cell names, and removing it.</summary>
internal sealed partial class DockerRuntime
{
    private static readonly TimeSpan RemovalPatience = TimeSpan.FromSeconds(20);

    private async Task<SandboxEnd> RunAsync(
        OpenEngine engine, UserlandResolution.Found image, ContainerVariant variant, SandboxRequest request, IChannelSink channel, CancellationToken cancellation)
    {
        // This one is there as long as this sandbox runs; the one that was prepared last may have been removed since.
        _proofImage = image;
        // Copying is what works with every engine. Mounting costs a start less, and lies outside it where starting is measured.
        var copied = variant.Path == ContainerPath.Api ? await _files.MissingAsync(engine.Connection.Endpoint, cancellation) : null;
        // Not a reason to copy instead, where less could be seen.
        if (_mountProof is { IsContradicted: true } proof)
            return new SandboxEnd.Failed(proof.Failure!) { Treatment = _ => proof.Readings };
        var before = HostClock.Read();
        var end = await RunAsync(engine, image, variant, request, mounts: copied is null, channel, cancellation);
        return end with { HostReadings = [.. end.HostReadings, .. EngineReadings.Of(engine.Facts, engine.Connection.Endpoint, copied), .. EngineReadings.Clock(before, HostClock.Read())] };
    }

    private async Task<SandboxEnd> RunAsync(
        OpenEngine engine, UserlandResolution.Found image, ContainerVariant variant, SandboxRequest request, bool mounts, IChannelSink channel, CancellationToken cancellation)
    {
        if (EngineRuntimes.Name(engine.Facts, request.Cell.Runtime) is not { } runtime)
            return new SandboxEnd.Failed($"the engine has no runtime '{request.Cell.Runtime}'");
        var connection = engine.Connection.For(request.Cell.Runtime);
        await using var folder = mounts
            ? await SandboxFolder.CreateAsync(_paths, _guard, _agents.Find(image.Lock.Architecture)!, request, _ => request.AgentPlan, cancellation)
            : null;
        var stamps = new Stamps();
        await using var trace = variant.IsTraced && OperatingSystem.IsLinux() ? StartTrace.Begin(connection.Endpoint.IsPrivateDocker ? _paths.ContainerdSocket : null) : null;
        var start = new ContainerStart
        {
            Connection = connection,
            Run = _session.RunId,
            Request = engine.Facts.Unlimited is null ? request : request with { Limits = request.Limits with { MemoryBytes = 0, Pids = 0 } },
            Image = image,
            Runtime = runtime,
            SecurityOptions = engine.Facts.SecurityOptions,
            Programs = engine.Facts.RuntimePrograms,
            DefaultCapabilities = engine.Facts.DefaultCapabilities is { } names ? KernelCapabilities.Set(names) : KernelCapabilities.Default,
            Elsewhere = _session.Locality.Elsewhere,
            Variant = variant,
            Mounted = folder?.Path,
            Stamps = stamps,
            Channel = channel,
            Trace = trace,
        };
        await using var watch = ContainerWatch.Begin(start, _looks);
        SandboxEnd end;
        try
        {
            end = await RunAsync(start, watch, cancellation);
        }
        finally
        {
            if (await RemoveAsync(connection, start.Name))
                stamps.MarkOnce(Stamps.Removed);
        }

        trace?.End(stamps);
        return end with { Treatment = await watch.EndAsync(end), HostReadings = [.. end.HostReadings, .. stamps.Readings, .. Wire(request, connection.Endpoint), .. _symbols.For(request, image.Lock.Architecture, start.Elsewhere)] };
    }

    private async Task<SandboxEnd> RunAsync(ContainerStart start, ContainerWatch watch, CancellationToken cancellation)
    {
        try
        {
            if (start.Variant.IsCold)
                watch.Dropped = start.Request.Timed || start.Mounted is null ? ColdCache.Drop() : ColdCache.Drop(Path.Combine(start.Mounted, "agent"));
            // Also so that the first connection to the engine is not made within the start.
            if (start.Request.Timed)
            {
                var before = Stopwatch.GetTimestamp();
                await start.Connection.Engine.PingAsync(cancellation);
                start.Stamps.Ping(Stopwatch.GetElapsedTime(before));
            }

            switch (start.Variant.Path)
            {
                case ContainerPath.Cli when OperatingSystem.IsLinux():
                    return await new CommandLineStart(_guard).RunAsync(start, cancellation);
                case ContainerPath.Testcontainers:
                    using (var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellation))
                    {
                        deadline.CancelAfter(start.Request.Deadline);
                        return await TestcontainersStart.RunAsync(start, deadline.Token);
                    }

                default:
                    return await new ApiStart(_agents).RunAsync(start, watch, cancellation);
            }
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return new SandboxEnd.DeadlineExceeded();
        }
        catch (EngineException e) when (EngineErrors.IsUnknownCapability(e))
        {
            return new SandboxEnd.Refused(e.Message);
        }
        catch (EngineException e)
        {
            return new SandboxEnd.Failed(e.Message);
        }
    }

    /// <summary>What was timed over a network has the network in it: such a trial is kept and counts in no comparison with what was timed here.</summary>
    private static ImmutableArray<Observation> Wire(SandboxRequest request, EngineEndpoint endpoint) => request.Timed && !endpoint.HasLocalAddress
        ? [Observation.OfText("disturbance", "wire", $"timed across the wire: the engine is reached {endpoint.Reached}")]
        : [];

    /// <summary>Never cancelled with the run, and by name: an answer to the creation may have been lost.</summary>
    private async Task<bool> RemoveAsync(EngineConnection connection, string name)
    {
        using var limit = new CancellationTokenSource(RemovalPatience);
        try
        {
            await EngineContainers.RemoveOneAsync(connection, name, limit.Token);
            return true;
        }
        catch (Exception e) when (e is EngineException or OperationCanceledException)
        {
            // It carries the run's label: the session's end, the guard and `clean` look for it again.
            _session.Remark($"container {name} could not be removed: {EngineErrors.OneLine(e)}");
            return false;
        }
    }
}
