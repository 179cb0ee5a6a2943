using Docker.DotNet;
using Harness.Core;
using Harness.Core.Definitions;
using Harness.Core.Model;
using Harness.Core.Protocol;
using Harness.Core.Running;
using Harness.Runtimes.Diagnosis;
using Harness.Runtimes.Engines;
using Harness.Runtimes.Guarding;
using Harness.Runtimes.PrivateEngine;
using Harness.Runtimes.Processes;
using Harness.Runtimes.Seccomp;
using Harness.Runtimes.Userlands;

namespace Harness.Runtimes.Containers;

/// <summary>Runs sandboxes as containers of a Docker engine, under one of its OCI runtimes.</summary>
internal sealed class DockerRuntime : IRuntime, IUserlandExport
{
    /// <summary>The runtime that every engine has, and its default.</summary>
    internal const string Default = "runc";

    private static readonly TimeSpan RemovalPatience = TimeSpan.FromSeconds(20);

    private readonly EngineSession _session;
    private readonly AgentFiles _agents;
    private readonly SymbolWitness _symbols;
    private readonly AsyncOnce<string?> _proof;
    private readonly SharedFiles _files;
    private readonly EnginePaths _paths;
    private readonly GuardLink _guard;
    private UserlandResolution.Found? _proofImage;

    internal DockerRuntime(string runtime, EngineSession session, AgentFiles agents, EnginePaths paths, GuardLink guard, CancellationToken owner)
    {
        (Runtime, _session, _agents, _symbols, _paths, _guard) = (runtime, session, agents, new SymbolWitness(agents), paths, guard);
        _proof = new AsyncOnce<string?>(token => ProveAsync(mounts: false, token), owner);
        _files = new SharedFiles(token => ProveAsync(mounts: true, token), owner);
    }

    /// <inheritdoc/>
    public string Engine => "docker";

    /// <inheritdoc/>
    public string Runtime { get; }

    /// <inheritdoc/>
    public async Task<Preparation> PrepareAsync(Cell cell, IProgress<string> messages, CancellationToken cancellation)
    {
        if (cell.Kernel != "host")
            return new Preparation.Unavailable($"a container runs on its engine's kernel, not on '{cell.Kernel}'");
        if (ContainerVariant.Parse(cell.Variant, out var reason) is not { } variant)
            return new Preparation.Unavailable(reason);
        OpenEngine engine;
        try
        {
            engine = await _session.OpenAsync(cancellation);
        }
        catch (HarnessException e) when (!_session.IsNamedByUser)
        {
            return new Preparation.Unavailable(e.Message);
        }

        if (variant.Network == "bridge" && !await HasBridgeAsync(engine.Connection, cancellation))
            return new Preparation.Unavailable("the engine has no bridge network: name another with --engine URI");
        if (Runtime != Default && !engine.Facts.Runtimes.Contains(Runtime))
            return new Preparation.Unavailable($"the engine has no runtime '{Runtime}': install it (--provision does for the private daemon), or register it in the engine's daemon.json");
        var resolution = await engine.Images.ResolveAsync(cell.Userland, cancellation);
        if (resolution is not UserlandResolution.Found found)
            return new Preparation.Unavailable(((UserlandResolution.Missing)resolution).Reason);
        if (_agents.Find(found.Lock.Architecture) is null)
            return new Preparation.Unavailable(_agents.Missing(found.Lock.Architecture));
        Interlocked.CompareExchange(ref _proofImage, found, null);
        if (variant.IsCold && ColdCache.Missing() is { } permanent)
            return new Preparation.Unavailable(permanent);
        if (variant.Path == ContainerPath.Cli && (!OperatingSystem.IsLinux() || Machine.FindProgram(CommandLineStart.Program) is null))
            return new Preparation.Unavailable("path=cli needs Docker's command line on Linux: install docker.io or docker-cli");
        if (variant.Path != ContainerPath.Api && await _files.MissingAsync(engine.Connection.Endpoint, cancellation) is { } foreign)
            return new Preparation.Unavailable($"only path=api copies what a sandbox needs, and a folder cannot be mounted: {foreign}");
        if (Runtime != Default)
        {
            if (await _proof.GetAsync(cancellation) is { } failure)
                return new Preparation.Unavailable($"{Runtime} cannot run containers here: {failure}");
        }

        return new Preparation.Ready(found.Lock.Digest) { Architecture = AgentFiles.Of(found.Lock.Architecture), BuiltinsOnly = variant.BuiltinsOnly };
    }

    /// <summary>Proves the runtime by running one container of a userland, whichever runtime it is.</summary>
    internal async Task<DoctorAnswer> ProveAsync(string userland, CancellationToken cancellation)
    {
        var engine = await _session.OpenAsync(cancellation);
        if (await engine.Images.ResolveAsync(userland, cancellation) is not UserlandResolution.Found found)
            return new DoctorAnswer(null, $"no {userland} to try it with");
        if (_agents.Find(found.Lock.Architecture) is null)
            return new DoctorAnswer(null, _agents.Missing(found.Lock.Architecture));
        Interlocked.CompareExchange(ref _proofImage, found, null);
        return await _proof.GetAsync(cancellation) is { } failure ? new DoctorAnswer(false, failure) : new DoctorAnswer(true, "a container ran");
    }

    /// <inheritdoc/>
    public async Task<SandboxEnd> RunAsync(SandboxRequest request, IChannelSink channel, CancellationToken cancellation)
    {
        var engine = await _session.OpenAsync(cancellation);
        if (await engine.Images.ResolveAsync(request.Cell.Userland, cancellation) is not UserlandResolution.Found image)
            return new SandboxEnd.Failed($"{request.Cell.Userland} was not prepared");
        if (ContainerVariant.Parse(request.Cell.Variant, out var reason) is not { } variant)
            return new SandboxEnd.Failed(reason);
        return await RunAsync(engine.Connection, image, variant, request, channel, cancellation);
    }

    /// <inheritdoc/>
    public async Task<string?> ExportAsync(Cell cell, string path, IProgress<string> messages, CancellationToken cancellation)
    {
        try
        {
            var engine = await _session.OpenAsync(cancellation);
            if (await engine.Images.ResolveAsync(cell.Userland, cancellation) is not UserlandResolution.Found image)
                return $"{cell.Userland} was not prepared";
            await engine.Filesystems.WriteAsync(image, path, messages, cancellation);
            return null;
        }
        catch (Exception e) when (e is DockerApiException or HttpRequestException or System.Net.Sockets.SocketException or IOException or InvalidDataException or UnauthorizedAccessException)
        {
            return $"the files of {cell.Userland} could not be listed: {EngineErrors.OneLine(e)}";
        }
    }

    private async Task<SandboxEnd> RunAsync(
        EngineConnection connection, UserlandResolution.Found image, ContainerVariant variant, SandboxRequest request, IChannelSink channel, CancellationToken cancellation)
    {
        // Copying is what works with every engine. Mounting costs a start less, and lies outside it where starting is measured.
        var mounts = variant.Path != ContainerPath.Api || await _files.MissingAsync(connection.Endpoint, cancellation) is null;
        return await RunAsync(connection, image, variant, request, mounts, channel, cancellation);
    }

    private async Task<SandboxEnd> RunAsync(
        EngineConnection connection, UserlandResolution.Found image, ContainerVariant variant, SandboxRequest request, bool mounts, IChannelSink channel, CancellationToken cancellation)
    {
        await using var folder = mounts
            ? await SandboxFolder.CreateAsync(_paths, _guard, _agents.Find(image.Lock.Architecture)!, request, _ => request.AgentPlan, cancellation)
            : null;
        var stamps = new Stamps();
        var start = new ContainerStart
        {
            Connection = connection,
            Run = _session.RunId,
            Request = request,
            Image = image,
            Runtime = Runtime == Default ? "" : Runtime,
            Variant = variant,
            Mounted = folder?.Path,
            Stamps = stamps,
            Channel = channel,
        };
        SandboxEnd end;
        try
        {
            end = await RunAsync(start, cancellation);
        }
        finally
        {
            if (await RemoveAsync(connection, start.Name))
                stamps.MarkOnce(Stamps.Removed);
        }

        var symbols = connection.Endpoint.IsLocal ? _symbols.For(request, image.Lock.Architecture) : [];
        return end with { HostReadings = [.. end.HostReadings, .. stamps.Readings, .. symbols] };
    }

    private async Task<SandboxEnd> RunAsync(ContainerStart start, CancellationToken cancellation)
    {
        try
        {
            if (start.Variant.IsCold)
                ColdCache.Drop();
            // Also so that the first connection to the engine is not made within the start.
            if (start.Request.Timed)
                await start.Stamps.PingAsync(() => start.Connection.Client.System.PingAsync(cancellation));
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
                    return await new ApiStart(_agents).RunAsync(start, cancellation);
            }
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return new SandboxEnd.DeadlineExceeded();
        }
        catch (DockerApiException e) when (EngineErrors.IsUnknownCapability(e))
        {
            return new SandboxEnd.Refused(EngineErrors.OneLine(e));
        }
        catch (Exception e) when (e is DockerApiException or HttpRequestException or System.Net.Sockets.SocketException)
        {
            return new SandboxEnd.Failed(EngineErrors.OneLine(e));
        }
    }

    private static async Task<bool> HasBridgeAsync(EngineConnection connection, CancellationToken cancellation)
    {
        try
        {
            return (await connection.Client.Networks.ListNetworksAsync(null, cancellation)).Any(network => network.Name == "bridge");
        }
        catch (Exception e) when (e is DockerApiException or HttpRequestException)
        {
            // Then a container says so, as the engine puts it.
            return true;
        }
    }

    /// <summary>Never cancelled with the run, and by name: an answer to the creation may have been lost.</summary>
    private async Task<bool> RemoveAsync(EngineConnection connection, string name)
    {
        using var limit = new CancellationTokenSource(RemovalPatience);
        try
        {
            await EngineContainers.RemoveOneAsync(connection, name, limit.Token);
            return true;
        }
        catch (Exception e) when (e is DockerApiException or HttpRequestException or System.Net.Sockets.SocketException or OperationCanceledException)
        {
            // It carries the run's label: the session's end, the guard and `clean` look for it again.
            _session.Remark($"container {name} could not be removed: {EngineErrors.OneLine(e)}");
            return false;
        }
    }

    /// <summary>
    /// Starts one container with an empty plan. A runtime can be registered and yet refuse every container, as crun
    /// does on a hybrid cgroup hierarchy: that is a property of the machine, to be said once and not found out trial by trial.
    /// </summary>
    private async Task<string?> ProveAsync(bool mounts, CancellationToken cancellation)
    {
        var engine = await _session.OpenAsync(cancellation);
        var request = new SandboxRequest
        {
            SandboxId = (mounts ? "mount-" : "proof-") + Runtime,
            Cell = new Cell(_proofImage!.Lock.Id, "host", Engine, Runtime, "", ""),
            ImageDigest = _proofImage.Lock.Digest,
            Key = ChannelKey.Create(),
            AgentPlan = Core.Protocol.AgentPlan.Empty.Render(),
            Files = ImmutableSortedDictionary<string, ImmutableArray<byte>>.Empty,
            Limits = new Limits(256 << 20, 64, 4096),
            Deadline = TimeSpan.FromSeconds(30),
        };
        return await RunAsync(engine.Connection, _proofImage, new ContainerVariant(), request, mounts, new Ignored(), cancellation) switch
        {
            SandboxEnd.Exited { ExitCode: 0 } => null,
            SandboxEnd.Exited exited => $"the agent ended with status {exited.ExitCode}",
            SandboxEnd.Refused refused => refused.Reason,
            SandboxEnd.Failed failed => failed.Reason,
            _ => "a container did not end in time",
        };
    }

    private sealed class Ignored : IChannelSink
    {
        public bool Write(ReadOnlySpan<byte> bytes) => true;
    }
}
